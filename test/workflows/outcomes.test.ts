import { createActivities } from '../../activities/activities';
import type { CreateOrder } from '../../src/contracts/commands';
import { sourcesOf, unitsOf } from '../../src/domain/order/line-units';
import { REFUSAL_REASONS } from '../../src/domain/refusal';
import { sagaId } from '../../src/temporal/saga-starter';
import { auditedClose } from '../support/audited-close';
import { eventTypesOf, heldAltogether, holdingsOf, NOTHING_HELD } from '../support/saga-books';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { holdOf, orderOf } from '../support/saga-orders';

let fixture: SagaFixture;

beforeAll(async () => {
  fixture = await openSagaFixture();
});
afterAll(async () => expect(await auditedClose(fixture)).toEqual([]));

async function outcomesOf(commands: readonly CreateOrder[]) {
  return (await fixture.context.starters.createOrder(commands)).outcomes;
}

async function orderRow(id: string) {
  return fixture.context.stores.ordersReads.order(id);
}

describe('an order that all can serve', () => {
  test('is approved, with its credit held and its stock committed', async () => {
    const order = orderOf([['MUG-01', 2]]);
    expect(await outcomesOf([order])).toEqual([{ kind: 'approved', orderId: order.commandId }]);
    expect(await orderRow(order.commandId)).toMatchObject({
      status: 'APPROVED',
      payment: 'authorized',
      compensation: 'none',
      sagaId: `createOrder/${order.commandId}`,
      shipments: [{ nodeId: 'wh-north', state: 'RELEASED', lines: [{ sku: 'MUG-01', quantity: 2 }] }],
    });
    expect(await holdingsOf(fixture.sql, order.commandId)).toEqual({
      stock: ['2 MUG-01 wh-north'],
      reservation: 'COMMITTED',
      credit: 200,
    });
    expect(await eventTypesOf(fixture.sql, order.commandId)).toEqual([
      'orders.order-recorded.v1',
      'orders.order-approved.v1',
      'credit.credit-held.v1',
      'inventory.reservation-committed.v1',
      'inventory.stock-committed.v1',
    ]);
  });

  test('has one effect however often its saga is run again under its id', async () => {
    const order = orderOf([['MUG-02', 3]]);
    const first = await outcomesOf([order]);
    const before = await eventTypesOf(fixture.sql, order.commandId);
    expect(await outcomesOf([order])).toEqual(first);
    expect(await eventTypesOf(fixture.sql, order.commandId)).toEqual(before);
  });

  test('that holds all of the credit there is does not meet its own hold when its saga is run again', async () => {
    const order = orderOf([['MUG-02', 1, 1_000]], { customerId: 'short' });
    expect(await outcomesOf([order])).toMatchObject([{ kind: 'approved' }]);
    expect(await outcomesOf([order])).toMatchObject([{ kind: 'approved' }]);
    expect((await holdingsOf(fixture.sql, order.commandId)).credit).toBe(1_000);
  });

  test('with two lines of one SKU is committed once, for the sum', async () => {
    const order = orderOf([
      ['RUG-01', 300],
      ['RUG-01', 300],
    ]);
    expect(await outcomesOf([order])).toMatchObject([{ kind: 'approved' }]);
    expect((await holdingsOf(fixture.sql, order.commandId)).stock).toEqual([
      '500 RUG-01 wh-north',
      '100 RUG-01 wh-south',
    ]);
    const row = await orderRow(order.commandId);
    expect(row?.lines.map((line) => unitsOf(sourcesOf(row, line)))).toEqual([300, 300]);
  });
});

