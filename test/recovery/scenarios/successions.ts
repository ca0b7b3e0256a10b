import type { Order } from '../../../src/domain/order/order';
import type { Stores } from '../../../src/stores/stores';
import { cancelOf, rejectOf, reviseOf, shipOf } from '../../support/new-commands';
import { type Ground, PARTNER } from '../support/grounds';
import type { Succession } from '../support/late-runs';
import { acceptedOn, approvedOn, orderNow, PRICE } from '../support/orders';
import type { Scenario } from '../support/scenario';
import { CREATES, PARTNER_CREATES } from './create';
import { REJECTIONS, rejectionOf } from './reject';
import { REVISIONS } from './revise';
import { SHIPMENTS } from './ship';

function named(scenarios: readonly Scenario[], name: string): Scenario {
  const found = scenarios.find((one) => one.name === name);
  if (!found) throw new Error(`no scenario is called ${name}`);
  return found;
}

function nextId({ key }: Ground): { readonly id: string } {
  return { id: `cmd_${key}_next` };
}

const cancelled = (ground: Ground, order: Order) => cancelOf(order, nextId(ground));

const revisedTo = (quantity: number) => (ground: Ground, order: Order) =>
  reviseOf(order, [{ lineId: '1', sku: ground.sku, quantity, unitPrice: PRICE }], nextId(ground));

function shipmentThat(order: Order, state: Order['shipments'][number]['state']) {
  const shipment = order.shipments.find((one) => one.state === state);
  if (!shipment) throw new Error(`no shipment of ${order.id} is ${state}`);
  return shipment;
}

const shipped = (ground: Ground, order: Order) =>
  shipOf(order, shipmentThat(order, 'ACCEPTED'), nextId(ground));

const rejected = (ground: Ground, order: Order) => {
  const units = { lineId: '1', quantity: 2, reason: 'NO_CAPACITY' } as const;
  return rejectOf(order, shipmentThat(order, 'RELEASED'), units, nextId(ground));
};

/** Accepts the first shipment that no node has accepted yet. */
async function accepted(stores: Stores, ground: Ground): Promise<void> {
  const order = await orderNow(stores, ground);
  const at = order.shipments.findIndex(({ state }) => state === 'RELEASED');
  await acceptedOn(stores, [order], at);
}

export const SUCCESSIONS: readonly Succession[] = [
  {
    name: 'an approval, then a cancellation',
    old: named(CREATES, 'approved'),
    next: cancelled,
    statuses: ['CANCELLED'],
  },
  {
    name: 'an approval at a partner, then a cancellation',
    old: named(PARTNER_CREATES, 'at a partner that confirms, then confirms'),
    next: cancelled,
    statuses: ['CANCELLED'],
  },
  {
    name: 'an approval at a partner, then a revision to less',
    old: named(PARTNER_CREATES, 'at a partner that confirms, then confirms'),
    next: revisedTo(2),
    statuses: ['APPROVED'],
  },
  {
    name: 'a backordered approval, then a revision to less',
    old: named(CREATES, 'backordered'),
    next: revisedTo(1),
    statuses: ['APPROVED'],
  },
  {
    name: 'a revision to more, then a cancellation',
    old: named(REVISIONS, 'to more'),
    next: cancelled,
    statuses: ['CANCELLED'],
  },
  {
    name: 'a revision to less, then one to more',
    old: named(REVISIONS, 'to less'),
    next: revisedTo(6),
    statuses: ['APPROVED'],
  },
  {
    name: 'a revision turned back, then one to more',
    old: named(REVISIONS, 'turned back by stock'),
    next: revisedTo(6),
    statuses: ['APPROVED'],
  },
  {
    name: 'a revision turned back by credit, then a cancellation',
    old: named(REVISIONS, 'turned back by credit'),
    next: cancelled,
    statuses: ['CANCELLED'],
  },
  {
    name: 'a revision to more, then a shipment',
    old: named(REVISIONS, 'to more'),
    between: accepted,
    next: shipped,
    statuses: ['FULFILLING', 'SHIPPED'],
  },
  {
    name: 'a rejection, then a revision to more',
    old: named(REJECTIONS, 'whose units are found elsewhere'),
    next: revisedTo(5),
    statuses: ['APPROVED'],
  },
  {
    name: 'a rejection that cancels, then a revision to less',
    old: named(REJECTIONS, 'whose units are cancelled'),
    next: revisedTo(0),
    statuses: ['CANCELLED'],
  },
  {
    name: 'a rejection, then a shipment',
    old: named(REJECTIONS, 'of all units, found elsewhere'),
    between: accepted,
    next: shipped,
    statuses: ['SHIPPED'],
  },
  {
    name: 'a shipment, then a cancellation of the rest',
    old: named(SHIPMENTS, 'of a part of an order'),
    next: cancelled,
    statuses: ['SHIPPED'],
  },
  {
    name: 'a shipment, then a rejection of the rest',
    old: named(SHIPMENTS, 'of a part of an order'),
    next: rejected,
    statuses: ['SHIPPED'],
  },
  {
    name: 'a shipment, then a revision of the rest',
    old: named(SHIPMENTS, 'of a part of an order'),
    next: revisedTo(4),
    statuses: ['FULFILLING'],
  },
];

