import type { ReservationOutcome } from '../../src/contracts/commands';
import { DirectCommands } from '../../src/intake/direct-commands';
import { expireHolds } from '../../src/intake/hold-commands';
import { dueHoldsWatch } from '../../src/recovery/due-holds-watch';
import { auditedClose } from '../support/audited-close';
import { holdOf, orderOf, randomId } from '../support/new-commands';
import { decided } from '../support/order-changes';
import { holdingsOf } from '../support/saga-books';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { poison } from '../support/saga-sabotage';

let fixture: SagaFixture;

beforeAll(async () => {
  fixture = await openSagaFixture();
});
afterAll(async () => expect(await auditedClose(fixture)).toEqual([]));

/** Carries reservations in one batch, as the intake does. */
async function hold(...commands: ReturnType<typeof holdOf>[]): Promise<readonly ReservationOutcome[]> {
  const { ended } = await fixture.context.sagas.start({
    workflow: 'reserveInventory',
    workflowId: `reserveInventory/${randomId()}`,
    input: commands,
    lines: commands.map(({ commandId }) => commandId),
    subjects: commands.map(({ commandId }) => commandId),
  });
  return ended as Promise<readonly ReservationOutcome[]>;
}

function release(reservationId: string, caller = 'tester') {
  const commandId = `${reservationId}/release/${caller}`;
  const command = { commandId, caller, correlation: reservationId, reservationId };
  return new DirectCommands(fixture.context.stores).releaseHold(command);
}

async function shelf(sku: string) {
  const [row] = await fixture.sql<{ held: number; committed: number }>(
    'SELECT sum(held)::int AS held, sum(committed)::int AS committed FROM inventory.stock WHERE sku = $1',
    [sku],
  );
  return row;
}

const stateOf = async (id: string) => (await fixture.context.stores.inventoryReads.reservation(id))?.state;

test('stock is held until a moment, under the key of its caller', async () => {
  const command = holdOf([['MUG-01', 4]], { ttlSeconds: 60 });
  const before = Date.now();
  const [held] = await hold(command);
  const after = Date.now();
  expect(held).toMatchObject({
    kind: 'held',
    reservationId: command.commandId,
    allocations: [{ sku: 'MUG-01', nodeId: 'wh-north', quantity: 4 }],
  });
  const heldAt = held?.kind === 'held' ? Date.parse(held.expiresAt) - 60_000 : 0;
  expect([before, heldAt, after].sort((a, b) => a - b)).toEqual([before, heldAt, after]);
  expect(await hold(command)).toEqual([held]);
  expect(await shelf('MUG-01')).toEqual({ held: 4, committed: 0 });
});

test('a hold without enough stock is refused with the available units', async () => {
  const command = holdOf([['MUG-02', 900_000]]);
  const other = holdOf([['GHOST', 1]]);
  expect(await hold(command, other)).toMatchObject([
    { kind: 'refused', reason: 'OUT_OF_STOCK', shortages: [{ sku: 'MUG-02', requested: 900_000 }] },
    { kind: 'refused', reason: 'UNKNOWN_SKU' },
  ]);
  expect(await shelf('MUG-02')).toEqual({ held: 0, committed: 0 });
});

test('a key with another body is refused', async () => {
  const first = holdOf([['MUG-03', 1]]);
  const second = holdOf([['MUG-03', 2]], { idempotencyKey: first.idempotencyKey });
  expect(await hold(first, second)).toMatchObject([
    { kind: 'held' },
    { kind: 'refused', reason: 'IDEMPOTENCY_KEY_REUSED' },
  ]);
  expect(await shelf('MUG-03')).toEqual({ held: 1, committed: 0 });
});

test('only its caller releases a hold, once and for good', async () => {
  const command = holdOf([['MUG-04', 3]]);
  await hold(command);
  expect(await release(command.commandId, 'somebody')).toMatchObject({ reason: 'RESERVATION_MISMATCH' });
  const mine = holdOf([['MUG-04', 3]]);
  await hold(mine);
  expect(await release(mine.commandId)).toEqual({ kind: 'done' });
  expect(await release(mine.commandId)).toEqual({ kind: 'done' });
  expect(await shelf('MUG-04')).toEqual({ held: 3, committed: 0 });
  expect(await stateOf(mine.commandId)).toBe('RELEASED');
});