const REFUSALS: Readonly<Record<string, { order: () => CreateOrder; undone: 'none' | 'done' }>> = {
  CREDIT_LIMIT_EXCEEDED: {
    order: () => orderOf([['BOWL-01', 1, 6_000_000]]),
    undone: 'none',
  },
  CURRENCY_MISMATCH: { order: () => orderOf([['BOWL-01', 1]], { currency: 'USD' }), undone: 'none' },
  UNKNOWN_CUSTOMER: { order: () => orderOf([['BOWL-01', 1]], { customerId: 'nobody' }), undone: 'none' },
  OUT_OF_STOCK: { order: () => orderOf([['BOWL-01', 5_000, 1]]), undone: 'done' },
  UNKNOWN_SKU: { order: () => orderOf([['GHOST', 1]]), undone: 'done' },
  PER_ORDER_MAX_EXCEEDED: { order: () => orderOf([['FEW', 3]]), undone: 'done' },
  RESERVATION_MISMATCH: {
    order: () => orderOf([['BOWL-01', 1]], { reservationId: 'rsv_aaaaaaaaaaaaaaaa' }),
    undone: 'done',
  },
};

describe('a refused order is undone, and nothing is held for it', () => {
  beforeAll(async () => {
    const few = { sku: 'FEW', name: 'Few', backorder: { mode: 'none' as const }, perOrderMax: 2 };
    await fixture.context.stores.inventorySetUp.setItem(few, { commandId: 'test', correlation: 'test' });
  });

  test.each(Object.entries(REFUSALS))('%s', async (reason, { order: make, undone }) => {
    const order = make();
    const { commandId } = order;
    const before = await heldAltogether(fixture.sql);
    expect(await outcomesOf([order])).toEqual([{ kind: 'rejected', orderId: commandId, reason }]);
    expect(await orderRow(commandId)).toMatchObject({ status: 'REJECTED', reason, compensation: undone });
    expect(await holdingsOf(fixture.sql, commandId)).toEqual(NOTHING_HELD);
    expect(await heldAltogether(fixture.sql)).toEqual(before);
    const events = await eventTypesOf(fixture.sql, commandId);
    expect(await outcomesOf([order])).toEqual([{ kind: 'rejected', orderId: commandId, reason }]);
    expect(await eventTypesOf(fixture.sql, commandId)).toEqual(events);
  });

  test('IDEMPOTENCY_KEY_REUSED: the key stands for another body', async () => {
    const first = orderOf([['BOWL-01', 1]]);
    const second = orderOf([['BOWL-01', 2]], { idempotencyKey: first.idempotencyKey });
    expect(await outcomesOf([first, second])).toEqual([
      { kind: 'approved', orderId: first.commandId },
      { kind: 'rejected', orderId: second.commandId, reason: 'IDEMPOTENCY_KEY_REUSED' },
    ]);
    expect(await orderRow(second.commandId)).toMatchObject({ status: 'REJECTED', compensation: 'none' });
    expect(await holdingsOf(fixture.sql, second.commandId)).toEqual({ ...NOTHING_HELD, reservation: null });
  });

  test('RELEASED_EARLIER: an undo that overtook its step has left a tombstone', async () => {
    const order = orderOf([['BOWL-01', 1]]);
    const undo = { command: order, reason: 'RECLAIMED', undone: [], remaining: [] } as const;
    const steps = createActivities(fixture.context.stores, fixture.context.parties);
    await steps.releaseStock({ members: [undo] });
    expect(await outcomesOf([order])).toMatchObject([{ kind: 'rejected', reason: 'RELEASED_EARLIER' }]);
    const credit = orderOf([['BOWL-01', 1]]);
    await steps.releaseCredit({ members: [{ ...undo, command: credit }] });
    expect(await outcomesOf([credit])).toMatchObject([{ kind: 'rejected', reason: 'RELEASED_EARLIER' }]);
    for (const { commandId } of [order, credit])
      expect(await holdingsOf(fixture.sql, commandId)).toMatchObject({ stock: [], credit: 0 });
  });

  test('every reason there is, is tried here or in a file about faults and lost sagas', () => {
    const elsewhere = ['IDEMPOTENCY_KEY_REUSED', 'RELEASED_EARLIER', 'PROCESSING_FAILED', 'RECLAIMED'];
    const ofLimits = ['CAP_REACHED', 'NOT_ELIGIBLE'];
    const ofCredit = ['ALREADY_CAPTURED', 'CREDIT_NOT_HELD', 'PAYMENT_TOO_LARGE'];
    const ofChanges = [
      'ALREADY_FINAL',
      'ALREADY_REPORTED',
      'BELOW_SHIPPED',
      'CONFLICT',
      'LINE_MISMATCH',
      'NOT_ACCEPTED',
      'NOT_DUE',
      'NOT_SHIPPED',
      'QUANTITY_TOO_LARGE',
      'SHIPMENT_OVER',
      'UNKNOWN_LINE',
      'UNKNOWN_ORDER',
      'UNKNOWN_SHIPMENT',
      'VERSION_MISMATCH',
    ];
    const others = [...elsewhere, ...ofLimits, ...ofCredit, ...ofChanges];
    expect([...Object.keys(REFUSALS), ...others].sort()).toEqual([...REFUSAL_REASONS].sort());
  });
});

