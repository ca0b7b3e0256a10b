import type { CommandOutcome, RejectUnits, ReviseOrder } from '../contracts/commands';
import { never } from '../domain/decision';
import type { Order, Pending } from '../domain/order/order';
import type { OrdersReads } from '../stores/orders-reads';
import { commandOnOrder } from './command-on-order';
import type { Ticket } from './intake';
import type { Intakes } from './intakes';
import { LeftAlone } from './left-alone';
import type { Watch } from './watch';

const EVERY_MS = 5_000;
const MOST_AT_ONCE = 100;

/**
 * Notices orders that a saga has had for itself for too long: it was lost, and would keep them for ever. What it was
 * to do is done again under the same command, so that each step that was taken answers what it answered before. What
 * fails again is left alone for a while.
 */
export function takenOrdersWatch(
  reads: Pick<OrdersReads, 'takenTooLong'>,
  intakes: Pick<Intakes, 'cancels' | 'revisions' | 'rejections'>,
): Watch {
  const failed = new LeftAlone();
  return {
    name: 'taken-orders',
    everyMs: EVERY_MS,
    async look() {
      for (const order of await reads.takenTooLong(MOST_AT_ONCE, failed.at(performance.now())))
        for (const { outcome } of takeUpAgain(order, intakes)) failed.noteEnd(outcome);
    },
  };
}

/** Gives the command again that has an order for itself, if one has. @throws IntakeFull */
export function takeUpAgain(
  order: Order,
  { cancels, revisions, rejections }: Pick<Intakes, 'cancels' | 'revisions' | 'rejections'>,
): readonly Ticket<CommandOutcome>[] {
  const { pending } = order;
  switch (pending?.kind) {
    case undefined:
      return [];
    case 'cancel':
      return [cancels.submit(commandOnOrder(order, pending.commandId))];
    case 'revise':
      return [revisions.submit(revision(order, pending))];
    case 'reject':
      return rejection(order, pending).map((command) => rejections.submit(command));
    default:
      return never(pending);
  }
}

function revision(order: Order, pending: Extract<Pending, { kind: 'revise' }>): ReviseOrder {
  return { ...commandOnOrder(order, pending.commandId), baseVersion: order.version, lines: pending.lines };
}

/** The claim is this command's own, so that what exactly was claimed is read from the order. */
function rejection(order: Order, pending: Extract<Pending, { kind: 'reject' }>): readonly RejectUnits[] {
  const [line] = pending.lines;
  if (!line) return [];
  const { shipmentId, reason } = pending;
  const { lineId, quantity } = line;
  const said = reason === 'NO_RESPONSE' ? 'NO_CAPACITY' : reason;
  return [{ ...commandOnOrder(order, pending.commandId), shipmentId, lineId, quantity, reason: said }];
}
