import type { CancelOrder, OnOrder, RejectUnits, ReviseOrder } from '../contracts/commands';
import { never } from '../domain/decision';
import type { Order, Pending } from '../domain/order/order';
import type { OrdersReads } from '../stores/orders-reads';
import type { Intakes } from './intakes';
import type { Watch } from './watch';

const EVERY_MS = 5_000;
const MOST_AT_ONCE = 100;

/**
 * Notices orders that a saga has had for itself for too long: it was lost, and would keep them for ever. What it was
 * to do is done again under the same command, so that each step that was taken answers what it answered before.
 */
export function takenOrdersWatch(
  reads: Pick<OrdersReads, 'takenTooLong'>,
  intakes: Pick<Intakes, 'cancels' | 'revisions' | 'rejections'>,
): Watch {
  return {
    name: 'taken-orders',
    everyMs: EVERY_MS,
    async look() {
      for (const order of await reads.takenTooLong(MOST_AT_ONCE)) takeUpAgain(order, intakes);
    },
  };
}

/** Gives the command again that has an order for itself, if one has. @throws IntakeFull */
export function takeUpAgain(
  order: Order,
  { cancels, revisions, rejections }: Pick<Intakes, 'cancels' | 'revisions' | 'rejections'>,
): void {
  const { pending } = order;
  switch (pending?.kind) {
    case undefined:
      return;
    case 'cancel':
      cancels.submit(onOrder(order, pending));
      return;
    case 'revise':
      revisions.submit(revision(order, pending));
      return;
    case 'reject':
      for (const command of rejection(order, pending)) rejections.submit(command);
      return;
    default:
      never(pending);
  }
}

function onOrder({ id: orderId, caller, customerId }: Order, { commandId }: Pending): OnOrder & CancelOrder {
  return { commandId, caller, correlation: orderId, orderId, customerId };
}

function revision(order: Order, pending: Extract<Pending, { kind: 'revise' }>): ReviseOrder {
  return { ...onOrder(order, pending), baseVersion: order.version, lines: pending.lines };
}

/** The claim is this command's own, so that what exactly was claimed is read from the order. */
function rejection(order: Order, pending: Extract<Pending, { kind: 'reject' }>): readonly RejectUnits[] {
  const [line] = pending.lines;
  if (!line) return [];
  const { shipmentId, reason } = pending;
  const { lineId, quantity } = line;
  const said = reason === 'NO_RESPONSE' ? 'NO_CAPACITY' : reason;
  return [{ ...onOrder(order, pending), shipmentId, lineId, quantity, reason: said }];
}
