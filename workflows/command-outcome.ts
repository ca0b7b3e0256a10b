import type { Command, CommandOutcome } from '../src/contracts/commands';
import type { MemberEnd } from './saga-member';

/** How the commands of a set ended, in their order. */
export function commandOutcomesOf<C extends Command, Given>(
  ends: readonly MemberEnd<C, Given>[],
): CommandOutcome[] {
  return ends.map((end) => {
    const { commandId } = end.command;
    if (end.kind === 'completed') return { kind: 'done', commandId };
    if (end.kind === 'unfinished') return { kind: 'unfinished', commandId };
    return { kind: 'refused', commandId, reason: end.kind === 'refused' ? end.reason : 'PROCESSING_FAILED' };
  });
}
