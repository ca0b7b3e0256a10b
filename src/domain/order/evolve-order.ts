import { never } from '../decision';
import {
  refusedOnce,
  shipmentWithout,
  unpromised,
  withCancelled,
  withoutReleased,
  withoutWaits,
  withSources,
  withWaits,
} from './evolve-lines';
import { refunded, unitsReturned } from './evolve-returns';
import { revisionApplied } from './evolve-revision';
import { hasLeft, isLive, shippedUnits } from './line-units';
import type { CommandKind, Order, OrderedLine, Shipment } from './order';
import type {
  LockEvent,
  OrderEvent,
  RecordedOrder,
  ReleasedShipment,
  ReleasingEvent,
  ShipmentEvent,
} from './order-events';
import { settledIn } from './order-status';

/** Applies an event that happened at `at` (RFC 3339) to an order; undefined before the order is recorded. */
export function evolveOrder(
  order: Order | undefined,
  id: string,
  event: OrderEvent,
  at: string,
): Order | undefined {
  if (event.type === 'orders.order-recorded.v1') return recorded(id, event.data, at);
  return order && { ...after(order, event, at), updatedAt: at };
}

function recorded(id: string, data: RecordedOrder, at: string): Order {
  return {
    id,
    ...data,
    lines: data.lines.map(unpromised),
    isErased: false,
    status: 'PENDING',
    reason: null,
    shortages: null,
    payment: 'unpaid',
    shipments: [],
    returns: [],
    pending: null,
    lastCommand: null,
    earlyFills: [],
    lastLine: highestOf(data.lines),
    version: 1,
    createdAt: at,
    updatedAt: at,
  };
}

/** Returns the highest line id that is a number; 0 when there is none. */
function highestOf(lines: readonly Pick<OrderedLine, 'lineId'>[]): number {
  return Math.max(0, ...lines.map(({ lineId }) => Number(lineId)).filter(Number.isSafeInteger));
}

type LaterEvent = Exclude<OrderEvent, { type: 'orders.order-recorded.v1' }>;

function after(order: Order, event: LaterEvent, at: string): Order {
  switch (event.type) {
    case 'orders.order-rejected.v1':
      return { ...order, status: 'REJECTED', earlyFills: [], ...event.data };
    case 'orders.backorder-filled-early.v1':
      return { ...order, earlyFills: [...order.earlyFills, event.data] };
    case 'orders.personal-data-erased.v1':
      return { ...order, sealed: null, isErased: true };
    case 'orders.order-approved.v1':
    case 'orders.backorder-filled.v1':
    case 'orders.rejection-settled.v1':
    case 'orders.revision-applied.v1':
      return settledIn(released(gaining(order, event), event.data.shipments ?? []));
    case 'orders.shipment-accepted.v1':
    case 'orders.shipment-shipped.v1':
    case 'orders.shipment-delivered.v1':
    case 'orders.payment-captured.v1':
      return settledIn(reported(order, event));
    case 'orders.units-returned.v1':
      return unitsReturned(order, event.data, at);
    case 'orders.payment-refunded.v1':
      return settledIn(ended(refunded(order, event.data), 'return', event.data.commandId));
    default:
      return locking(order, event);
  }
}

function gaining(order: Order, event: ReleasingEvent): Order {
  switch (event.type) {
    case 'orders.order-approved.v1': {
      const { reservationId, sources, backordered = [] } = event.data;
      const lines = withWaits(withSources(order.lines, sources), backordered);
      return { ...order, reservationId, lines, earlyFills: [] };
    }
    case 'orders.backorder-filled.v1': {
      const { place, sources } = event.data;
      return { ...order, lines: withSources(withoutWaits(order.lines, place, sources), sources) };
    }
    case 'orders.rejection-settled.v1':
      return rejectionSettled(order, event.data);
    case 'orders.revision-applied.v1':
      return revisionApplied(order, event.data);
    default:
      return never(event);
  }
}

function released(order: Order, shipments: readonly ReleasedShipment[]): Order {
  if (shipments.length === 0) return order;
  const skuOf = (id: string) => order.lines.find(({ lineId }) => lineId === id)?.sku ?? '';
  const more = shipments.map(
    ({ id, nodeId, dueAt, lines }): Shipment => ({
      id,
      orderId: order.id,
      nodeId,
      state: 'RELEASED',
      lines: lines.map(({ lineId, quantity }) => ({ lineId, sku: skuOf(lineId), quantity })),
      dueAt,
    }),
  );
  return {
    ...order,
    lines: withoutReleased(order.lines, shipments),
    shipments: [...order.shipments, ...more],
  };
}

