import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import { STEP_FAULTED, STEP_KEEPS_TIMING_OUT } from '../src/contracts/failures';

/** What a step came to for one member: its answer, or the fault that it met on its own. */
export type MemberResult<Answer> = { readonly answer: Answer } | { readonly fault: string };

/**
 * Runs a step for a set. Where it fails on its data the set is split and each half tried alone, down to single
 * members, so that one poison member harms no other. Any other failure is thrown.
 */
export async function inHalvesOnFault<Member, Answer>(
  members: readonly Member[],
  run: (members: readonly Member[]) => Promise<readonly Answer[]>,
): Promise<readonly MemberResult<Answer>[]> {
  try {
    return zip(members, await run(members));
  } catch (error) {
    const fault = faultOf(error);
    if (fault === undefined) throw error;
    if (members.length === 1) return [{ fault }];
    const middle = Math.ceil(members.length / 2);
    const first = await inHalvesOnFault(members.slice(0, middle), run);
    return [...first, ...(await inHalvesOnFault(members.slice(middle), run))];
  }
}

function zip<Member, Answer>(members: readonly Member[], answers: readonly Answer[]): MemberResult<Answer>[] {
  return members.map((_, index) => {
    const answer = answers[index];
    if (answer === undefined) throw new Error('a step answered for fewer members than it was given');
    return { answer };
  });
}

/** The message of a fault that running again would not mend; undefined for everything else. */
export function faultOf(error: unknown): string | undefined {
  if (!(error instanceof ActivityFailure) || !(error.cause instanceof ApplicationFailure)) return undefined;
  const { type, message } = error.cause;
  return type === STEP_FAULTED || type === STEP_KEEPS_TIMING_OUT ? message : undefined;
}
