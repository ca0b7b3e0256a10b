import { proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { ReservationOutcome, ReserveInventory } from '../src/contracts/commands';
import type { OrderGiven } from '../src/contracts/steps';
import type { MemberEnd } from './saga-member';
import { fromTheStart, sagaOver } from './saga-over-a-set';
import { FORWARD } from './step-options';

const { holdStock } = proxyLocalActivities<Activities>(FORWARD);

/** Holds stock for a while, for carts that are not orders yet. One step: there is nothing to undo. */
export async function reserveInventory(commands: readonly ReserveInventory[]): Promise<ReservationOutcome[]> {
  const saga = sagaOver(commands, fromTheStart<OrderGiven>({}), {
    steps: { holdStock },
    undos: {},
  });
  await saga.step('holdStock');
  return (await saga.ends()).map(outcomeOf);
}

function outcomeOf(end: MemberEnd<ReserveInventory, OrderGiven>): ReservationOutcome {
  const reservationId = end.command.commandId;
  if (end.kind === 'completed') {
    const { allocations = [], expiresAt } = end.given;
    return { kind: 'held', reservationId, allocations, expiresAt: expiresAt ?? '' };
  }
  if (end.kind === 'refused') return { reason: end.reason, ...end.answer, kind: 'refused', reservationId };
  return { kind: 'refused', reservationId, reason: 'PROCESSING_FAILED' };
}