describe('a set', () => {
  test('gives each member its own outcome, and undoes only what was refused', async () => {
    const good = Array.from({ length: 6 }, () => orderOf([['LAMP-01', 1]]));
    const bad = Object.values(REFUSALS).map(({ order }) => order());
    const mixed = [...good.slice(0, 3), ...bad, ...good.slice(3)];
    const outcomes = await outcomesOf(mixed);
    const reasons = Object.keys(REFUSALS);
    expect(outcomes.map((outcome) => ('reason' in outcome ? outcome.reason : outcome.kind))).toEqual([
      ...Array(3).fill('approved'),
      ...reasons,
      ...Array(3).fill('approved'),
    ]);
    for (const { commandId } of bad)
      expect(await holdingsOf(fixture.sql, commandId)).toMatchObject({ stock: [], credit: 0 });
    for (const { commandId } of good)
      expect(await holdingsOf(fixture.sql, commandId)).toMatchObject({ credit: 100 });
  });

  test('never promises more than there is: the last units go to some, the rest are refused', async () => {
    const orders = Array.from({ length: 20 }, () => orderOf([['CHAIR-05', 100, 1]]));
    const outcomes = await outcomesOf(orders);
    // 1,000 in the warehouses; the stores have less than 100 together.
    expect(outcomes.filter(({ kind }) => kind === 'approved')).toHaveLength(10);
    const [left] = await fixture.sql<{ committed: number }>(
      `SELECT sum(committed)::int AS committed FROM inventory.stock WHERE sku = 'CHAIR-05'`,
    );
    expect(left?.committed).toBe(1_000);
  });

  test('that carries one order twice does it once and gives the same outcome twice', async () => {
    const order = orderOf([['LAMP-02', 1]]);
    expect(await outcomesOf([order, order])).toEqual([
      { kind: 'approved', orderId: order.commandId },
      { kind: 'approved', orderId: order.commandId },
    ]);
    expect(await holdingsOf(fixture.sql, order.commandId)).toMatchObject({ credit: 100 });
    expect((await eventTypesOf(fixture.sql, order.commandId)).length).toBe(5);
  });

  test('leaves an order alone that another saga owns: one effect', async () => {
    const shared = orderOf([['LAMP-03', 1]]);
    const [left, right] = [orderOf([['LAMP-03', 1]]), orderOf([['LAMP-03', 1]])];
    const sets = [
      [shared, left],
      [shared, right],
    ] as const;
    const [one = [], other = []] = await Promise.all(sets.map(outcomesOf));
    expect([one[1], other[1]]).toMatchObject([{ kind: 'approved' }, { kind: 'approved' }]);
    expect([one[0]?.kind, other[0]?.kind].sort()).toEqual(['approved', 'owned-elsewhere']);
    const owner = one[0]?.kind === 'approved' ? sets[0] : sets[1];
    const ownerId = sagaId(
      'createOrder',
      owner.map(({ commandId }) => commandId),
    );
    expect([one[0], other[0]]).toContainEqual({
      kind: 'owned-elsewhere',
      orderId: shared.commandId,
      sagaId: ownerId,
    });
    expect((await orderRow(shared.commandId))?.sagaId).toBe(ownerId);
    expect((await eventTypesOf(fixture.sql, shared.commandId)).length).toBe(5);
  });

  test('leaves it alone also when it is refused: the other saga neither steps nor undoes', async () => {
    const shared = orderOf([['LAMP-03', 50_000, 1]]);
    const other = orderOf([['LAMP-03', 1]]);
    await outcomesOf([shared]);
    const before = await eventTypesOf(fixture.sql, shared.commandId);
    expect(await outcomesOf([shared, other])).toMatchObject([
      { kind: 'owned-elsewhere' },
      { kind: 'approved' },
    ]);
    expect(await eventTypesOf(fixture.sql, shared.commandId)).toEqual(before);
  });
});

