import {
  ActivityFailure,
  CancellationScope,
  continueAsNew,
  patched,
  proxyActivities,
  proxyLocalActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { CancelAtPartners } from '../activities/partner-steps';
import type { FinishCompensation } from '../src/contracts/commands';
import type { StepAnswer } from '../src/domain/decision';
import type { Attention } from '../src/domain/order/order';
import { faultOf } from './set-splitting';
import { CANCEL_LATER, FORWARD } from './step-options';
import { type UndoLedger, undoLedger } from './undo-ledger';

const { rejectOrder, releaseCredit, releaseStock, retryCompensation, settleCompensation } =
  proxyLocalActivities<Activities>(FORWARD);
const { cancelAtPartners } = proxyActivities<Activities>(CANCEL_LATER);

/** In one history: an order may be changed again and again while its undos are run. Older ones had no limit. */
const MOST_ROUNDS = 5;
const HAS_LIMIT = 'bookings-looked-at-as-new';

const UNDOS = { cancelAtPartners, releaseStock, releaseCredit };

/**
 * Runs the undos that one order has left, outside its set: the order is sealed first, transient trouble is retried
 * without end (of partners: for a while), and what cannot succeed is put before an operator. Reclaiming a dead saga's
 * order, cancelling what partners did twice for an approved one, and an operator's retry, are this workflow too.
 */
export async function finishCompensation(command: FinishCompensation): Promise<Attention | null> {
  return CancellationScope.nonCancellable(async () => {
    const { parent } = workflowInfo();
    const ledger = undoLedger(command);
    const { reason, undone, remaining } = command;
    const left = namesOf(UNDOS).filter((name) => remaining.includes(name));
    const member = { command, reason, undone, remaining: left };
    // It changes the order, so that it comes before anybody looks when that has changed last.
    if (command.retriedBy) await retryCompensation({ command, by: command.retriedBy });
    const { [command.commandId]: sealed } = await rejectOrder({
      ...(parent ? { sagaId: parent.workflowId } : {}),
      members: [member],
    });
    // Its saga was alive after all, or its approval was heard of too late: the order keeps what it holds.
    const isApproved = sealed?.kind === 'already-approved';
    const due = isApproved ? left.filter((name) => name === 'cancelAtPartners') : left;
    ledger.due(due);
    if (isApproved && due.length === 0) return null;
    // An approved order can be changed meanwhile, and then need even less of what partners have.
    let lookedAt = isApproved ? sealed.updatedAt : undefined;
    for (let round = 1; ; round++) {
      const attention = await undo(due, { members: [member], isApproved }, ledger);
      const [settled] = await settleCompensation({ command, attention, ...(lookedAt ? { lookedAt } : {}) });
      if (settled?.kind !== 'changed-meanwhile') return attention;
      lookedAt = settled.updatedAt;
      const { retriedBy: _, ...again } = command;
      if (round >= MOST_ROUNDS && patched(HAS_LIMIT)) return continueAsNew<typeof finishCompensation>(again);
    }
  });
}

/** Runs undos one after the other; one that does not succeed does not stop the others. */
async function undo(
  names: readonly (keyof typeof UNDOS)[],
  input: CancelAtPartners,
  ledger: UndoLedger,
): Promise<Attention | null> {
  const failed: string[] = [];
  let failure = '';
  for (const name of names) {
    const summary = `${name} ${input.members.map(({ command }) => command.commandId).join()}`;
    try {
      const refusal = refusalIn(await UNDOS[name].executeWithOptions({ summary }, [input]));
      if (refusal === undefined) {
        ledger.undone(name);
        continue;
      }
      failed.push(name);
      failure ||= `${name}: ${refusal}`;
    } catch (error) {
      failed.push(name);
      failure ||= faultOf(error) ?? messageOf(error);
    }
  }
  return failed.length > 0 ? { remaining: failed, failure } : null;
}

/** What an undo was refused for, where it was: then it is not done. */
function refusalIn(answers: Readonly<Record<string, StepAnswer>>): string | undefined {
  const refusal = Object.values(answers).find((answer) => answer.kind === 'refused');
  return refusal && (refusal.detail ?? refusal.reason);
}

function namesOf<Undos extends object>(undos: Undos): (keyof Undos)[] {
  return Object.keys(undos) as (keyof Undos)[];
}

/** An activity's failure says only that it failed; its cause says why. */
function messageOf(error: unknown): string {
  const cause = error instanceof ActivityFailure ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
}
