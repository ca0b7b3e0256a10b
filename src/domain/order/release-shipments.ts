import { evolveOrder } from './evolve-order';
import type { Order, Terms } from './order';
import type { LineUnits, ReleasedShipment, ReleasingEvent } from './order-events';
import { isMovingUnits, isWaiting } from './order-status';

/**
 * Adds new shipments to the last event: one for each node with units that no shipment carries yet. An order that ships
 * complete releases none while units are still to come.
 */
export function releasing(
  order: Order,
  events: readonly ReleasingEvent[],
  terms: Terms,
): readonly ReleasingEvent[] {
  const after = events.reduce<Order | undefined>(
    (state, event) => evolveOrder(state, order.id, event, terms.now),
    order,
  );
  const shipments = after ? shipmentsOf(after, terms) : [];
  const last = events.at(-1);
  if (shipments.length === 0 || !last) return events;
  // TypeScript loses the event's type when a member of the union is spread.
  const withShipments = { ...last, data: { ...last.data, shipments } } as ReleasingEvent;
  return [...events.slice(0, -1), withShipments];
}

function shipmentsOf(order: Order, terms: Terms): readonly ReleasedShipment[] {
  if (order.shipComplete && (isWaiting(order) || isMovingUnits(order))) return [];
  const byNode = new Map<string, LineUnits[]>();
  for (const { lineId, committed } of order.lines) {
    for (const { nodeId, quantity } of committed) {
      byNode.set(nodeId, [...(byNode.get(nodeId) ?? []), { lineId, quantity }]);
    }
  }
  const dueAt = later(terms.now, terms.acceptSeconds);
  return [...byNode].map(([nodeId, lines], at) => ({
    id: nextShipmentId(order, at),
    nodeId,
    dueAt,
    lines,
  }));
}

/** Adds seconds to a moment (RFC 3339). */
export function later(moment: string, seconds: number): string {
  return new Date(Date.parse(moment) + seconds * 1000).toISOString();
}

/**
 * Returns the id of an order's next shipment, or of one after it. Its number counts the shipments of the order over its
 * whole life.
 */
export function nextShipmentId({ id, shipments }: Pick<Order, 'id' | 'shipments'>, after = 0): string {
  return `${id.replace(/^ord_/, 'shp_')}_${shipments.length + after + 1}`;
}

/** Returns the order id of a shipment id; undefined for any other id. */
export function orderOfShipment(shipmentId: string): string | undefined {
  const [, suffix] = /^shp_(.+)_[1-9]\d*$/.exec(shipmentId) ?? [];
  return suffix === undefined ? undefined : `ord_${suffix}`;
}
