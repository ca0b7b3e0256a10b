import type { CreateOrder, OrderOutcome } from '../../../src/contracts/commands';
import { reservationIdOf } from '../../../src/domain/inventory/reservation';
import { decideApprove, decideRecord, decideReject } from '../../../src/domain/order/create-order';
import { totalOf } from '../../../src/domain/order/line-units';
import type { Stores } from '../../../src/stores/stores';

/** Records orders in the store as their first step does. */
export async function recordOrders(stores: Stores, commands: readonly CreateOrder[]): Promise<void> {
  const withOrder = commands.map((command) => ({
    ...command,
    orderId: command.commandId,
    claim: { caller: command.caller, key: command.idempotencyKey, fingerprint: command.fingerprint },
  }));
  await stores.orders.step(withOrder, ({ order, claimedByOther }, command) =>
    decideRecord(
      order,
      { ...command, total: totalOf(command.lines), sagaId: 'saga-of-the-test' },
      claimedByOther,
    ),
  );
}

/** Records and approves orders, as a saga that nothing refuses does. */
export async function approveOrders(
  stores: Stores,
  commands: readonly CreateOrder[],
): Promise<OrderOutcome[]> {
  await recordOrders(stores, commands);
  const withOrder = commands.map((command) => ({ ...command, orderId: command.commandId }));
  await stores.orders.step(withOrder, ({ order, now }, { orderId, lines }) => {
    const allocations = lines.map(({ sku, quantity }) => ({ sku, nodeId: 'wh-1', quantity }));
    const terms = { now, acceptSeconds: 60, shipSeconds: 60, captureSeconds: 60, sourcingSeconds: 60 };
    return decideApprove(
      order,
      { reservationId: reservationIdOf(orderId), allocations, backordered: [] },
      terms,
    );
  });
  return withOrder.map(({ orderId }) => ({ kind: 'approved', orderId }));
}

/** Records and rejects orders. */
export async function rejectOrders(
  stores: Stores,
  commands: readonly CreateOrder[],
): Promise<OrderOutcome[]> {
  await recordOrders(stores, commands);
  const withOrder = commands.map((command) => ({ ...command, orderId: command.commandId }));
  const reason = 'OUT_OF_STOCK';
  await stores.orders.step(withOrder, ({ order }) =>
    decideReject(order, { reason, undone: [], remaining: [] }),
  );
  return withOrder.map(({ orderId }) => ({ kind: 'rejected', orderId, reason }));
}
