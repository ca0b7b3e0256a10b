import { createActivities } from '../../activities/activities';
import { sourcesOf, unitsOf } from '../../src/domain/order/line-units';
import { REFUSAL_REASONS } from '../../src/domain/refusal';
import { stepDepsOf } from '../../src/main/roles/worker-role';
import type { NewCommand } from '../../src/stores/orders/command-rows';
import { auditedClose } from '../support/audited-close';
import { cancelOf, orderOf } from '../support/new-commands';
import { closed, decided, decisionsOn, given, inOneBatch } from '../support/order-changes';
import { eventTypesOf, heldAltogether, holdingsOf } from '../support/saga-books';
import { openSagaFixture, type SagaFixture } from '../support/saga-fixture';

let fixture: SagaFixture;

beforeAll(async () => {
  fixture = await openSagaFixture();
});
afterAll(async () => expect(await auditedClose(fixture)).toEqual([]));

async function orderRow(id: string) {
  return fixture.context.stores.ordersReads.order(id);
}

/** Runs the saga of a recorded order again, as a relay does that takes it for lost. */
async function ranAgain({ id }: { readonly id: string }): Promise<void> {
  const { workflowId, subject, recordedAt } = await closed(fixture, id);
  const started = await fixture.context.sagas.start({
    workflow: 'createOrders',
    workflowId,
    input: { members: [{ id, subject, decision: null, line: id, recordedAt }] },
    lines: [id],
    subjects: [subject],
  });
  await started.ended;
}

describe('an order with enough credit and stock', () => {
  test('is approved, with its credit held and its stock committed', async () => {
    const order = orderOf([['MUG-01', 2]]);
    expect(await decided(fixture, [order])).toEqual(['approved']);
    expect(await orderRow(order.id)).toMatchObject({
      status: 'APPROVED',
      payment: 'authorized',
      pending: null,
      shipments: [{ nodeId: 'wh-north', state: 'RELEASED', lines: [{ sku: 'MUG-01', quantity: 2 }] }],
    });
    expect(await holdingsOf(fixture.sql, order.id)).toEqual({
      stock: ['2 MUG-01 wh-north'],
      reservation: 'COMMITTED',
      credit: 200,
    });
    expect(await eventTypesOf(fixture.sql, order.id)).toEqual([
      'orders.order-recorded.v1',
      'orders.order-approved.v1',
      'credit.credit-held.v1',
      'inventory.reservation-committed.v1',
      'inventory.stock-committed.v1',
    ]);
  });

  test('has one effect however often its saga is restarted under its id', async () => {
    const order = orderOf([['MUG-02', 3]]);
    await decided(fixture, [order]);
    const before = await eventTypesOf(fixture.sql, order.id);
    await ranAgain(order);
    expect(await decisionsOn(fixture, [order])).toEqual(['approved']);
    expect(await eventTypesOf(fixture.sql, order.id)).toEqual(before);
  });

  test('that holds all the credit of its customer is not refused by its own hold after a restart', async () => {
    const order = orderOf([['MUG-02', 1, 1_000]], { customerId: 'short' });
    expect(await decided(fixture, [order])).toEqual(['approved']);
    await ranAgain(order);
    expect(await decisionsOn(fixture, [order])).toEqual(['approved']);
    expect((await holdingsOf(fixture.sql, order.id)).credit).toBe(1_000);
  });

  test('with two lines of one SKU is committed once, for the sum', async () => {
    const order = orderOf([
      ['RUG-01', 300],
      ['RUG-01', 300],
    ]);
    expect(await decided(fixture, [order])).toEqual(['approved']);
    expect((await holdingsOf(fixture.sql, order.id)).stock).toEqual([
      '500 RUG-01 wh-north',
      '100 RUG-01 wh-south',
    ]);
    const row = await orderRow(order.id);
    expect(row?.lines.map((line) => unitsOf(sourcesOf(row, line)))).toEqual([300, 300]);
  });
});

