import type { Order } from '../../../src/domain/order/order';
import type { NewCommand } from '../../../src/stores/orders/command-rows';
import type { Stores } from '../../../src/stores/stores';
import { record, runDirect } from '../../support/direct-saga';
import { reviseOf, shipOf } from '../../support/new-commands';
import { filled, filledAndTold, toldLate } from '../support/fills';
import type { Ground } from '../support/grounds';
import {
  acceptedOn,
  approvedOn,
  idOn,
  orderNow,
  ordersOn,
  PRICE,
  shipmentOf,
  shippedOn,
} from '../support/orders';
import { few, type Scenario } from '../support/scenario';

interface Revising {
  readonly from: number;
  readonly to: number;
  readonly price?: number;
}

function revising(
  name: string,
  { from, to, price = PRICE }: Revising,
  more: Partial<Scenario<'revise'>> = {},
): Scenario<'revise'> {
  return {
    name,
    kind: 'revise',
    means: { stock: { w1: 3, w2: 10 }, limit: 100_000 },
    decisions: ['applied'],
    statuses: ['APPROVED'],
    async prepare(stores, grounds) {
      const orders = await approvedOn(stores, grounds, from);
      return grounds.map((ground, at) => revisionOf(ground, orders[at] as Order, to, price));
    },
    ...more,
  };
}

export function revisionOf(
  ground: Ground,
  order: Order,
  quantity: number,
  price = PRICE,
): NewCommand<'revise'> {
  const lines = [{ lineId: '1', sku: ground.sku, quantity, unitPrice: price }];
  return reviseOf(order, lines, { id: idOn(ground, 'revise') });
}

const TURNED_BACK = { decisions: ['turned-back'] };

const WAITING = {
  means: { stock: { w1: 3 }, limit: 100_000, backorders: 9 },
  isExact: false,
} as const;

const FEWER = { means: { stock: { w1: 4 }, limit: 100_000, backorders: 9 }, isExact: false } as const;

const FILLED_LATE = {
  meanwhile: async (stores: Stores, ground: Ground) => {
    await filled(stores, ground);
  },
  afterwards: toldLate,
};

/** Ships the order's content from before the revision; the shipment is refused when the revision was applied first. */
async function shipMeanwhile(stores: Stores, ground: Ground): Promise<void> {
  const order = await orderNow(stores, ground);
  const command = shipOf(order, shipmentOf(order), { id: idOn(ground, 'ship') });
  const [answer] = await record(stores, [command]);
  if (answer?.kind === 'recorded') await runDirect(stores, [answer.row]);
  else if (answer?.kind !== 'refused')
    throw new Error(`the shipment was not taken: ${JSON.stringify(answer)}`);
}

export const REVISIONS: readonly Scenario<'revise'>[] = [
  revising('to more', { from: 2, to: 6 }, { means: { stock: { w1: 3, w2: 10 }, limit: 600 } }),
  revising('to less', { from: 5, to: 2 }),
  revising('to more at a lower price', { from: 2, to: 4, price: 10 }),
  revising('to less at a higher price', { from: 4, to: 2, price: 900 }),
  revising(
    'to more than there is, partly to come',
    { from: 2, to: 6 },
    {
      means: { stock: { w1: 3 }, limit: 100_000, backorders: 9 },
      statuses: ['BACKORDERED'],
    },
  ),
  revising('turned back by stock', { from: 2, to: 60 }, TURNED_BACK),
  revising(
    'turned back by credit',
    { from: 2, to: 6 },
    { means: { stock: { w1: 9 }, limit: 599 }, ...TURNED_BACK },
  ),
  revising(
    'of an order that has shipped in part',
    { from: 5, to: 7 },
    {
      means: { stock: { w1: 3, w2: 9 }, limit: 100_000 },
      statuses: ['FULFILLING'],
      async prepare(stores, grounds) {
        await shippedOn(stores, await approvedOn(stores, grounds, 11));
        const orders = await ordersOn(stores, grounds);
        return grounds.map((ground, at) => revisionOf(ground, orders[at] as Order, 10));
      },
    },
  ),
  revising(
    'one run of which meets a fault of its own',
    { from: 2, to: 6 },
    {
      fault: { at: 'extendStock', isProvable: true },
      decisions: ['applied', 'turned-back'],
      isExact: false,
    },
  ),
  revising(
    'that a shipment may overtake',
    { from: 2, to: 6 },
    {
      decisions: ['applied', 'turned-back'],
      statuses: ['SHIPPED', 'FULFILLING'],
      isExact: false,
      meanwhile: shipMeanwhile,
      async prepare(stores, grounds) {
        const orders = await approvedOn(stores, grounds, 2);
        await acceptedOn(stores, orders);
        return grounds.map((ground, at) => revisionOf(ground, orders[at] as Order, 6));
      },
    },
  ),
];

/** Units arrive while the order is being revised. */
export const FILLED_REVISIONS: readonly Scenario<'revise'>[] = few([
  revising('to more, filled meanwhile', { from: 2, to: 6 }, { ...WAITING, meanwhile: filledAndTold }),
  revising('to more, filled meanwhile and told late', { from: 2, to: 6 }, { ...WAITING, ...FILLED_LATE }),
  // The order has one of its five units backordered and gives up two, or gives up all but one.
  revising('to less, filled meanwhile', { from: 5, to: 3 }, { ...FEWER, meanwhile: filledAndTold }),
  revising('to less, filled meanwhile and told late', { from: 5, to: 3 }, { ...FEWER, ...FILLED_LATE }),
  revising('to much less, filled meanwhile and told late', { from: 7, to: 1 }, { ...FEWER, ...FILLED_LATE }),
  revising(
    'turned back by credit, filled meanwhile',
    { from: 4, to: 6 },
    {
      means: { stock: { w1: 3 }, limit: 599, backorders: 9 },
      isExact: false,
      meanwhile: filledAndTold,
      ...TURNED_BACK,
    },
  ),
  revising(
    'that one run turns back, filled meanwhile',
    { from: 4, to: 6 },
    {
      ...WAITING,
      fault: { at: 'decideRevision', isProvable: true },
      decisions: ['applied', 'turned-back'],
      meanwhile: filledAndTold,
    },
  ),
  revising(
    'that one run turns back, filled meanwhile and told late',
    { from: 4, to: 6 },
    {
      ...WAITING,
      fault: { at: 'decideRevision', isProvable: true },
      decisions: ['applied', 'turned-back'],
      ...FILLED_LATE,
    },
  ),
]);

export const LEFT_REVISIONS: readonly Scenario<'revise'>[] = few([
  revising(
    'that one run leaves to an operator',
    { from: 2, to: 6 },
    { fault: { at: 'extendStock', isProvable: false } },
  ),
  revising(
    'whose decrease one run leaves to an operator',
    { from: 6, to: 2 },
    {
      means: { stock: { w1: 9 }, limit: 100_000 },
      fault: { at: 'shrinkStock', isProvable: false },
    },
  ),
  revising(
    'turned back, whose undo one run leaves to an operator',
    { from: 2, to: 60 },
    {
      fault: { at: 'undoExtend', isProvable: false },
      ...TURNED_BACK,
    },
  ),
]);