test('a hold that an order has taken over cannot be released by its caller', async () => {
  const command = holdOf([['MUG-05', 3]]);
  await hold(command);
  const order = orderOf([['MUG-05', 3]], { reservationId: command.commandId });
  expect(await decided(fixture, [order])).toEqual(['approved']);
  expect(await release(command.commandId)).toMatchObject({
    kind: 'refused',
    reason: 'RESERVATION_MISMATCH',
  });
  expect(await shelf('MUG-05')).toEqual({ held: 0, committed: 3 });
});

test('an expired hold frees its stock before the watch records it, and the watch records it once', async () => {
  const everything = holdOf([['BOWL-02', 1_000]], { ttlSeconds: 1 });
  expect(await hold(everything)).toMatchObject([{ kind: 'held' }]);
  const next = () => orderOf([['BOWL-02', 1_000, 1]]);
  expect(await decided(fixture, [next()])).toEqual(['OUT_OF_STOCK']);
  await eventually(async () => expect(await stateOf(everything.commandId)).toBe('EXPIRED'));
  expect(await decided(fixture, [next()])).toEqual(['approved']);
  expect(await shelf('BOWL-02')).toEqual({ held: 1_000, committed: 1_000 });
  const swept: number[] = [];
  const watch = dueHoldsWatch(fixture.context.stores.inventoryReads, async (commands) => {
    swept.push(commands.length);
    return expireHolds(fixture.context.stores.inventory, commands);
  });
  await watch.look();
  expect(await shelf('BOWL-02')).toEqual({ held: 0, committed: 1_000 });
  await watch.look();
  expect(swept).toEqual([1]);
  expect(await release(everything.commandId)).toEqual({ kind: 'done' });
});

test('a poison hold in a batch is refused alone', async () => {
  const cure = await poison(fixture.sql, 'TABLE-05');
  expect(
    await hold(holdOf([['TABLE-04', 1]]), holdOf([['TABLE-05', 1]]), holdOf([['TABLE-03', 1]])),
  ).toMatchObject([{ kind: 'held' }, { kind: 'refused', reason: 'PROCESSING_FAILED' }, { kind: 'held' }]);
  await cure();
});

describe('an order that names a reservation', () => {
  async function held(more: Parameters<typeof holdOf>[1] = {}) {
    const command = holdOf([['CLOCK-01', 4]], more);
    await hold(command);
    return command.commandId;
  }

  test('adopts it in one step: nothing is promised twice', async () => {
    const reservationId = await held();
    const order = orderOf([['CLOCK-01', 4]], { reservationId });
    expect(await decided(fixture, [order])).toEqual(['approved']);
    expect(await fixture.context.stores.ordersReads.order(order.id)).toMatchObject({ reservationId });
    expect(await holdingsOf(fixture.sql, order.id)).toMatchObject({
      stock: ['4 CLOCK-01 wh-north'],
      reservation: 'COMMITTED',
    });
    expect(await shelf('CLOCK-01')).toEqual({ held: 0, committed: 4 });
  });

  test('is refused where the hold is of another caller, for other lines, or taken by another order', async () => {
    const foreign = await held({ caller: 'somebody' });
    const other = await held();
    const taken = await held();
    const orders = [
      orderOf([['CLOCK-01', 4]], { reservationId: foreign }),
      orderOf([['CLOCK-01', 3]], { reservationId: other }),
      orderOf([['CLOCK-01', 4]], { reservationId: taken }),
      orderOf([['CLOCK-01', 4]], { reservationId: taken }),
    ];
    expect(await decided(fixture, orders)).toEqual([
      'RESERVATION_MISMATCH',
      'RESERVATION_MISMATCH',
      'approved',
      'RESERVATION_MISMATCH',
    ]);
    expect([await stateOf(foreign), await stateOf(other)]).toEqual(['HELD', 'HELD']);
  });

  test('gets a fresh one where the hold has run out', async () => {
    const reservationId = await held({ ttlSeconds: 1 });
    await eventually(async () => expect(await stateOf(reservationId)).toBe('EXPIRED'));
    const order = orderOf([['CLOCK-01', 4]], { reservationId });
    expect(await decided(fixture, [order])).toEqual(['approved']);
    expect(await fixture.context.stores.ordersReads.order(order.id)).toMatchObject({
      reservationId: order.id.replace('ord_', 'rsv_'),
    });
  });
});