const REFUSALS: Readonly<Record<string, () => NewCommand<'create'>>> = {
  CREDIT_LIMIT_EXCEEDED: () => orderOf([['BOWL-01', 1, 6_000_000]]),
  CURRENCY_MISMATCH: () => orderOf([['BOWL-01', 1]], { currency: 'USD' }),
  UNKNOWN_CUSTOMER: () => orderOf([['BOWL-01', 1]], { customerId: 'nobody' }),
  OUT_OF_STOCK: () => orderOf([['BOWL-01', 5_000, 1]]),
  UNKNOWN_SKU: () => orderOf([['GHOST', 1]]),
  PER_ORDER_MAX_EXCEEDED: () => orderOf([['FEW', 3]]),
  RESERVATION_MISMATCH: () => orderOf([['BOWL-01', 1]], { reservationId: 'rsv_aaaaaaaaaaaaaaaa' }),
};

/** Reasons of changes to orders, which other files test. */
const OF_CHANGES = [
  'ALREADY_FINAL',
  'ALREADY_REPORTED',
  'BELOW_SHIPPED',
  'CANCELLED',
  'CONFLICT',
  'LINE_MISMATCH',
  'NOT_ACCEPTED',
  'NOT_DUE',
  'NOT_SHIPPED',
  'NOT_STUCK',
  'QUANTITY_TOO_LARGE',
  'RELEASED_EARLIER',
  'SHIPMENT_OVER',
  'NOT_RETURNABLE',
  'SHIPPED_MEANWHILE',
  'SHIPS_COMPLETE',
  'UNKNOWN_NODE',
  'UNKNOWN_LINE',
  'UNKNOWN_ORDER',
  'UNKNOWN_SHIPMENT',
  'VERSION_MISMATCH',
];

describe('a refused order is compensated, and nothing is held for it', () => {
  beforeAll(async () => {
    const few = { sku: 'FEW', name: 'Few', backorder: { mode: 'none' as const }, perOrderMax: 2, tags: [] };
    await fixture.context.stores.inventorySetUp.setItem(few, {
      commandId: 'test',
      caller: 'set-up',
      correlation: 'test',
    });
  });

  test.each(Object.entries(REFUSALS))('%s', async (reason, make) => {
    const order = make();
    const before = await heldAltogether(fixture.sql);
    expect(await decided(fixture, [order])).toEqual([reason]);
    expect(await orderRow(order.id)).toMatchObject({ status: 'REJECTED', reason });
    const { stock, credit } = await holdingsOf(fixture.sql, order.id);
    expect([stock, credit]).toEqual([[], 0]);
    expect(await heldAltogether(fixture.sql)).toEqual(before);
    const events = await eventTypesOf(fixture.sql, order.id);
    await ranAgain(order);
    expect(await decisionsOn(fixture, [order])).toEqual([reason]);
    expect(await eventTypesOf(fixture.sql, order.id)).toEqual(events);
  });

  test('a key that was used with another body records nothing', async () => {
    const first = orderOf([['BOWL-01', 1]]);
    const second = { ...orderOf([['BOWL-01', 2]], { id: first.id }), fingerprint: 'another' };
    const { answers } = await inOneBatch(fixture, [first]);
    expect(answers).toMatchObject([{ kind: 'recorded' }]);
    expect(await given(fixture, second)).toEqual({ kind: 'key-reused' });
    await closed(fixture, first.id);
    expect(await orderRow(first.id)).toMatchObject({ status: 'APPROVED', lines: [{ quantity: 1 }] });
  });

  test('a compensation that ran before its step leaves a tombstone, which refuses the late step', async () => {
    const steps = createActivities(stepDepsOf(fixture.context));
    const compensations = { commitStock: 'releaseStock', holdCredit: 'releaseCredit' } as const;
    for (const step of ['commitStock', 'holdCredit'] as const) {
      const order = orderOf([['BOWL-01', 1]]);
      const members = [{ id: order.id }];
      let late: unknown;
      fixture.interpose(step, async (run, input) => {
        await given(fixture, cancelOf({ id: order.id, customerId: order.wanted.customerId }));
        await steps[compensations[step]]({ workflowId: 'late', members });
        late = await run(input);
        return late;
      });
      expect(await decided(fixture, [order])).toEqual(['CANCELLED']);
      fixture.interpose(step, undefined);
      expect(late).toEqual({ [order.id]: expect.objectContaining({ reason: 'RELEASED_EARLIER' }) });
      expect(await holdingsOf(fixture.sql, order.id)).toMatchObject({ stock: [], credit: 0 });
    }
  });

  test('every refusal reason has a test here or in a file of its own', () => {
    const elsewhere = ['IDEMPOTENCY_KEY_REUSED', 'PARTNER_UNREACHABLE', 'PROCESSING_FAILED'];
    const ofLimits = ['CAP_REACHED', 'NOT_ELIGIBLE'];
    const ofSourcing = ['NO_SOURCING_FOUND', 'TOO_MANY_SHIPMENTS'];
    const ofCredit = ['ALREADY_CAPTURED', 'CREDIT_NOT_HELD', 'PAYMENT_TOO_LARGE'];
    const others = [...elsewhere, ...ofLimits, ...ofSourcing, ...ofCredit, ...OF_CHANGES];
    expect([...Object.keys(REFUSALS), ...others].sort()).toEqual([...REFUSAL_REASONS].sort());
  });
});

