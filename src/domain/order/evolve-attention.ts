import { never } from '../decision';
import { hasLeft } from './line-units';
import type { Order, Pending, Shipment } from './order';
import type { CompensationEvent } from './order-events';
import { isApproved, settledIn } from './order-status';

/** What is run by itself where it is left; all else that can be left are steps of commands. */
const UNDOS = ['cancelAtPartners', 'releaseStock', 'releaseCredit'];

/** The undo of an approved order: it keeps what it needs. */
export const SURPLUS_UNDO = 'cancelAtPartners';

type Attended = Pick<Order, 'attention' | 'compensation'>;

/** All that may have to be undone of an order whose saga is gone: an approved one keeps what it needs. */
export function undosOf(order: Order): readonly string[] {
  return isApproved(order) ? [SURPLUS_UNDO] : UNDOS;
}

/** What is left of an order's undos. */
export function undosLeft({ attention }: Pick<Order, 'attention'>): readonly string[] {
  return attention?.remaining.filter((name) => UNDOS.includes(name)) ?? [];
}

/** What is left of commands that have stopped. */
export function stepsLeft({ attention }: Pick<Order, 'attention'>): readonly string[] {
  return attention?.remaining.filter((name) => !UNDOS.includes(name)) ?? [];
}

/** Whether somebody is, or may be, running undos of an order. */
export function isUndoing({ compensation, attention }: Attended): boolean {
  return compensation === 'running' || undosLeft({ attention }).length > 0;
}

/** Whether a shipment has left and nobody goes on with it. */
export function isStopped(shipment: Shipment): boolean {
  return hasLeft(shipment) && shipment.captured === undefined && shipment.dueAt === null;
}

/** An order after what became of its undos, and of commands that have stopped. */
export function afterCompensation(order: Order, event: CompensationEvent): Order {
  switch (event.type) {
    case 'orders.compensation-finished.v1':
      return { ...order, ...leaving(order, stepsLeft(order)) };
    case 'orders.attention-needed.v1':
      return { ...order, ...needing([...event.data.remaining, ...stepsLeft(order)], event.data.failure) };
    case 'orders.surplus-booked.v1':
      return { ...order, ...undoingAgain(order) };
    case 'orders.compensation-retried.v1':
      return { ...order, ...undoingAgain(order) };
    case 'orders.command-stopped.v1':
      return stopped(order, event.data);
    case 'orders.commands-retried.v1':
      return attended(goingOn(order, { dueAt: event.data.dueAt }));
    case 'orders.attention-resolved.v1':
      return settledIfApproved({ ...goingOn(order, { captured: 0 }), compensation: 'done', attention: null });
    default:
      return never(event);
  }
}

/** Whoever has done what was left of commands, an operator does not have to look at it any more. */
export function attended(order: Order): Order {
  const { pending, shipments } = order;
  if (stepsLeft(order).length === 0 || pending?.isStopped || shipments.some(isStopped)) return order;
  return { ...order, ...leaving(order, undosLeft(order)) };
}

function leaving({ attention }: Order, remaining: readonly string[]): Attended {
  return remaining.length > 0 && attention
    ? { compensation: 'needs_attention', attention: { ...attention, remaining } }
    : { compensation: 'done', attention: null };
}

function needing(remaining: readonly string[], failure: string): Attended {
  return { compensation: 'needs_attention', attention: { remaining: [...new Set(remaining)], failure } };
}

/** Undos are run (again). Where steps are left as well, an operator still has to look at those. */
function undoingAgain(order: Order): Partial<Order> {
  const { attention } = order;
  if (!attention || stepsLeft(order).length === 0) return { compensation: 'running' };
  return needing([...undosLeft(order), SURPLUS_UNDO, ...stepsLeft(order)], attention.failure);
}

/** Undos that are being run are listed as well, so that they are not forgotten: they may have been lost. */
function stopped(
  order: Order,
  {
    commandId,
    shipmentId,
    remaining,
    failure,
  }: Extract<CompensationEvent, { type: 'orders.command-stopped.v1' }>['data'],
): Order {
  const { pending, compensation } = order;
  const undos = compensation === 'running' ? [...undosLeft(order), SURPLUS_UNDO] : undosLeft(order);
  return {
    ...order,
    ...needing([...undos, ...stepsLeft(order), ...remaining], failure),
    pending: pending?.commandId === commandId ? { ...pending, isStopped: true } : pending,
    shipments: order.shipments.map((one) => (one.id === shipmentId ? { ...one, dueAt: null } : one)),
  };
}

function goingOn(order: Order, change: Partial<Shipment>): Order {
  const { pending, shipments } = order;
  return {
    ...order,
    pending: pending && withoutStop(pending),
    shipments: shipments.map((shipment) => (isStopped(shipment) ? { ...shipment, ...change } : shipment)),
  };
}

function withoutStop(pending: Pending): Pending {
  const { isStopped: _, ...taken } = pending;
  return taken as Pending;
}

function settledIfApproved(order: Order): Order {
  return order.shipments.length > 0 ? settledIn(order) : order;
}
