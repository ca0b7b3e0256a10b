import { USUAL_DEADLINES } from '../../../activities/step-deps';
import { reservationIdOf } from '../../../src/domain/inventory/reservation/reservation';
import { decideOrder } from '../../../src/domain/order/create-order';
import type { NewCommand } from '../../../src/stores/orders/command-rows';
import type { Stores } from '../../../src/stores/stores';
import { record } from '../../support/direct-saga';

/** Records orders that no saga carries. */
export async function recordOrders(stores: Stores, commands: readonly NewCommand<'create'>[]): Promise<void> {
  await record(stores, commands);
}

/** Records and approves orders. */
export async function approveOrders(
  stores: Stores,
  commands: readonly NewCommand<'create'>[],
): Promise<void> {
  await recordOrders(stores, commands);
  await approveRecorded(
    stores,
    commands.map(({ id }) => id),
  );
}

/** Approves recorded orders in the orders store alone; the other stores do not change. */
export async function approveRecorded(stores: Stores, ids: readonly string[]): Promise<void> {
  await stores.orders.decide<'create', ReturnType<typeof decideOrder>['answer']>(
    ids,
    ({ order, now }, row) => {
      const allocations = row.wanted.lines.map(({ sku, quantity }) => ({ sku, nodeId: 'wh-1', quantity }));
      const reservationId = reservationIdOf(row.subject);
      const stock = { reservationId, allocations, backordered: [], partners: [], expiresAt: null };
      const proposal = { kind: 'approve', stock, hasSurplus: false } as const;
      return decideOrder(order, row, proposal, { ...USUAL_DEADLINES, now });
    },
  );
}
