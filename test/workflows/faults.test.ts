import { setTimeout as sleep } from 'node:timers/promises';
import { NEEDS_ATTENTION } from '../../src/contracts/saga';
import { databaseTrouble } from '../../src/stores/postgres/database-errors';
import { openStores } from '../../src/stores/stores';
import { auditedClose } from '../support/audited-close';
import { orderOf } from '../support/new-commands';
import { closed, commandRowOf, decided, decisionsOn, given, inOneBatch } from '../support/order-changes';
import { retried, untilAttention } from '../support/recovery';
import { heldAltogether, holdingsOf } from '../support/saga-books';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { poison, refusing, shutOut } from '../support/saga-sabotage';

let fixture: SagaFixture;

beforeAll(async () => {
  fixture = await openSagaFixture();
});
afterAll(async () => expect(await auditedClose(fixture)).toEqual([]));

describe('a member whose own data a step fails on', () => {
  test('harms no other among a hundred, and is rejected', async () => {
    const cure = await poison(fixture.sql, 'TABLE-05');
    const good = Array.from({ length: 100 }, () => orderOf([['TABLE-01', 1]], { customerId: 'barbara' }));
    const bad = orderOf([['TABLE-05', 1]], { customerId: 'barbara' });
    const all = [...good.slice(0, 37), bad, ...good.slice(37)];
    await Promise.all(all.map((order) => given(fixture, order)));
    for (const { id } of all) await closed(fixture, id);
    expect(await decisionsOn(fixture, [...good, bad])).toEqual([
      ...Array(100).fill('approved'),
      'PROCESSING_FAILED',
    ]);
    expect(await holdingsOf(fixture.sql, bad.id)).toMatchObject({ stock: [], credit: 0 });
    expect(await heldAltogether(fixture.sql)).toMatchObject({ committed: 100, credit: 10_000 });
    await cure();
  });

  test.each([
    ['first', 0],
    ['last', 3],
  ])('is rejected also where it comes %s in its batch', async (_where, at) => {
    const cure = await poison(fixture.sql, 'TABLE-04');
    const orders = Array.from({ length: 4 }, (_, index) =>
      orderOf([[index === at ? 'TABLE-04' : 'TABLE-02', 1]]),
    );
    const expected = orders.map((_, index) => (index === at ? 'PROCESSING_FAILED' : 'approved'));
    expect(await decided(fixture, orders)).toEqual(expected);
    await cure();
  });

  test('in its decision is rejected, and the others are approved', async () => {
    const orders = Array.from({ length: 4 }, () => orderOf([['RUG-02', 1]]));
    const [bad] = orders;
    const stop = await refusing(fixture.sql, {
      table: 'orders."order"',
      on: 'UPDATE',
      when: `NEW.id = '${bad?.id}' AND NEW.status = 'APPROVED'`,
      code: '23514',
    });
    expect(await decided(fixture, orders)).toEqual(['PROCESSING_FAILED', ...Array(3).fill('approved')]);
    expect(await holdingsOf(fixture.sql, bad?.id ?? '')).toMatchObject({ stock: [], credit: 0 });
    await stop();
  });
});

describe('a member that a step fails for, though nothing proves its data to be at fault,', () => {
  const sabotaged = (id: string) => ({
    table: 'inventory.reservation',
    on: 'INSERT' as const,
    when: `NEW.order_id = '${id}'`,
    code: 'P0001',
  });

  test('needs attention, undecided, and the others of its batch go on', async () => {
    const [bad, good] = [orderOf([['VASE-01', 1]]), orderOf([['VASE-01', 1]])];
    const mend = await refusing(fixture.sql, sabotaged(bad.id));
    const { ended } = await inOneBatch(fixture, [bad, good]);
    expect(await ended).toMatchObject([
      { id: bad.id, decision: null, end: 'attention' },
      { id: good.id, decision: 'approved', end: 'closed' },
    ]);
    const row = await commandRowOf(fixture, bad.id);
    expect(row).toMatchObject({
      decision: null,
      attention: { remaining: ['commitStock'], failure: expect.stringContaining('sabotaged') },
    });
    await mend();
    expect(await retried(fixture, bad.id)).toBe(true);
    await closed(fixture, bad.id);
    expect(await decisionsOn(fixture, [bad])).toEqual(['approved']);
  });

  test('fails the workflow that carries it alone', async () => {
    const order = orderOf([['VASE-02', 1]]);
    const mend = await refusing(fixture.sql, sabotaged(order.id));
    const { ended } = await inOneBatch(fixture, [order]);
    await expect(ended).rejects.toMatchObject({
      cause: { type: NEEDS_ATTENTION, message: expect.stringContaining(`/v1/sagas/${order.id}`) },
    });
    await untilAttention(fixture, order.id);
    await mend();
    expect(await retried(fixture, order.id)).toBe(true);
    await closed(fixture, order.id);
  });
});