function reported(order: Order, event: ShipmentEvent): Order {
  switch (event.type) {
    case 'orders.shipment-accepted.v1': {
      const { commandId, shipmentId, dueAt } = event.data;
      const accepted = withShipment(order, shipmentId, { state: 'ACCEPTED', dueAt });
      return ended(accepted, 'accept', commandId);
    }
    case 'orders.shipment-shipped.v1':
      return ended(shipped(order, event.data), 'ship', event.data.commandId);
    case 'orders.shipment-delivered.v1': {
      const { commandId, shipmentId } = event.data;
      return ended(withShipment(order, shipmentId, { state: 'DELIVERED' }), 'deliver', commandId);
    }
    case 'orders.payment-captured.v1': {
      const { shipmentId, amount } = event.data;
      return withShipment(order, shipmentId, { captured: amount });
    }
    default:
      return never(event);
  }
}

/** Marks a shipment as shipped. The rest of one that has left in part goes into a new shipment, the last one. */
function shipped(
  order: Order,
  {
    commandId,
    shipmentId,
    tracking,
    part,
  }: Extract<ShipmentEvent, { type: 'orders.shipment-shipped.v1' }>['data'],
): Order {
  const after = withShipment(order, shipmentId, {
    state: 'SHIPPED',
    dueAt: null,
    shippedBy: commandId,
    ...(tracking === null ? {} : { tracking }),
    ...(part ? { lines: part.lines, restId: part.rest.id } : {}),
  });
  const whole = order.shipments.find(({ id }) => id === shipmentId);
  return part && whole ? { ...after, shipments: [...after.shipments, { ...whole, ...part.rest }] } : after;
}

function withShipment(order: Order, id: string, change: Partial<Shipment>): Order {
  return {
    ...order,
    shipments: order.shipments.map((shipment) =>
      shipment.id === id ? { ...shipment, ...change } : shipment,
    ),
  };
}

/** Sets a finished command as the order's last command. */
function ended(order: Order, kind: CommandKind, id: string): Order {
  return { ...order, lastCommand: { id, kind, outcome: 'done' } };
}

/** Ends the lock. No later decision can bring a backorder entry, so fills of unknown entries are dropped. */
function unlocked(order: Order, kind: CommandKind, id: string): Order {
  return settledIn(ended({ ...order, pending: null, earlyFills: [] }, kind, id));
}

function locking(order: Order, event: LockEvent): Order {
  switch (event.type) {
    case 'orders.rejection-claimed.v1':
      return rejectionClaimed(order, event.data);
    case 'orders.rejection-finished.v1':
      return unlocked(order, 'reject', event.data.commandId);
    case 'orders.cancel-claimed.v1':
      return settledIn({ ...order, pending: { kind: 'cancel', commandId: event.data.commandId } });
    case 'orders.order-cancelled.v1':
      return unlocked(withoutUnshipped(order), 'cancel', event.data.commandId);
    case 'orders.revision-claimed.v1':
      return settledIn({
        ...order,
        pending: { kind: 'revise', commandId: event.data.commandId },
        lastLine: Math.max(order.lastLine, highestOf(event.data.lines)),
      });
    case 'orders.revision-turned-back.v1':
      return order;
    case 'orders.revision-failed.v1': {
      const { commandId, reason } = event.data;
      const failed = unlocked(order, 'revise', commandId);
      return { ...failed, lastCommand: { id: commandId, kind: 'revise', outcome: 'refused', reason } };
    }
    case 'orders.revision-finished.v1':
      return unlocked(order, 'revise', event.data.commandId);
    default:
      return never(event);
  }
}

/**
 * Removes rejected units from the shipment and locks the order. The status stays until replacement units are settled.
 */
function rejectionClaimed(
  order: Order,
  data: Extract<LockEvent, { type: 'orders.rejection-claimed.v1' }>['data'],
): Order {
  const { commandId, shipmentId, lines, together = [] } = data;
  const moved = [...lines, ...together];
  return {
    ...order,
    lines: refusedOnce(order.lines, lines),
    shipments: order.shipments.map((shipment) =>
      shipment.id === shipmentId ? shipmentWithout(shipment, moved, 'REJECTED') : shipment,
    ),
    pending: { kind: 'reject', commandId },
  };
}

/** Applies a settled rejection. The order stays locked while credit for cancelled units is still to be released. */
function rejectionSettled(
  order: Order,
  data: Extract<ReleasingEvent, { type: 'orders.rejection-settled.v1' }>['data'],
): Order {
  const { commandId, sources, backordered, cancelled } = data;
  const lines = withCancelled(withWaits(withSources(order.lines, sources), backordered), cancelled);
  const settled = { ...order, lines, earlyFills: [] };
  return cancelled.length > 0 ? settled : ended({ ...settled, pending: null }, 'reject', commandId);
}

function withoutUnshipped(order: Order): Order {
  return {
    ...order,
    lines: order.lines.map((line) => ({
      ...line,
      committed: [],
      waits: [],
      cancelled: line.quantity - shippedUnits(order, line.lineId),
    })),
    shipments: order.shipments.map((shipment) =>
      isLive(shipment) && !hasLeft(shipment) ? { ...shipment, state: 'CANCELLED', dueAt: null } : shipment,
    ),
  };
}
