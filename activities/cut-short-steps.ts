import type { OnOrder, ReportShipment, ReviseOrder } from '../src/contracts/commands';
import type { UndoInput } from '../src/contracts/steps';
import { done, type StepAnswer } from '../src/domain/decision';
import type { CommandKind } from '../src/domain/order/order';
import { cutShortOf, decideCutShort, decideStop, type Unfinished } from '../src/domain/order/stop-command';
import { decideTurnBack, decideUndoClaimRevision, type Over } from '../src/domain/order/undo-revision';
import type { Refusal } from '../src/domain/refusal';
import type { OrdersStore } from '../src/stores/orders-store';
import type { OrdersAndDeadlines } from './on-orders';

type Undone = StepAnswer | Unfinished;

/** What becomes of commands on approved orders that do not get to their end. */
export function cutShortSteps({ orders }: Pick<OrdersAndDeadlines, 'orders'>) {
  return {
    /** The undo of acceptShipment; before it has happened it leaves a tombstone, and the node is told no. */
    cutAcceptShort: (input: UndoInput<ReportShipment>) => cutShort(orders, 'acceptShipment', 'accept', input),

    /** The undo of deliverShipment, in the same way. */
    cutDeliverShort: (input: UndoInput<ReportShipment>) =>
      cutShort(orders, 'deliverShipment', 'deliver', input),

    /** The undo of shipShipment, in the same way; a shipment that has left is not taken back, and not over either. */
    cutShipShort: (input: UndoInput<ReportShipment>) => cutShort(orders, 'shipShipment', 'ship', input),

    /** The undo of claimRejection: units that were given back are gone, and what becomes of them is still to be settled. */
    cutRejectShort: (input: UndoInput<ReportShipment>) => cutShort(orders, 'claimRejection', 'reject', input),

    /** The undo of claimCancel: an order that was taken to be cancelled will be. */
    cutCancelShort: (input: UndoInput<OnOrder>) => cutShort(orders, 'claimCancel', 'cancel', input),

    /** Decides that revisions go back, before anything of them is undone; those that stand do not. */
    turnRevisionBack({ members }: UndoInput<ReviseOrder>): Promise<(Refusal | Unfinished | Over)[]> {
      const commands = members.map(({ command, reason }) => ({ ...command, reason }));
      return orders.undoOnce<(typeof commands)[number], Refusal | Unfinished | Over>(
        'applyRevision',
        commands,
        ({ order, answered }, command) => decideTurnBack(order, answered, command),
      );
    },

    /** The undo of claimRevision: the order is as it was, and says why; not before all else was undone. */
    async failRevision({ members }: UndoInput<ReviseOrder>): Promise<Undone[]> {
      const commands = members.map(({ command, undone, remaining, stop = null }) => ({
        ...cutShortOf('revise', command, stop),
        undone,
        remaining,
      }));
      const answers = await orders.undoOnce<(typeof commands)[number], Undone>(
        'claimRevision',
        commands,
        ({ order, answered }, command) => decideUndoClaimRevision(order, answered, command),
      );
      return answers.map(asUndone);
    },

    /** Tells an operator of revisions that stand and cannot give back what they need less of. */
    stopRevision: (input: UndoInput<ReviseOrder>) => stop(orders, 'revise', input),

    /** Tells an operator of shipments that have left, and whose stock or credit does not add up. */
    stopShipping: (input: UndoInput<ReportShipment>) => stop(orders, 'ship', input),

    /** Tells an operator of units that were given back and cannot be replaced, as the books have it that they are not there. */
    stopRejection: (input: UndoInput<ReportShipment>) => stop(orders, 'reject', input),
  };
}

async function cutShort(
  orders: OrdersStore,
  claim: string,
  kind: CommandKind,
  input: UndoInput<OnOrder>,
): Promise<Undone[]> {
  const commands = commandsOf(kind, input);
  const answers = await orders.undoOnce<(typeof commands)[number], Undone>(
    claim,
    commands,
    ({ order, answered }, command) => decideCutShort(order, answered, command),
  );
  return answers.map(asUndone);
}

function stop(orders: OrdersStore, kind: CommandKind, input: UndoInput<OnOrder>): Promise<Unfinished[]> {
  return orders.step(commandsOf(kind, input), ({ order }, command) => decideStop(order, command));
}

function commandsOf(kind: CommandKind, { members }: UndoInput<OnOrder>) {
  return members.map(({ command, stop: why = null }) => cutShortOf(kind, command, why));
}

/** A command that is refused for good is undone with that. */
function asUndone(answer: Undone): Undone {
  return answer.kind === 'refused' ? done : answer;
}
