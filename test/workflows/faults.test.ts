import { setTimeout as sleep } from 'node:timers/promises';
import { databaseTrouble } from '../../src/stores/database-errors';
import { openStores } from '../../src/stores/stores';
import { auditedClose } from '../support/audited-close';
import { heldAltogether, holdingsOf } from '../support/saga-books';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { orderOf } from '../support/saga-orders';
import { poison, refusing, shutOut } from '../support/saga-sabotage';

let fixture: SagaFixture;

beforeAll(async () => {
  fixture = await openSagaFixture();
});
afterAll(async () => expect(await auditedClose(fixture)).toEqual([]));

const idsOf = (orders: readonly { readonly commandId: string }[]) => orders.map(({ commandId }) => commandId);

async function statusesOf(ids: readonly string[]) {
  const orders = await fixture.context.stores.ordersReads.orders(ids);
  return ids.map((id) => orders.get(id)?.reason ?? orders.get(id)?.status);
}

test('one poison order among a hundred harms no other', async () => {
  const cure = await poison(fixture.sql, 'TABLE-05');
  const good = Array.from({ length: 100 }, () => orderOf([['TABLE-01', 1]], { customerId: 'barbara' }));
  const bad = orderOf([['TABLE-05', 1]], { customerId: 'barbara' });
  const all = [...good.slice(0, 37), bad, ...good.slice(37)];
  const outcomes = await Promise.all(all.map((order) => fixture.intakes.orders.submit(order).outcome));
  expect(outcomes.filter(({ kind }) => kind === 'approved')).toHaveLength(100);
  expect(outcomes[37]).toEqual({ kind: 'rejected', orderId: bad.commandId, reason: 'PROCESSING_FAILED' });
  expect(await statusesOf([bad.commandId])).toEqual(['PROCESSING_FAILED']);
  expect(await holdingsOf(fixture.sql, bad.commandId)).toMatchObject({ stock: [], credit: 0 });
  expect(await heldAltogether(fixture.sql)).toMatchObject({ committed: 100, credit: 10_000 });
  await cure();
});

test('a member that the pivot fails for is undone, and the others are approved', async () => {
  const orders = Array.from({ length: 3 }, () => orderOf([['RUG-02', 1]]));
  const bad = orderOf([['RUG-02', 1]]);
  const stop = await refusing(fixture.sql, {
    table: 'orders."order"',
    on: 'UPDATE',
    when: `NEW.id = '${bad.commandId}' AND NEW.status = 'APPROVED'`,
    code: 'P0001',
  });
  const saga = await fixture.context.starters.createOrder([...orders, bad]);
  expect((await saga.outcomes).map(({ kind }) => kind)).toEqual([...Array(3).fill('approved'), 'rejected']);
  await eventually(async () => {
    expect(await statusesOf([bad.commandId])).toEqual(['PROCESSING_FAILED']);
    expect(await holdingsOf(fixture.sql, bad.commandId)).toMatchObject({ stock: [], credit: 0 });
  });
  await stop();
});

test('a member whose step keeps timing out is split off, and the others go on', async () => {
  const good = [orderOf([['VASE-01', 1]]), orderOf([['VASE-02', 1]])];
  const slow = orderOf([['VASE-03', 1]]);
  const unlock = await fixture.locked(`SELECT 1 FROM inventory.stock WHERE sku = 'VASE-03' FOR UPDATE`);
  const { outcomes } = await fixture.context.starters.createOrder([...good, slow]);
  await eventually(async () => expect(await statusesOf(idsOf(good))).toEqual(['APPROVED', 'APPROVED']));
  await unlock();
  expect(await outcomes).toMatchObject([
    { kind: 'approved' },
    { kind: 'approved' },
    { reason: 'PROCESSING_FAILED' },
  ]);
  await eventually(async () => {
    expect(await statusesOf([slow.commandId])).toEqual(['PROCESSING_FAILED']);
    expect(await holdingsOf(fixture.sql, slow.commandId)).toMatchObject({ stock: [], credit: 0 });
  });
});

