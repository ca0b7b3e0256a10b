import { ApplicationFailure } from '@temporalio/common';
import type { CreateOrder } from '../../src/contracts/commands';
import { STEP_FAULTED, STEP_KEEPS_TIMING_OUT } from '../../src/contracts/failures';
import { compensationId } from '../../src/contracts/workflow-names';
import type { Order } from '../../src/domain/order/order';
import { lostSagasWatch } from '../../src/intake/lost-sagas-watch';
import { sagaId } from '../../src/temporal/saga-starter';
import { auditedClose } from '../support/audited-close';
import { lostSagasOf } from '../support/lost-sagas';
import { holdingsOf, NOTHING_HELD } from '../support/saga-books';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { orderOf } from '../support/saga-orders';

let fixture: SagaFixture;

beforeAll(async () => {
  fixture = await openSagaFixture();
});
afterAll(async () => expect(await auditedClose(fixture)).toEqual([]));

const compensationOf = ({ commandId }: CreateOrder) =>
  fixture.context.temporal.client.workflow.getHandle(compensationId(commandId));

const sagaOf = (orders: readonly CreateOrder[]) =>
  fixture.context.temporal.client.workflow.getHandle(
    sagaId(
      'createOrder',
      orders.map(({ commandId }) => commandId),
    ),
  );

const orderRow = (id: string) => fixture.context.stores.ordersReads.order(id);

function watch(openSagas = fixture.context.stores.ordersReads.openSagas) {
  const { stores } = fixture.context;
  return lostSagasWatch({
    ...lostSagasOf(fixture),
    reads: {
      openSagas: openSagas.bind(stores.ordersReads),
      orders: stores.ordersReads.orders.bind(stores.ordersReads),
    },
    startAgain: (command) => {
      fixture.intakes.orders.submit(command);
    },
  });
}

/** Half a minute goes by for these orders. */
async function age(orders: readonly CreateOrder[]): Promise<void> {
  await fixture.sql(
    `UPDATE orders."order" SET updated_at = updated_at - interval '1 minute' WHERE id = ANY($1)`,
    [orders.map(({ commandId }) => commandId)],
  );
}

/** A saga that waits at its third step for a lock, with everything before done. */
async function blockedSaga(sku: string, size: number) {
  const orders = Array.from({ length: size }, () => orderOf([[sku, 1]]));
  const unlock = await fixture.locked('SELECT 1 FROM inventory.stock WHERE sku = $1 FOR UPDATE', [sku]);
  const { outcomes } = await fixture.context.starters.createOrder(orders);
  outcomes.catch(() => undefined);
  await eventually(async () => {
    for (const { commandId } of orders) expect((await holdingsOf(fixture.sql, commandId)).credit).toBe(100);
  });
  return { orders, unlock, outcomes };
}

test('a request to cancel does not stop a saga', async () => {
  const { orders, unlock, outcomes } = await blockedSaga('MUG-01', 3);
  await sagaOf(orders).cancel();
  await unlock();
  expect(await outcomes).toMatchObject(Array(3).fill({ kind: 'approved' }));
});

test('what a terminated saga had recorded is sealed and given back, also where a step of it still runs', async () => {
  const { orders, unlock, outcomes } = await blockedSaga('MUG-02', 3);
  await sagaOf(orders).terminate('a test');
  await expect(outcomes).rejects.toThrow();
  await watch().look();
  expect((await orderRow(orders[0]?.commandId ?? ''))?.status).toBe('PENDING');
  await age(orders);
  await watch().look();
  await eventually(async () => {
    for (const { commandId } of orders) expect((await orderRow(commandId))?.status).toBe('REJECTED');
  });
  // Only now does the dead saga's own step get its lock: what it commits comes too late.
  await unlock();
  await eventually(async () => {
    for (const { commandId } of orders) {
      expect(await orderRow(commandId)).toMatchObject({
        status: 'REJECTED',
        reason: 'RECLAIMED',
        compensation: 'done',
      });
      expect(await holdingsOf(fixture.sql, commandId)).toEqual({ ...NOTHING_HELD, reservation: 'RELEASED' });
    }
  });
});

