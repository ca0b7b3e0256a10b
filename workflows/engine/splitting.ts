import type { StepWord, StepWords } from '../../src/contracts/saga';
import type { SagaPort, StepFault } from './saga-port';

/** A step's result for one member: its short result, or the fault that the member met alone. */
export type StepResult = { readonly word: StepWord } | { readonly fault: StepFault };

/**
 * Runs a step for a batch. On a fault, splits the batch and runs each half, down to single members, so that one poison
 * member does not fail the others. Runs a member with an unproven fault once more after the others: their success may
 * prove that the fault is its own.
 * @throws any error that is no fault
 */
export async function inHalvesOnFault<Member extends { readonly id: string }>(
  members: readonly Member[],
  run: (members: readonly Member[]) => Promise<StepWords>,
  faultOf: SagaPort['faultOf'],
): Promise<ReadonlyMap<string, StepResult>> {
  const resultsOf = async (part: readonly Member[]) => {
    const results = await inHalves<Member, StepResult>(part, {
      run: async (half) => wordsOf(half, await run(half)),
      faulted: (_, fault) => ({ fault }),
      faultOf,
    });
    return part.map(({ id }, at) => [id, results[at] as StepResult] as const);
  };
  const results = new Map(await resultsOf(members));
  const unproven = members.filter(({ id }) => isUnproven(results.get(id)));
  if (unproven.length < members.length)
    for (const member of unproven)
      for (const [id, result] of await resultsOf([member])) results.set(id, result);
  return results;
}

/**
 * Runs `how.run` for members. On a fault, splits the members in halves and runs each half.
 * @returns a result per member, in their order; `how.faulted` makes the result of a single member that faults
 */
export async function inHalves<Member, Result>(
  members: readonly Member[],
  how: {
    readonly run: (members: readonly Member[]) => Promise<readonly Result[]>;
    readonly faulted: (member: Member, fault: StepFault) => Result;
    readonly faultOf: SagaPort['faultOf'];
  },
): Promise<readonly Result[]> {
  try {
    return await how.run(members);
  } catch (error) {
    const fault = how.faultOf(error);
    const [only] = members;
    if (!fault || only === undefined) throw error;
    if (members.length === 1) return [how.faulted(only, fault)];
    const middle = Math.ceil(members.length / 2);
    const first = await inHalves(members.slice(0, middle), how);
    return [...first, ...(await inHalves(members.slice(middle), how))];
  }
}

function isUnproven(result: StepResult | undefined): boolean {
  return result !== undefined && 'fault' in result && !result.fault.isProvable;
}

function wordsOf(members: readonly { readonly id: string }[], words: StepWords): readonly StepResult[] {
  return members.map(({ id }) => {
    const word = words[id];
    if (!word) throw new Error(`a step returned no answer for command ${id}`);
    return { word };
  });
}
