import type { Order } from '../../../src/domain/order/order';
import type { Stores } from '../../../src/stores/stores';
import { overdueOf, rejectOf } from '../../support/new-commands';
import { filled, filledAndTold, toldLate } from '../support/fills';
import type { Ground } from '../support/grounds';
import { acceptedOn, approvedOn, idOn, ordersOn, shipmentOf } from '../support/orders';
import { few, type Scenario } from '../support/scenario';

function rejecting(
  name: string,
  quantity: number,
  more: Partial<Scenario<'reject'>> = {},
): Scenario<'reject'> {
  return {
    name,
    kind: 'reject',
    means: { stock: { w1: 3, w2: 10 }, limit: 100_000 },
    decisions: ['given-back'],
    statuses: ['APPROVED'],
    async prepare(stores, grounds) {
      const orders = await approvedOn(stores, grounds, 3);
      return grounds.map((ground, at) => rejectionOf(ground, orders[at] as Order, quantity));
    },
    ...more,
  };
}

export function rejectionOf(ground: Ground, order: Order, quantity: number) {
  const units = { lineId: '1', quantity, reason: 'NOT_IN_STOCK' } as const;
  return rejectOf(order, shipmentOf(order), units, { id: idOn(ground, 'reject') });
}

export const REJECTIONS: readonly Scenario<'reject'>[] = [
  rejecting('whose units are found elsewhere', 2),
  rejecting('of all units, found elsewhere', 3),
  rejecting('whose units are waited for', 2, {
    means: { stock: { w1: 3 }, limit: 100_000, backorders: 9 },
    statuses: ['BACKORDERED'],
  }),
  rejecting('whose units are cancelled', 2, { means: { stock: { w1: 3 }, limit: 100_000 } }),
  rejecting('of all units, which are cancelled', 3, {
    means: { stock: { w1: 3 }, limit: 100_000 },
    statuses: ['CANCELLED'],
  }),
  rejecting('by a deadline that has passed', 3, {
    async prepare(stores, grounds) {
      const orders = await approvedOn(stores, grounds, 3);
      return overdueOn(stores, orders);
    },
  }),
  rejecting('of units at a partner', 2, {
    means: { stock: { w1: 1, w2: 4, pa: 9 }, limit: 100_000, backorders: 9 },
    words: ['confirms', 'confirms'],
    statuses: ['FULFILLING', 'BACKORDERED'],
    async prepare(stores, grounds) {
      for (const ground of grounds)
        await approvedOn(stores, [ground], 9, {}, ground.partner.heardAs('confirms'));
      const orders = await ordersOn(stores, grounds);
      await acceptedOn(stores, orders);
      return grounds.map((ground, at) => {
        const order = orders[at] as Order;
        const shipment = order.shipments.find(({ nodeId }) => nodeId === 'pa');
        if (!shipment) throw new Error(`order ${order.id} has nothing at its partner`);
        const units = { lineId: '1', quantity: 2, reason: 'NO_CAPACITY' } as const;
        return rejectOf(order, shipment, units, { id: idOn(ground, 'reject') });
      });
    },
  }),
];

const WAITING = { means: { stock: { w1: 3 }, limit: 100_000, backorders: 9 }, isExact: false };

/** Units arrive while the rejection is being completed. */
export const FILLED_REJECTIONS: readonly Scenario<'reject'>[] = few([
  rejecting('whose units come meanwhile', 2, {
    ...WAITING,
    statuses: ['APPROVED', 'BACKORDERED'],
    meanwhile: filledAndTold,
  }),
  rejecting('whose units come meanwhile, told late', 2, {
    ...WAITING,
    statuses: ['APPROVED', 'BACKORDERED'],
    meanwhile: async (stores, ground) => {
      await filled(stores, ground);
    },
    afterwards: toldLate,
  }),
]);

export const LEFT_REJECTIONS: readonly Scenario<'reject'>[] = few([
  rejecting('that one run leaves to an operator', 2, { fault: { at: 'replaceUnits', isProvable: false } }),
  rejecting('whose settlement one run leaves to an operator', 2, {
    fault: { at: 'settleRejection', isProvable: false },
  }),
]);

/** Moves the shipments' deadlines into the past. */
async function overdueOn({ orders }: Stores, placed: readonly Order[]) {
  const past = '2026-01-01T00:00:00.000Z';
  const ids = placed.map(({ id }) => id);
  await orders.pool.$executeRaw`
    UPDATE "order" SET shipments = (SELECT jsonb_agg(s || jsonb_build_object('dueAt', ${past}::text))
      FROM jsonb_array_elements(shipments) s) WHERE id = ANY(${ids}::text[])`;
  return placed.map((order) => overdueOf(order, { ...shipmentOf(order), dueAt: past }));
}
