import { proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { ClaimUndo } from '../src/contracts/claim-undos';
import type { OnOrder } from '../src/contracts/commands';
import type { UndoInput } from '../src/contracts/steps';
import type { StepAnswer } from '../src/domain/decision';
import type { Unfinished } from '../src/domain/order/stop-command';
import { leaveWithClaim } from './leaving-a-set';
import type { Labelled } from './saga-over-a-set';
import { faultOf } from './set-splitting';
import { FORWARD } from './step-options';

/** What undoes a claim, and says whether it was taken. */
export type UndoesClaim = Labelled<UndoInput<OnOrder>, Readonly<Record<string, StepAnswer | Unfinished>>>;

const undos: Readonly<Record<ClaimUndo, UndoesClaim>> = proxyLocalActivities<Activities>(FORWARD);

/**
 * The undo of a claim is run until it was heard of: it alone says whether anybody goes on with the command. A member
 * that it fails for leaves its set with it, and holds up no other.
 */
export function untilHeard(undo: ClaimUndo): UndoesClaim {
  return {
    async executeWithOptions(options, args) {
      try {
        return await undos[undo].executeWithOptions(options, args);
      } catch (error) {
        const [{ sagaId, members }] = args;
        const [member] = members;
        // A set is split first, so that only those leave whom it fails for.
        if (!member || members.length > 1 || faultOf(error) === undefined) throw error;
        await leaveWithClaim({ undo, member, ...(sagaId === undefined ? {} : { sagaId }) });
        return { [member.command.commandId]: { kind: 'unfinished' } };
      }
    },
  };
}
