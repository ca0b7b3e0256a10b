import type { StepWord, StepWords } from '../../src/contracts/saga';
import type { SagaPort, StepFault } from './saga-port';

/** A step's result for one member: its word, or the fault that it met on its own. */
export type StepResult = { readonly word: StepWord } | { readonly fault: StepFault };

/**
 * Runs a step for a batch. Where it meets a fault the batch is split and each half tried alone, down to single members,
 * so that one poison member harms no other. @throws any error that is no fault
 */
export async function inHalvesOnFault<Member extends { readonly id: string }>(
  members: readonly Member[],
  run: (members: readonly Member[]) => Promise<StepWords>,
  faultOf: SagaPort['faultOf'],
): Promise<ReadonlyMap<string, StepResult>> {
  try {
    return wordsOf(members, await run(members));
  } catch (error) {
    const fault = faultOf(error);
    const [only] = members;
    if (!fault || !only) throw error;
    if (members.length === 1) return new Map([[only.id, { fault }]]);
    const middle = Math.ceil(members.length / 2);
    const first = await inHalvesOnFault(members.slice(0, middle), run, faultOf);
    const second = await inHalvesOnFault(members.slice(middle), run, faultOf);
    return new Map([...first, ...second]);
  }
}

function wordsOf(members: readonly { readonly id: string }[], words: StepWords): Map<string, StepResult> {
  return new Map(
    members.map(({ id }) => {
      const word = words[id];
      if (!word) throw new Error(`a step gave no answer for ${id}`);
      return [id, { word }];
    }),
  );
}
