import { releaseHolds } from '../../src/intake/hold-commands';
import { setCap, setRule, usedOf } from '../stores/inventory/limits';
import { auditedClose } from '../support/audited-close';
import { holdOf, orderOf } from '../support/new-commands';
import { decided } from '../support/order-changes';
import { eventTypesOf, holdingsOf } from '../support/saga-books';
import { openSagaFixture, type SagaFixture } from '../support/saga-fixture';

let fixture: SagaFixture;

beforeAll(async () => {
  fixture = await openSagaFixture();
});
afterAll(async () => expect(await auditedClose(fixture)).toEqual([]));

const stores = () => fixture.context.stores;

test('an order beyond a cap is rejected, its credit is released, and the cap stays as it was', async () => {
  await setCap(stores(), 'drop', { skus: ['MUG-01'], limit: 3 });
  const orders = [orderOf([['MUG-01', 2]]), orderOf([['MUG-01', 2]]), orderOf([['MUG-01', 1]])];
  expect(await decided(fixture, orders)).toEqual(['approved', 'CAP_REACHED', 'approved']);
  const refused = orders[1]?.id ?? '';
  expect(await stores().ordersReads.order(refused)).toMatchObject({
    status: 'REJECTED',
    reason: 'CAP_REACHED',
  });
  expect(await holdingsOf(fixture.sql, refused)).toMatchObject({ stock: [], credit: 0 });
  expect(await usedOf(stores(), 'drop')).toBe(3);
  expect(await eventTypesOf(fixture.sql, orders[0]?.id ?? '')).toContain('inventory.cap-claimed.v1');
});

test('an order that a rule denies is rejected, and its neighbours in the batch are not', async () => {
  await setRule(stores(), 'age', { sku: 'RUG-01', channel: 'web' });
  const orders = [
    orderOf([['RUG-01', 1]], { channel: 'web' }),
    orderOf([['RUG-01', 1]], { channel: 'shop' }),
  ];
  expect(await decided(fixture, orders)).toEqual(['NOT_ELIGIBLE', 'approved']);
  expect(await holdingsOf(fixture.sql, orders[0]?.id ?? '')).toMatchObject({ stock: [], credit: 0 });
});

test('a hold takes its share of a cap, and returns it when it is released', async () => {
  await setCap(stores(), 'mugs', { skus: ['MUG-02'], limit: 5 });
  const [first, second] = [holdOf([['MUG-02', 5]]), holdOf([['MUG-02', 1]])];
  expect(await fixture.intakes.reserve.submit(first)).toMatchObject({ kind: 'held' });
  expect(await fixture.intakes.reserve.submit(second)).toMatchObject({ reason: 'CAP_REACHED' });
  const reservationId = first.commandId;
  const release = { ...first, commandId: `${reservationId}/release/tester`, reservationId };
  await releaseHolds(stores().inventory, [release]);
  expect(await usedOf(stores(), 'mugs')).toBe(0);
});