test('where its worker gets further than Temporal knows, an order is approved whole or reclaimed whole', async () => {
  const { orders, unlock } = await blockedSaga('MUG-02', 3);
  await sagaOf(orders).terminate('a test');
  await age(orders);
  await Promise.all([unlock(), watch().look()]);
  await eventually(async () => {
    for (const { commandId } of orders) {
      const { status, compensation } = (await orderRow(commandId)) ?? {};
      const { stock, credit } = await holdingsOf(fixture.sql, commandId);
      expect([
        ['APPROVED', 'none', 1, 100],
        ['REJECTED', 'done', 0, 0],
      ]).toContainEqual([status, compensation, stock.length, credit]);
    }
  });
});

test('what a terminated saga had not recorded is started again and approved', async () => {
  await fixture.stopWorker();
  const orders = [orderOf([['MUG-03', 1]]), orderOf([['MUG-03', 1]])];
  const { outcomes } = await fixture.context.starters.createOrder(orders);
  outcomes.catch(() => undefined);
  await sagaOf(orders).terminate('a test');
  await fixture.startWorker();
  await eventually(async () => {
    await watch().look();
    for (const { commandId } of orders)
      expect(await orderRow(commandId)).toMatchObject({ status: 'APPROVED' });
  });
});

test('a compensation that ended without settling is begun again', async () => {
  const order = orderOf([['MUG-04', 90_000, 1]]);
  const fault = ApplicationFailure.nonRetryable('a test', STEP_FAULTED);
  // In the set, and once more outside of it.
  fixture.interpose('releaseCredit', () => Promise.reject(fault));
  fixture.interpose('settleCompensation', () => Promise.reject(fault));
  await (await fixture.context.starters.createOrder([order])).outcomes;
  await expect(compensationOf(order).result()).rejects.toThrow(/Workflow execution failed/);
  expect(await orderRow(order.commandId)).toMatchObject({ status: 'REJECTED', compensation: 'running' });
  fixture.interpose('releaseCredit', undefined);
  fixture.interpose('settleCompensation', undefined);
  await age([order]);
  await watch().look();
  await eventually(async () =>
    expect(await orderRow(order.commandId)).toMatchObject({ compensation: 'done', reason: 'OUT_OF_STOCK' }),
  );
  expect(await holdingsOf(fixture.sql, order.commandId)).toMatchObject({ credit: 0 });
});

test('an order that its saga approved while the watch was looking keeps what it holds', async () => {
  const order = orderOf([['MUG-05', 1]]);
  let seen: readonly Order[] = [];
  const late = watch(async () => seen);
  const { outcomes } = await fixture.context.starters.createOrder([order]);
  expect(await outcomes).toMatchObject([{ kind: 'approved' }]);
  const approved = await orderRow(order.commandId);
  seen = approved ? [{ ...approved, status: 'PENDING' }] : [];
  await late.look();
  await compensationOf(order).result();
  expect(await orderRow(order.commandId)).toMatchObject({ status: 'APPROVED' });
  expect(await holdingsOf(fixture.sql, order.commandId)).toMatchObject({
    reservation: 'COMMITTED',
    credit: 100,
  });
});

test('an approval that nobody heard of is not undone', async () => {
  const order = orderOf([['MUG-05', 1]]);
  fixture.interpose('approveOrder', async (approve, input) => {
    await approve(input);
    throw ApplicationFailure.nonRetryable('the answer was lost', STEP_KEEPS_TIMING_OUT);
  });
  await (await fixture.context.starters.createOrder([order])).outcomes;
  await compensationOf(order).result();
  expect(await orderRow(order.commandId)).toMatchObject({ status: 'APPROVED' });
  expect(await holdingsOf(fixture.sql, order.commandId)).toMatchObject({
    reservation: 'COMMITTED',
    credit: 100,
  });
});