const IN_PART = named(SHIPMENTS, 'of a part of an order');

/** An order whose command is still open because its partner has booked it twice. */
const BOOKED_TWICE = {
  old: named(PARTNER_CREATES, 'at a partner that confirms, then confirms'),
  word: 'confirms twice',
  // The order is approved by this step.
  openFrom: 6,
} as const;

/** Commands recorded while the command before them is still open. */
export const OVERLAPS: readonly Succession[] = [
  { name: 'a shipment and a cancellation of the rest', old: IN_PART, next: cancelled, statuses: ['SHIPPED'] },
  { name: 'a shipment and a rejection of the rest', old: IN_PART, next: rejected, statuses: ['SHIPPED'] },
  { name: 'a shipment and a revision to less', old: IN_PART, next: revisedTo(4), statuses: ['FULFILLING'] },
  {
    name: 'a shipment and a revision to more',
    old: { ...IN_PART, means: { stock: { w1: 3, w2: 2 }, limit: 100_000, backorders: 9 } },
    next: revisedTo(7),
    statuses: ['FULFILLING'],
  },
  {
    name: 'a shipment and the last one',
    old: IN_PART,
    between: accepted,
    next: shipped,
    statuses: ['SHIPPED'],
  },
  { name: 'a surplus and a cancellation', ...BOOKED_TWICE, next: cancelled, statuses: ['CANCELLED'] },
  { name: 'a surplus and a revision to less', ...BOOKED_TWICE, next: revisedTo(3), statuses: ['APPROVED'] },
  {
    name: 'a surplus and a rejection by the partner',
    ...BOOKED_TWICE,
    next: rejectedByPartner,
    statuses: ['APPROVED'],
  },
  {
    name: 'a rejection and a shipment of the rest',
    old: {
      ...named(REJECTIONS, 'whose units are waited for'),
      means: { stock: { w1: 3, w2: 2 }, limit: 100_000, backorders: 9 },
      async prepare(stores, grounds) {
        const orders = await approvedOn(stores, grounds, 5);
        await acceptedOn(stores, orders, 1);
        return grounds.map((ground, at) => rejectionOf(ground, orders[at] as Order, 1));
      },
    },
    next: shipped,
    statuses: ['FULFILLING'],
  },
];

function rejectedByPartner(ground: Ground, order: Order) {
  const shipment = order.shipments.find(({ nodeId }) => nodeId === PARTNER);
  if (!shipment) throw new Error(`order ${order.id} has nothing at its partner`);
  const units = { lineId: '1', quantity: 1, reason: 'NO_CAPACITY' } as const;
  return rejectOf(order, shipment, units, nextId(ground));
}

/** Commands recorded while a run of another command is in the middle of a step. */
export const RECORDS: readonly Succession[] = [
  {
    name: 'a cancellation beside the creation',
    old: named(CREATES, 'approved'),
    next: cancelled,
    statuses: ['CANCELLED', 'REJECTED'],
  },
  {
    name: 'a cancellation beside a refused creation',
    old: named(CREATES, 'refused by stock'),
    next: cancelled,
    statuses: ['REJECTED'],
  },
  {
    name: 'a shipment beside a revision',
    old: named(REVISIONS, 'that a shipment may overtake'),
    next: shipped,
    statuses: ['SHIPPED', 'FULFILLING', 'APPROVED'],
  },
  {
    name: 'a cancellation beside a revision',
    old: named(REVISIONS, 'to more'),
    next: cancelled,
    statuses: ['CANCELLED', 'APPROVED'],
  },
  {
    name: 'a revision beside a revision that is turned back',
    old: named(REVISIONS, 'turned back by stock'),
    next: revisedTo(5),
    statuses: ['APPROVED'],
  },
  {
    name: 'a cancellation beside a rejection',
    old: named(REJECTIONS, 'whose units are cancelled'),
    next: cancelled,
    statuses: ['CANCELLED', 'APPROVED'],
  },
  { name: 'a cancellation beside a shipment', old: IN_PART, next: cancelled, statuses: ['SHIPPED'] },
  { name: 'a rejection beside a shipment', old: IN_PART, next: rejected, statuses: ['SHIPPED'] },
];
