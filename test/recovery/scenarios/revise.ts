import type { Order } from '../../../src/domain/order/order';
import type { NewCommand } from '../../../src/stores/command-rows';
import type { Stores } from '../../../src/stores/stores';
import { record, runDirect } from '../../support/direct-saga';
import { reviseOf, shipOf } from '../../support/new-commands';
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
import type { Scenario } from '../support/scenario';

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

/** Ships what the order had when it was revised; where the revision was applied before, that is refused. */
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
      faultAt: 'extendStock',
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
