import type { WantedShipping } from '../../../src/domain/command/recorded-command';
import type { Order } from '../../../src/domain/order/order';
import { shipOf } from '../../support/new-commands';
import { acceptedOn, approvedOn, idOn, shipmentOf } from '../support/orders';
import type { Scenario } from '../support/scenario';

function shipping(
  name: string,
  quantity: number,
  { lines = null, ...more }: Partial<Scenario<'ship'>> & Partial<Pick<WantedShipping, 'lines'>> = {},
): Scenario<'ship'> {
  return {
    name,
    kind: 'ship',
    means: { stock: { w1: 3, w2: 10 }, limit: 100_000 },
    decisions: ['shipped'],
    statuses: ['SHIPPED'],
    async prepare(stores, grounds) {
      const orders = await approvedOn(stores, grounds, quantity);
      await acceptedOn(stores, orders);
      return grounds.map((ground, at) => {
        const order = orders[at] as Order;
        return shipOf(order, shipmentOf(order), { id: idOn(ground, 'ship'), lines });
      });
    },
    ...more,
  };
}

export const SHIPMENTS: readonly Scenario<'ship'>[] = [
  shipping('of a whole order', 2),
  shipping('of a part of an order', 5, {
    means: { stock: { w1: 3, w2: 2 }, limit: 100_000 },
    statuses: ['FULFILLING'],
  }),
  shipping('of a part of a shipment', 2, {
    lines: [{ lineId: '1', quantity: 1 }],
    statuses: ['FULFILLING'],
  }),
];