describe('a batch', () => {
  test('gives each member its own outcome, and compensates only what was refused', async () => {
    const good = Array.from({ length: 6 }, () => orderOf([['LAMP-01', 1]]));
    const bad = Object.values(REFUSALS).map((make) => make());
    const mixed = [...good.slice(0, 3), ...bad, ...good.slice(3)];
    expect(await decided(fixture, mixed)).toEqual([
      ...Array(3).fill('approved'),
      ...Object.keys(REFUSALS),
      ...Array(3).fill('approved'),
    ]);
    for (const { id } of bad)
      expect(await holdingsOf(fixture.sql, id)).toMatchObject({ stock: [], credit: 0 });
    for (const { id } of good) expect(await holdingsOf(fixture.sql, id)).toMatchObject({ credit: 100 });
  });

  test('never promises more than the stock: some orders get the last units, the others are refused', async () => {
    const orders = Array.from({ length: 20 }, () => orderOf([['CHAIR-05', 100, 1]]));
    const outcomes = await decided(fixture, orders);
    // The warehouses have 1,000; the stores together have less than 100.
    expect(outcomes.filter((outcome) => outcome === 'approved')).toHaveLength(10);
    const [left] = await fixture.sql<{ committed: number }>(
      `SELECT sum(committed)::int AS committed FROM inventory.stock WHERE sku = 'CHAIR-05'`,
    );
    expect(left?.committed).toBe(1_000);
  });

  test('with the same order twice records and processes it once', async () => {
    const order = orderOf([['LAMP-02', 1]]);
    const { answers, ended } = await inOneBatch(fixture, [order, order]);
    expect(answers.map(({ kind }) => kind)).toEqual(['recorded', 'replayed']);
    expect(await ended).toMatchObject([{ id: order.id, decision: 'approved', end: 'closed' }]);
    expect(await holdingsOf(fixture.sql, order.id)).toMatchObject({ credit: 100 });
    expect((await eventTypesOf(fixture.sql, order.id)).length).toBe(5);
  });

  test('processes only the orders that it recorded: an order of another batch continues there', async () => {
    const shared = orderOf([['LAMP-03', 1]]);
    const [left, right] = [orderOf([['LAMP-03', 1]]), orderOf([['LAMP-03', 1]])];
    const batches = await Promise.all(
      [
        [shared, left],
        [shared, right],
      ].map((all) => inOneBatch(fixture, all)),
    );
    const carried = (await Promise.all(batches.map(({ ended }) => ended))).flat().map(({ id }) => id);
    expect(carried.sort()).toEqual([shared, left, right].map(({ id }) => id).sort());
    expect(batches.map(({ answers }) => answers[0]?.kind).sort()).toEqual(['recorded', 'replayed']);
    expect((await eventTypesOf(fixture.sql, shared.id)).length).toBe(5);
  });
});
