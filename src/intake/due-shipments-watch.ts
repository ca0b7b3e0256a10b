import type { CommandOutcome, ReportShipment } from '../contracts/commands';
import type { Order } from '../domain/order/order';
import type { DueShipment, OrdersReads } from '../stores/orders-reads';
import { commandOnOrder } from './command-on-order';
import { LeftAlone } from './left-alone';
import type { Watch } from './watch';

const EVERY_MS = 1_000;
const MOST_AT_ONCE = 85;

export interface DueShipments {
  readonly reads: Pick<OrdersReads, 'dueShipments' | 'orders'>;
  readonly expire: Act;
  readonly resume: Act;
}

type Act = (
  commands: readonly ReportShipment[],
) => Promise<{ readonly outcomes: Promise<readonly CommandOutcome[]> }>;

interface Due {
  readonly key: string;
  readonly command: ReportShipment;
}

/**
 * Acts where a shipment's time is up: one that its node has not accepted or sent goes elsewhere, one that has left
 * and was not captured has its saga taken up again. Nothing is started when nothing is due, and what a saga has failed
 * on is left alone for a while.
 */
export function dueShipmentsWatch({ reads, expire, resume }: DueShipments): Watch {
  const failed = new LeftAlone();
  const see = async (to: readonly Due[], act: Act) => {
    if (to.length === 0) return;
    const outcomes = await (await act(to.map(({ command }) => command))).outcomes;
    for (const [index, { key }] of to.entries()) failed.note(key, outcomes[index], performance.now());
  };
  return {
    name: 'due-shipments',
    everyMs: EVERY_MS,
    async look() {
      const due = await reads.dueShipments(MOST_AT_ONCE, failed.at(performance.now()));
      if (due.length === 0) return;
      const orders = await reads.orders(due.map(({ orderId }) => orderId));
      const [atNodes, left] = partition(due, ({ state }) => state === 'RELEASED' || state === 'ACCEPTED');
      const expired = atNodes.flatMap((shipment) => expiry(shipment, orders.get(shipment.orderId)));
      const resumed = left.flatMap((shipment) => resumption(shipment, orders.get(shipment.orderId)));
      await see(expired, expire);
      await see(resumed, resume);
    },
  };
}

function partition<T>(all: readonly T[], isFirst: (one: T) => boolean): readonly [T[], T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))];
}

function expiry({ id, dueAt, key }: DueShipment, order: Order | undefined): readonly Due[] {
  return order
    ? [{ key, command: { ...commandOnOrder(order, `${id}/overdue/${dueAt}`), shipmentId: id } }]
    : [];
}

/** Under the command that shipped it: what that one has done already is not done again. */
function resumption({ id, key }: DueShipment, order: Order | undefined): readonly Due[] {
  const shippedBy = order?.shipments.find((shipment) => shipment.id === id)?.shippedBy;
  return order && shippedBy !== undefined
    ? [{ key, command: { ...commandOnOrder(order, shippedBy), shipmentId: id } }]
    : [];
}