test('a step that finds every connection taken met no fault, and is not slow on its data', async () => {
  const stores = openStores(fixture.settings.stores, 1);
  const { client } = stores.orders;
  const error = await client.$transaction(async () =>
    client.$transaction(async () => undefined, { maxWait: 100, timeout: 1_000 }).catch((met: unknown) => met),
  );
  expect(error).toMatchObject({ code: 'P2028' });
  expect(databaseTrouble(error)).toBe('unavailable');
  await stores.close();
});

test('an order whose recording fails ends REJECTED all the same: its caller was promised an outcome', async () => {
  const order = orderOf([['VASE-04', 1]]);
  const good = orderOf([['VASE-04', 1]]);
  const stop = await refusing(fixture.sql, {
    table: 'orders.claim',
    on: 'INSERT',
    when: `NEW.order_id = '${order.commandId}'`,
    code: 'P0001',
  });
  const { outcomes } = await fixture.context.starters.createOrder([order, good]);
  expect(await outcomes).toMatchObject([{ reason: 'PROCESSING_FAILED' }, { kind: 'approved' }]);
  expect(await statusesOf([order.commandId])).toEqual(['PROCESSING_FAILED']);
  await stop();
});

test('a server that is down for a while refuses nobody: nothing is split, all end approved', async () => {
  const orders = Array.from({ length: 20 }, () => orderOf([['MUG-03', 1]]));
  await fixture.locked(`SELECT 1 FROM inventory.stock WHERE sku = 'MUG-03' FOR UPDATE`);
  const { outcomes } = await fixture.context.starters.createOrder(orders);
  await eventually(async () =>
    expect((await holdingsOf(fixture.sql, orders[0]?.commandId ?? '')).credit).toBe(100),
  );
  const letIn = await shutOut(fixture.settings.stores.orders);
  await sleep(5_000);
  await letIn();
  expect((await outcomes).map(({ kind }) => kind)).toEqual(Array(20).fill('approved'));
});

test('a server that was down counts as no timeout of the step that it kept waiting', async () => {
  const order = orderOf([['VASE-05', 1]]);
  let tries = 0;
  fixture.interpose('commitStock', (run, input) => {
    tries += 1;
    return run(input);
  });
  const tried = (times: number) => eventually(async () => expect(tries).toBeGreaterThanOrEqual(times));
  const comeBack = await refusing(fixture.sql, {
    table: 'inventory.reservation',
    on: 'INSERT',
    when: `NEW.order_id = '${order.commandId}'`,
    code: '57P03',
  });
  const { outcomes } = await fixture.context.starters.createOrder([order]);
  await tried(4);
  const unlock = await fixture.locked(`SELECT 1 FROM inventory.stock WHERE sku = 'VASE-05' FOR UPDATE`);
  await comeBack();
  // One attempt waits for the lock until that times out, and is followed by another one.
  await tried(tries + 2);
  await unlock();
  expect(await outcomes).toMatchObject([{ kind: 'approved' }]);
  fixture.interpose('commitStock', undefined);
});

test('an undo that meets a server which is down leaves the set and is finished when the server is back', async () => {
  const order = orderOf([['MUG-04', 90_000, 1]]);
  const other = orderOf([['MUG-04', 1]]);
  const comeBack = await refusing(fixture.sql, {
    table: 'credit.hold',
    on: 'UPDATE',
    when: `NEW.order_id = '${order.commandId}'`,
    code: '57P03',
  });
  const { outcomes } = await fixture.context.starters.createOrder([order, other]);
  expect(await outcomes).toMatchObject([{ reason: 'OUT_OF_STOCK' }, { kind: 'approved' }]);
  expect(await fixture.context.stores.ordersReads.order(order.commandId)).toMatchObject({
    status: 'REJECTED',
    reason: 'OUT_OF_STOCK',
    compensation: 'running',
  });
  await comeBack();
  await eventually(async () => {
    expect(await fixture.context.stores.ordersReads.order(order.commandId)).toMatchObject({
      compensation: 'done',
    });
    expect((await holdingsOf(fixture.sql, order.commandId)).credit).toBe(0);
  });
});
