import type { Order } from '../../../src/domain/order/order';
import type { Stores } from '../../../src/stores/stores';
import { cancelOf, rejectOf, reviseOf, shipOf } from '../../support/new-commands';
import type { Ground } from '../support/grounds';
import type { Succession } from '../support/late-runs';
import { acceptedOn, orderNow, PRICE } from '../support/orders';
import type { Scenario } from '../support/scenario';
import { CREATES, PARTNER_CREATES } from './create';
import { REJECTIONS } from './reject';
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

/** Has the first shipment that no node has accepted yet accepted. */
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
