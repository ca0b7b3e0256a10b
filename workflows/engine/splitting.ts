import type { StepWord, StepWords } from '../../src/contracts/saga';
import type { SagaPort, StepFault } from './saga-port';

/** A step's result for one member: its word, or the fault that it met on its own. */
export type StepResult = { readonly word: StepWord } | { readonly fault: StepFault };

type Run<Member> = (members: readonly Member[]) => Promise<StepWords>;

/**
 * Runs a step for a batch. Where it meets a fault the batch is split and each half tried alone, down to single members,
 * so that one poison member harms no other. A member whose fault nothing proved to be its own is tried again once others
 * have succeeded: their success may prove it. @throws any error that is no fault
 */
export async function inHalvesOnFault<Member extends { readonly id: string }>(
  members: readonly Member[],
  run: Run<Member>,
  faultOf: SagaPort['faultOf'],
): Promise<ReadonlyMap<string, StepResult>> {
  const results = await inHalves(members, run, faultOf);
  const unproven = members.filter(({ id }) => isUnproven(results.get(id)));
  if (unproven.length === 0 || unproven.length === members.length) return results;
  const again = new Map(results);
  for (const member of unproven)
    for (const [id, result] of await inHalves([member], run, faultOf)) again.set(id, result);
  return again;
}

function isUnproven(result: StepResult | undefined): boolean {
  return result !== undefined && 'fault' in result && !result.fault.isProvable;
}

async function inHalves<Member extends { readonly id: string }>(
  members: readonly Member[],
  run: Run<Member>,
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
    const first = await inHalves(members.slice(0, middle), run, faultOf);
    const second = await inHalves(members.slice(middle), run, faultOf);
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