describe('an order that names a reservation', () => {
  async function held(more: Parameters<typeof holdOf>[1] = {}) {
    const hold = holdOf([['CLOCK-01', 4]], more);
    await (await fixture.context.starters.reserveInventory([hold])).outcomes;
    return hold.commandId;
  }

  test('adopts it in one step: nothing is promised twice', async () => {
    const reservationId = await held();
    const order = orderOf([['CLOCK-01', 4]], { reservationId });
    expect(await outcomesOf([order])).toMatchObject([{ kind: 'approved' }]);
    expect(await orderRow(order.commandId)).toMatchObject({ reservationId });
    expect(await holdingsOf(fixture.sql, order.commandId)).toMatchObject({
      stock: ['4 CLOCK-01 wh-north'],
      reservation: 'COMMITTED',
    });
    const [stock] = await fixture.sql(
      `SELECT held, committed FROM inventory.stock WHERE sku = 'CLOCK-01' AND node_id = 'wh-north'`,
    );
    expect(stock).toEqual({ held: 0, committed: 4 });
  });

  test('is refused where the hold is of another caller, for other lines, or taken by another order', async () => {
    const foreign = await held({ caller: 'somebody' });
    const other = await held();
    const taken = await held();
    const outcomes = await outcomesOf([
      orderOf([['CLOCK-01', 4]], { reservationId: foreign }),
      orderOf([['CLOCK-01', 3]], { reservationId: other }),
      orderOf([['CLOCK-01', 4]], { reservationId: taken }),
      orderOf([['CLOCK-01', 4]], { reservationId: taken }),
    ]);
    expect(outcomes.map((outcome) => ('reason' in outcome ? outcome.reason : outcome.kind))).toEqual([
      'RESERVATION_MISMATCH',
      'RESERVATION_MISMATCH',
      'approved',
      'RESERVATION_MISMATCH',
    ]);
    const rows = await fixture.sql(`SELECT state FROM inventory.reservation WHERE id = ANY($1)`, [
      [foreign, other],
    ]);
    expect(rows).toEqual([{ state: 'HELD' }, { state: 'HELD' }]);
  });

  test('gets a fresh one where the hold has run out', async () => {
    const reservationId = await held({ ttlSeconds: 1 });
    await eventually(async () =>
      expect(await fixture.context.stores.inventoryReads.reservation(reservationId)).toMatchObject({
        state: 'EXPIRED',
      }),
    );
    const order = orderOf([['CLOCK-01', 4]], { reservationId });
    expect(await outcomesOf([order])).toMatchObject([{ kind: 'approved' }]);
    expect(await orderRow(order.commandId)).toMatchObject({
      reservationId: order.commandId.replace('ord_', 'rsv_'),
    });
  });
});
