import type { Booked } from '../../src/contracts/bookings';
import type { BookingParties } from '../../src/providers/booking-parties';
import type { NewCommand } from '../../src/stores/orders/command-rows';
import { orderOf } from '../support/new-commands';
import { type Batch, inOneBatch } from '../support/order-changes';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { tripOf } from '../support/trip-plays';
import {
  makeCurrent,
  replayWith,
  startVersion,
  tracesOf,
  twoVersions,
  type VersionedProcess,
} from '../support/versioned-process';

const OLD_WAY = ['holdCredit', 'commitStock', 'decideOrder'];
const NEW_WAY = ['commitStock', 'holdCredit', 'decideOrder'];
const OTHER_WAY = /nondeterminism|does not match/i;

const booked: Booked = { kind: 'booked', references: ['ref-1'] };
/** A promise that parties await before they answer. */
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

const elsewhere = (command: NewCommand): Promise<Batch> => inOneBatch(fixture, [command]);
const decided = ({ id }: NewCommand, decision: string) => [
  { id, decision, end: 'closed', verdict: expect.any(String) },
];

test('before any version is current, a process carries out what it takes eagerly, and the rest waits', async () => {
  const waits = await elsewhere(orderOf([['VASE-03', 1]]));
  const eager = await one.carry(orderOf([['VASE-03', 1]]));
  await eager.ended;
  expect(await eventually(() => tracesOf(fixture, waits.workflowId))).toMatchObject({
    versions: [],
    tasks: 0,
  });
  await eventually(() => makeCurrent(fixture, 'one'));
  await waits.ended;
  expect(await tracesOf(fixture, waits.workflowId)).toMatchObject({ versions: ['one'], isEager: false });
  expect(await tracesOf(fixture, eager.workflowId)).toMatchObject({ versions: ['one'], isEager: true });
});

test('a saga ends on the code it began on, while new ones begin on the new code', async () => {
  const held = orderOf([['MUG-01', 1]]);
  let goOn = () => {};
  const heldBack = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  // A lock would not do: a step that meets one reaches its time limit again and again.
  fixture.interpose('commitStock', async (commit, input) => {
    if (JSON.stringify(input).includes(held.id)) await heldBack;
    return commit(input);
  });
  const inFlight = await one.carry(held);
  // The wait ends its first task: the worker of the next task begins by replaying.
  await eventually(async () =>
    expect((await tracesOf(fixture, inFlight.workflowId)).tasks).toBeGreaterThan(0),
  );

  two = await startVersion(fixture, 'two', code.changed);
  await eventually(() => makeCurrent(fixture, 'two'));
  const [first, second] = [orderOf([['VASE-03', 1]]), orderOf([['VASE-03', 1]])];
  const eager = await two.carry(first);
  const other = await elsewhere(second);
  expect(await eager.ended).toEqual(decided(first, 'approved'));
  expect(await other.ended).toEqual(decided(second, 'approved'));
  goOn();
  expect(await inFlight.ended).toEqual(decided(held, 'approved'));

  const old = { versions: ['one'], isEager: true, steps: OLD_WAY };
  expect(await tracesOf(fixture, inFlight.workflowId)).toMatchObject(old);
  const taken = { versions: ['two'], isEager: true, steps: NEW_WAY };
  expect(await tracesOf(fixture, eager.workflowId)).toMatchObject(taken);
  expect(await tracesOf(fixture, other.workflowId)).toMatchObject({ ...taken, isEager: false });
  expect(await replayWith(code.old, fixture, inFlight.workflowId)).toBe('as before');
  expect(await replayWith(code.changed, fixture, inFlight.workflowId)).toMatch(OTHER_WAY);
});

test('what a process takes eagerly is carried out by its own code, current or not', async () => {
  const { ended, workflowId } = await one.carry(orderOf([['VASE-03', 1]]));
  await ended;
  const old = { versions: ['one'], isEager: true, steps: OLD_WAY };
  expect(await tracesOf(fixture, workflowId)).toMatchObject(old);
});

test('also where Temporal hands out its next task after the change, as with trips', async () => {
  await eventually(() => makeCurrent(fixture, 'one'));
  let answer: () => void = () => undefined;
  answering = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const [first, second] = [tripOf(), tripOf()];
  const inFlight = await elsewhere(first);
  await eventually(async () =>
    expect((await tracesOf(fixture, inFlight.workflowId)).versions).toEqual(['one']),
  );
  await eventually(() => makeCurrent(fixture, 'two'));
  const later = await elsewhere(second);
  expect(await later.ended).toEqual(decided(second, 'booked'));
  answer();
  expect(await inFlight.ended).toEqual(decided(first, 'booked'));
  expect(await tracesOf(fixture, later.workflowId)).toMatchObject({ versions: ['two'] });
  expect(await tracesOf(fixture, inFlight.workflowId)).toMatchObject({ versions: ['one'] });
  expect(await replayWith(code.changed, fixture, inFlight.workflowId)).toMatch(OTHER_WAY);
});
