import type { CreateOrder, ReserveInventory } from '../../src/contracts/commands';
import { setCap, usedOf } from '../stores/limits';
import { auditedClose } from '../support/audited-close';
import { eventTypesOf, heldAltogether } from '../support/saga-books';
import { type Failpoint, type FailpointWorker, readyWorker } from '../support/saga-failpoints';
import { openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { holdOf, orderOf } from '../support/saga-orders';
import { poison } from '../support/saga-sabotage';

const POISON = 'TABLE-05';

interface FateOfOrder {
  readonly make: () => CreateOrder;
  readonly outcomes: readonly string[];
  readonly events: readonly string[];
}

/** How orders end, and the events that they leave behind when each step has taken effect once. */
const KINDS = {
  good: {
    make: () => orderOf([['MUG-01', 1]]),
    outcomes: ['approved'],
    events: [
      'orders.order-recorded.v1',
      'orders.order-approved.v1',
      'credit.credit-held.v1',
      'inventory.cap-claimed.v1',
      'inventory.reservation-committed.v1',
      'inventory.stock-committed.v1',
    ],
  },
  short: {
    make: () => orderOf([['MUG-01', 90_000, 1]]),
    outcomes: ['OUT_OF_STOCK'],
    events: [
      'orders.order-recorded.v1',
      'orders.order-rejected.v1',
      'credit.credit-held.v1',
      'credit.credit-released.v1',
    ],
  },
  poor: {
    make: () => orderOf([['MUG-01', 1, 9_000_000]]),
    outcomes: ['CREDIT_LIMIT_EXCEEDED'],
    events: ['orders.order-recorded.v1', 'orders.order-rejected.v1'],
  },
  poison: {
    make: () => orderOf([[POISON, 1]]),
    // Who takes over does not know of the fault, tries again, and is refused by the tombstone that the undo has left.
    outcomes: ['PROCESSING_FAILED', 'RELEASED_EARLIER'],
    events: [
      'orders.order-recorded.v1',
      'orders.order-rejected.v1',
      'credit.credit-held.v1',
      'credit.credit-released.v1',
      'inventory.reservation-forestalled.v1',
    ],
  },
} as const satisfies Record<string, FateOfOrder>;

type Kind = keyof typeof KINDS;

/** The order that passes each step alone; a set holds all kinds. */
const ALONE = {
  recordOrder: 'good',
  holdCredit: 'good',
  commitStock: 'good',
  approveOrder: 'good',
  releaseStock: 'poison',
  releaseCredit: 'short',
  rejectOrder: 'poor',
  holdStock: 'hold',
} as const satisfies Record<string, Kind | 'hold'>;

const MANY: readonly Kind[] = ['good', 'short', 'good', 'poor', 'poison', 'good'];

interface Scenario extends Failpoint {
  readonly step: keyof typeof ALONE;
  readonly size: 'one' | 'many';
}

const SCENARIOS: readonly Scenario[] = (Object.keys(ALONE) as (keyof typeof ALONE)[]).flatMap((step) =>
  (['before', 'after'] as const).flatMap((moment) =>
    (['one', 'many'] as const).map((size) => ({ step, moment, size })),
  ),
);

/** Databases, each with its own line of workers: most of the time is waiting for a dead worker to be noticed. */
const LANES = 4;
const nameOf = ({ step, moment, size }: Scenario) => `${moment} ${step} commits, a set of ${size}`;

const results = new Map<string, Promise<void>>();
const lanes: Promise<void>[] = [];

beforeAll(() => {
  for (let number = 0; number < LANES; number++) {
    const lane = runLane(SCENARIOS.filter((_, index) => index % LANES === number));
    // The test that waits for the lane says so; until then it is nobody's failure.
    lane.catch(() => undefined);
    lanes.push(lane);
  }
});

afterAll(async () => {
  await Promise.allSettled(lanes);
});

/** One scenario after the other; the worker that took over in one is the one that dies in the next. */
async function runLane(scenarios: readonly Scenario[]): Promise<void> {
  const settle = scenarios.map((scenario) => {
    const { promise, resolve } = deferred();
    results.set(nameOf(scenario), promise);
    return resolve;
  });
  const fixture = await openSagaFixture({ worker: false, eager: false });
  const cure = await poison(fixture.sql, POISON);
  await setCap(fixture.context.stores, 'drop', { skus: ['MUG-01', POISON], limit: 1_000_000 });
  let victim = await readyWorker(fixture);
  for (const [index, scenario] of scenarios.entries()) {
    const successor = readyWorker(fixture);
    const result = dieAndTakeOver(fixture, scenario, victim, successor);
    settle[index]?.(result);
    await result.catch(() => victim.end());
    victim = await successor;
  }
  await victim.end();
  await cure();
  const { committed } = await heldAltogether(fixture.sql);
  expect(await usedOf(fixture.context.stores, 'drop')).toBe(committed);
  expect(await auditedClose(fixture)).toEqual([]);
}

async function dieAndTakeOver(
  fixture: SagaFixture,
  scenario: Scenario,
  victim: FailpointWorker,
  successor: Promise<FailpointWorker>,
): Promise<void> {
  const held = await heldAltogether(fixture.sql);
  await victim.work(scenario);
  const run = scenario.step === 'holdStock' ? reserve(fixture, scenario) : order(fixture, scenario);
  const check = await run;
  expect(await victim.death).toBe('SIGKILL');
  await (await successor).work();
  await check(held);
}

type Held = Awaited<ReturnType<typeof heldAltogether>>;

async function order(fixture: SagaFixture, { step, size }: Scenario) {
  const alone = ALONE[step];
  const kinds = size === 'many' || alone === 'hold' ? MANY : [alone];
  const orders: readonly CreateOrder[] = kinds.map((kind) => KINDS[kind].make());
  const { outcomes } = await fixture.context.starters.createOrder(orders);
  return async (before: Held) => {
    for (const [index, outcome] of (await outcomes).entries()) {
      const kind = kinds[index] ?? 'good';
      expect<readonly string[]>(KINDS[kind].outcomes).toContain(
        'reason' in outcome ? outcome.reason : outcome.kind,
      );
    }
    for (const [index, kind] of kinds.entries())
      expect(await eventTypesOf(fixture.sql, orders[index]?.commandId ?? '')).toEqual(KINDS[kind].events);
    const good = kinds.filter((kind) => kind === 'good').length;
    expect(await heldAltogether(fixture.sql)).toEqual({
      ...before,
      committed: (before.committed ?? 0) + good,
      credit: (before.credit ?? 0) + good * 100,
      allocations: (before.allocations ?? 0) + good,
    });
  };
}

async function reserve(fixture: SagaFixture, { size }: Scenario) {
  const good = [holdOf([['MUG-02', 2]]), ...(size === 'many' ? [holdOf([['MUG-02', 2]])] : [])];
  const bad = size === 'many' ? [holdOf([['MUG-02', 90_000]]), holdOf([[POISON, 1]])] : [];
  const holds: readonly ReserveInventory[] = [...good, ...bad];
  const { outcomes } = await fixture.context.starters.reserveInventory(holds);
  return async (before: Held) => {
    expect((await outcomes).map(({ kind }) => kind)).toEqual([
      ...good.map(() => 'held'),
      ...bad.map(() => 'refused'),
    ]);
    for (const { commandId } of good)
      expect(await eventTypesOf(fixture.sql, commandId)).toEqual([
        'inventory.reservation-held.v1',
        'inventory.stock-held.v1',
      ]);
    expect(await heldAltogether(fixture.sql)).toEqual({
      ...before,
      held: (before.held ?? 0) + 2 * good.length,
      allocations: (before.allocations ?? 0) + good.length,
    });
  };
}

function deferred() {
  let resolve: (value: Promise<void>) => void = () => undefined;
  const promise = new Promise<void>((fulfil) => {
    resolve = fulfil;
  });
  // A test that is not waiting yet hears of it when its turn has come.
  promise.catch(() => undefined);
  return { promise, resolve };
}

describe('a worker that is killed just', () => {
  test.each(SCENARIOS.map((scenario) => [nameOf(scenario)]))(
    '%s: another one brings every order to its end, and nothing happens twice',
    async (name) => {
      await results.get(name);
    },
  );

  test('and the books of every lane balance', async () => {
    await Promise.all(lanes);
  });
});
