import type { Booked } from '../../src/contracts/bookings';
import type { BookingParties } from '../../src/providers/booking-parties';
import { sagaId } from '../../src/temporal/saga-starter';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { orderOf } from '../support/saga-orders';
import { tripOf } from '../support/trip-plays';
import {
  makeCurrent,
  replayWith,
  startVersion,
  tracesOf,
  twoVersions,
  type VersionedProcess,
} from '../support/versioned-process';

const OLD_WAY = ['recordOrder', 'holdCredit', 'commitStock', 'approveOrder'];
const NEW_WAY = ['recordOrder', 'commitStock', 'holdCredit', 'approveOrder'];

const booked: Booked = { kind: 'booked', references: ['ref-1'] };
/** What parties wait for before they answer. */
let answering: Promise<unknown> = Promise.resolve();
const parties: BookingParties = {
  book: () => answering.then(() => booked),
  lookUp: async () => booked,
  cancel: () => Promise.reject(new Error('nothing is cancelled here')),
  cancelReference: () => Promise.reject(new Error('nothing is cancelled here')),
  reduce: () => Promise.reject(new Error('nothing is cancelled here')),
};

let fixture: SagaFixture;
let code: Awaited<ReturnType<typeof twoVersions>>;
let one: VersionedProcess;
let two: VersionedProcess | undefined;

beforeAll(async () => {
  fixture = await openSagaFixture({ worker: false, eager: false, parties });
  code = await twoVersions();
  one = await startVersion(fixture, 'one', code.old);
});

afterAll(async () => {
  await Promise.all([one.stop(), two?.stop()]);
  await fixture.close();
});

const workflowOf = ({ commandId }: { commandId: string }) => sagaId('createOrder', [commandId]);

test('before any version is current, a process carries out what it takes eagerly, and the rest waits', async () => {
  const [waits, eager] = [orderOf([['VASE-03', 1]]), orderOf([['VASE-03', 1]])];
  const waiting = await fixture.context.starters.createOrder([waits]);
  await (await one.starters.createOrder([eager])).outcomes;
  expect(await tracesOf(fixture, workflowOf(waits))).toMatchObject({ versions: [], tasks: 0 });
  await eventually(() => makeCurrent(fixture, 'one'));
  await waiting.outcomes;
  expect(await tracesOf(fixture, workflowOf(waits))).toMatchObject({ versions: ['one'], isEager: false });
  expect(await tracesOf(fixture, workflowOf(eager))).toMatchObject({ versions: ['one'], isEager: true });
});

test('a saga ends on the code it began on, while new ones begin on the new code', async () => {
  const inFlight = orderOf([['MUG-01', 1]]);
  let goOn = () => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  // Not by a lock: a step that meets one again and again is given up, however slow the start of a version is.
  fixture.interpose('commitStock', async (commit, input) => {
    if (JSON.stringify(input).includes(inFlight.commandId)) await held;
    return commit(input);
  });
  const began = await one.starters.createOrder([inFlight]);
  // It waits for so long that its first task is over: whoever has the next one begins it by replaying.
  await eventually(async () =>
    expect((await tracesOf(fixture, workflowOf(inFlight))).tasks).toBeGreaterThan(0),
  );

  two = await startVersion(fixture, 'two', code.changed);
  await eventually(() => makeCurrent(fixture, 'two'));
  const [eager, elsewhere] = [orderOf([['VASE-03', 1]]), orderOf([['VASE-03', 1]])];
  const approved = (order: typeof eager) => [
    expect.objectContaining({ kind: 'approved', orderId: order.commandId }),
  ];
  expect(await (await two.starters.createOrder([eager])).outcomes).toEqual(approved(eager));
  expect(await (await fixture.context.starters.createOrder([elsewhere])).outcomes).toEqual(
    approved(elsewhere),
  );
  goOn();
  expect(await began.outcomes).toEqual(approved(inFlight));

  expect(await tracesOf(fixture, workflowOf(inFlight))).toMatchObject({
    versions: ['one'],
    isEager: true,
    steps: OLD_WAY,
  });
  expect(await tracesOf(fixture, workflowOf(eager))).toMatchObject({
    versions: ['two'],
    isEager: true,
    steps: NEW_WAY,
  });
  expect(await tracesOf(fixture, workflowOf(elsewhere))).toMatchObject({
    versions: ['two'],
    isEager: false,
    steps: NEW_WAY,
  });
  expect(await replayWith(code.old, fixture, workflowOf(inFlight))).toBe('as before');
  expect(await replayWith(code.changed, fixture, workflowOf(inFlight))).toMatch(
    /nondeterminism|does not match/i,
  );
});

test('what a process takes eagerly is carried out by its own code, current or not', async () => {
  const order = orderOf([['VASE-03', 1]]);
  await (await one.starters.createOrder([order])).outcomes;
  expect(await tracesOf(fixture, workflowOf(order))).toMatchObject({
    versions: ['one'],
    isEager: true,
    steps: OLD_WAY,
  });
});

test('also where Temporal hands out its next task after the change, as with trips', async () => {
  const { context } = fixture;
  await eventually(() => makeCurrent(fixture, 'one'));
  let answer: () => void = () => undefined;
  answering = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const [inFlight, later] = [tripOf(), tripOf()];
  const workflow = (trip: typeof later) => sagaId('bookTrip', [trip.commandId]);
  const began = await context.starters.bookTrip([inFlight]);
  await eventually(async () =>
    expect((await tracesOf(fixture, workflow(inFlight))).versions).toEqual(['one']),
  );
  await eventually(() => makeCurrent(fixture, 'two'));
  const after = await context.starters.bookTrip([later]);
  expect(await after.outcomes).toEqual([{ kind: 'booked', tripId: later.commandId }]);
  answer();
  expect(await began.outcomes).toEqual([{ kind: 'booked', tripId: inFlight.commandId }]);
  expect(await tracesOf(fixture, workflow(later))).toMatchObject({ versions: ['two'] });
  expect(await tracesOf(fixture, workflow(inFlight))).toMatchObject({ versions: ['one'] });
  expect(await replayWith(code.changed, fixture, workflow(inFlight))).toMatch(
    /nondeterminism|does not match/i,
  );
});