test('a batch whose step keeps timing out is split, and no member is rejected for it', async () => {
  const good = [orderOf([['VASE-01', 1]]), orderOf([['VASE-02', 1]])];
  const slow = orderOf([['VASE-03', 1]]);
  const unlock = await fixture.locked(`SELECT 1 FROM inventory.stock WHERE sku = 'VASE-03' FOR UPDATE`);
  const { ended } = await inOneBatch(fixture, [...good, slow]);
  const committed = async (id: string) => (await holdingsOf(fixture.sql, id)).stock.length;
  await eventually(async () =>
    expect([await committed(good[0]?.id ?? ''), await committed(good[1]?.id ?? '')]).toEqual([1, 1]),
  );
  expect(await decisionsOn(fixture, [slow])).toEqual([null]);
  await unlock();
  expect(await ended).toMatchObject(Array(3).fill({ decision: 'approved' }));
});

test('a step that finds no free connection counts neither as a fault nor as a timeout', async () => {
  const stores = openStores(fixture.settings.stores, 1);
  const { client } = stores.orders;
  const error = await client.$transaction(async () =>
    client.$transaction(async () => undefined, { maxWait: 100, timeout: 1_000 }).catch((met: unknown) => met),
  );
  expect(error).toMatchObject({ code: 'P2028' });
  expect(databaseTrouble(error)).toBe('unavailable');
  await stores.close();
});

test('an order that cannot be recorded is refused, and the rest of its batch is recorded', async () => {
  const [order, good] = [orderOf([['VASE-04', 1]]), orderOf([['VASE-04', 1]])];
  const stop = await refusing(fixture.sql, {
    table: 'orders."order"',
    on: 'INSERT',
    when: `NEW.id = '${order.id}'`,
    code: 'P0001',
  });
  const answers = await Promise.allSettled([given(fixture, order), given(fixture, good)]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  await closed(fixture, good.id);
  expect((await fixture.context.stores.commands.commands([order.id])).size).toBe(0);
  await stop();
  expect(await decided(fixture, [order])).toEqual(['approved']);
});

test('an outage of the database rejects and splits nothing: all orders end approved', async () => {
  const orders = Array.from({ length: 20 }, () => orderOf([['MUG-03', 1]]));
  await fixture.locked(`SELECT 1 FROM inventory.stock WHERE sku = 'MUG-03' FOR UPDATE`);
  const { ended } = await inOneBatch(fixture, orders);
  await eventually(async () => expect((await holdingsOf(fixture.sql, orders[0]?.id ?? '')).credit).toBe(100));
  const letIn = await shutOut(fixture.settings.stores.orders);
  await sleep(5_000);
  await letIn();
  expect(await ended).toMatchObject(Array(20).fill({ decision: 'approved', end: 'closed' }));
});

test('an outage does not count as a timeout of the waiting step', async () => {
  const orders = [orderOf([['VASE-05', 1]]), orderOf([['VASE-05', 1]])];
  const sizes: number[] = [];
  fixture.interpose('commitStock', (run, input) => {
    sizes.push((input as { readonly members: readonly unknown[] }).members.length);
    return run(input);
  });
  const tried = (times: number) => eventually(async () => expect(sizes.length).toBeGreaterThanOrEqual(times));
  const comeBack = await refusing(fixture.sql, {
    table: 'inventory.reservation',
    on: 'INSERT',
    when: `NEW.order_id = '${orders[0]?.id}'`,
    code: '57P03',
  });
  const { ended } = await inOneBatch(fixture, orders);
  await tried(4);
  const unlock = await fixture.locked(`SELECT 1 FROM inventory.stock WHERE sku = 'VASE-05' FOR UPDATE`);
  await comeBack();
  // One attempt waits for the lock until it times out; a second one follows.
  await tried(sizes.length + 2);
  await unlock();
  expect(await ended).toMatchObject(Array(2).fill({ decision: 'approved' }));
  expect(new Set(sizes)).toEqual(new Set([2]));
  fixture.interpose('commitStock', undefined);
});

test('a compensation that meets an outage runs when the database is back', async () => {
  const order = orderOf([['MUG-04', 90_000, 1]]);
  const other = orderOf([['MUG-04', 1]]);
  const comeBack = await refusing(fixture.sql, {
    table: 'credit.hold',
    on: 'UPDATE',
    when: `NEW.order_id = '${order.id}'`,
    code: '57P03',
  });
  const { ended } = await inOneBatch(fixture, [order, other]);
  await closed(fixture, other.id);
  expect(await commandRowOf(fixture, order.id)).toMatchObject({
    decision: { kind: 'rejected', reason: 'OUT_OF_STOCK' },
    isClosed: false,
    attention: null,
  });
  await comeBack();
  expect(await ended).toMatchObject([{ reason: 'OUT_OF_STOCK', end: 'closed' }, { end: 'closed' }]);
  expect((await holdingsOf(fixture.sql, order.id)).credit).toBe(0);
});

test('a lasting error is stored in the rows of its commands, and cleared when it has passed', async () => {
  const order = orderOf([['MUG-05', 1]]);
  const comeBack = await refusing(fixture.sql, {
    table: 'inventory.reservation',
    on: 'INSERT',
    when: `NEW.order_id = '${order.id}'`,
    code: '57P03',
  });
  await given(fixture, order);
  const failure = async () => (await fixture.context.stores.commands.listed(order.id))?.failure;
  await eventually(async () => expect(await failure()).toContain('sabotaged'));
  await comeBack();
  await eventually(async () => expect(await failure()).toBeNull());
  await closed(fixture, order.id);
});
