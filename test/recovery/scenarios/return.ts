import { returnOf } from '../../support/new-commands';
import { approvedOn, idOn, ordersOn, shippedOn } from '../support/orders';
import type { Scenario } from '../support/scenario';

export const RETURNS: readonly Scenario<'return'>[] = [
  {
    name: 'of a part of an order',
    kind: 'return',
    means: { stock: { w1: 3, w2: 10 }, limit: 100_000 },
    decisions: ['returned'],
    statuses: ['SHIPPED'],
    async prepare(stores, grounds) {
      await shippedOn(stores, await approvedOn(stores, grounds, 2));
      const orders = await ordersOn(stores, grounds);
      return orders.map((order, at) => {
        const nodeId = order.shipments[0]?.nodeId ?? '';
        const lines = [{ lineId: '1', quantity: 1, condition: 'SELLABLE' as const }];
        return returnOf(order, lines, {
          nodeId,
          id: idOn(grounds[at] as (typeof grounds)[number], 'return'),
        });
      });
    },
  },
];
