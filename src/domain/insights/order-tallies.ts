import { evolveOrder } from '../order/evolve-order';
import { unitsOf } from '../order/line-units';
import type { Order } from '../order/order';
import type { OrderEvent } from '../order/order-events';
import { durationTally } from './durations';
import { type DayTally, onDayOf, type Tally, tallyOf, unitsTally } from './tally';

/** An order up to one of its events, with the moment of its approval. */
export interface OrderStory {
  readonly order: Order | undefined;
  readonly approvedAt: string | null;
}

export const UNTOLD: OrderStory = { order: undefined, approvedAt: null };

/** An event of an order, with its moment. */
export type ToldEvent = OrderEvent & { readonly occurredAt: string };

/** The events of orders that are counted. */
export const COUNTED_OF_ORDERS: readonly OrderEvent['type'][] = [
  'orders.order-recorded.v1',
  'orders.order-approved.v1',
  'orders.order-rejected.v1',
  'orders.rejection-claimed.v1',
  'orders.rejection-settled.v1',
  'orders.shipment-delivered.v1',
];

/** Applies an event to the tallied facts of an order. */
export function evolveStory({ order, approvedAt }: OrderStory, id: string, event: ToldEvent): OrderStory {
  const after = evolveOrder(order, id, event, event.occurredAt);
  const isApproval = event.type === 'orders.order-approved.v1';
  return { order: after, approvedAt: isApproval ? event.occurredAt : approvedAt };
}

/** The events of an order after those that a story tells, in order. */
export interface FollowingEvents {
  readonly id: string;
  readonly story: OrderStory;
  readonly events: readonly { readonly version: number; readonly event: ToldEvent }[];
}

/** Tells a story on, and counts the events whose versions are wanted. */
export function tellOn(
  { id, story, events }: FollowingEvents,
  isWanted: (version: number) => boolean,
): { readonly story: OrderStory; readonly tallies: readonly DayTally[] } {
  const tallies: DayTally[] = [];
  let told = story;
  for (const { version, event } of events) {
    const before = told;
    told = evolveStory(before, id, event);
    if (isWanted(version)) tallies.push(...onDayOf(event.occurredAt, orderTallies(before, told, event)));
  }
  return { story: told, tallies };
}

/** Returns what an event adds to the counts. `before` and `after`: the order before and after the event. */
export function orderTallies(before: OrderStory, after: OrderStory, event: ToldEvent): readonly Tally[] {
  const placedAt = after.order?.createdAt ?? event.occurredAt;
  switch (event.type) {
    case 'orders.order-recorded.v1':
      return [outcome('placed')];
    case 'orders.order-approved.v1':
      return [outcome('approved'), durationTally('placed-approved', placedAt, event.occurredAt)];
    case 'orders.order-rejected.v1': {
      const { reason } = event.data;
      return [outcome('rejected'), { measure: 'orders', dimension: 'reason', key: reason, units: 1 }];
    }
    case 'orders.rejection-claimed.v1':
      return givenBack(before.order, event.data);
    case 'orders.rejection-settled.v1': {
      const { sources, backordered, cancelled } = event.data;
      return [
        tallyOf('units-resourced', unitsOf(sources)),
        tallyOf('units-backordered', unitsOf(backordered)),
        tallyOf('units-cancelled', unitsOf(cancelled)),
      ].filter(({ units }) => units > 0);
    }
    case 'orders.shipment-delivered.v1':
      return after.order?.status === 'DELIVERED' && before.order?.status !== 'DELIVERED'
        ? [
            durationTally('approved-delivered', after.approvedAt ?? placedAt, event.occurredAt),
            durationTally('placed-delivered', placedAt, event.occurredAt),
          ]
        : [];
    default:
      return [];
  }
}

function outcome(key: 'placed' | 'approved' | 'rejected'): Tally {
  return { measure: 'orders', dimension: 'outcome', key, units: 1 };
}

type Claimed = Extract<OrderEvent, { readonly type: 'orders.rejection-claimed.v1' }>['data'];

/** Counts the units that a node gave back, by the shipment and the lines that the order had before. */
function givenBack(order: Order | undefined, { shipmentId, reason, lines }: Claimed): readonly Tally[] {
  const shipment = order?.shipments.find(({ id }) => id === shipmentId);
  if (!shipment) return [];
  return lines.flatMap(({ lineId, quantity }) => {
    const line = shipment.lines.find((one) => one.lineId === lineId);
    return line ? unitsTally('rejected', { nodeId: shipment.nodeId, sku: line.sku, quantity, reason }) : [];
  });
}
