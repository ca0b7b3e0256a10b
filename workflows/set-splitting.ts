import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import type { Command } from '../src/contracts/commands';
import { STEP_FAULTED, STEP_KEEPS_TIMING_OUT } from '../src/contracts/failures';

/** What a step came to for one member: its answer, or the fault that it met on its own. */
export type MemberResult<Answer> = { readonly answer: Answer } | { readonly fault: string };

interface SetMember {
  readonly command: Command;
}

/**
 * Runs a step for a set. Where it fails on its data the set is split and each half tried alone, down to single
 * members, so that one poison member harms no other. Any other failure is thrown.
 */
export async function inHalvesOnFault<Member extends SetMember, Answer>(
  members: readonly Member[],
  run: (members: readonly Member[]) => Promise<Readonly<Record<string, Answer>>>,
): Promise<readonly MemberResult<Answer>[]> {
  try {
    return answersOf(members, await run(members));
  } catch (error) {
    const fault = faultOf(error);
    if (fault === undefined) throw error;
    if (members.length === 1) return [{ fault }];
    const middle = Math.ceil(members.length / 2);
    const first = await inHalvesOnFault(members.slice(0, middle), run);
    return [...first, ...(await inHalvesOnFault(members.slice(middle), run))];
  }
}

function answersOf<Answer>(
  members: readonly SetMember[],
  answers: Readonly<Record<string, Answer>>,
): MemberResult<Answer>[] {
  return members.map(({ command }) => {
    const answer = answers[command.commandId];
    if (answer === undefined) throw new Error(`a step gave no answer for ${command.commandId}`);
    return { answer };
  });
}

/** The message of a fault that running again would not mend; undefined for everything else. */
export function faultOf(error: unknown): string | undefined {
  // A local activity's failure arrives as it was thrown, that of a regular one inside an ActivityFailure.
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (!(cause instanceof ApplicationFailure)) return undefined;
  const { type, message } = cause;
  return type === STEP_FAULTED || type === STEP_KEEPS_TIMING_OUT ? message : undefined;
}
