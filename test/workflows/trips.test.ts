import { ApplicationFailure } from '@temporalio/common';
import { NEEDS_ATTENTION, STEP_FAULTED } from '../../src/contracts/saga';
import type { Trip } from '../../src/domain/trip/trip';
import type { NewCommand } from '../../src/stores/command-rows';
import { carriedOut, closed, given } from '../support/order-changes';
import { openPartyFixture, type PartyFixture } from '../support/party-fixture';
import { lostSagas, resolveOf, retried, untilAttention } from '../support/recovery';
import type { SagaFixture } from '../support/saga-fixture';
import type { SimulatorProcess } from '../support/simulator-process';
import { bookedAt, discrepancies, travelled, tripOf, tripRow } from '../support/trip-plays';

let opened: PartyFixture;
let simulator: SimulatorProcess;
let fixture: SagaFixture;

beforeAll(async () => {
  opened = await openPartyFixture();
  ({ fixture, simulator } = opened);
});
afterAll(() => opened.close());
afterEach(async () => {
  for (const step of ['cancelAtParty', 'noteReply'] as const) fixture.interpose(step, undefined);
  for (const party of PARTIES) await simulator.fault(party, { mode: 'ok' });
});

const PARTIES = ['hotel', 'flight', 'car'] as const;

async function expectEnd(trip: Trip, end: Partial<Trip>): Promise<void> {
  expect(trip).toMatchObject(end);
  expect(await discrepancies(simulator, trip)).toEqual([]);
}

const BOOKED = { status: 'BOOKED', reason: null } as const;
const rejected = (reason: Trip['reason']) => ({ status: 'REJECTED', reason }) as const;

test('a trip is booked at all its parties', async () => {
  const { row, trip } = await travelled(fixture, tripOf({ car: 'required' }));
  expect(row).toMatchObject({ isClosed: true, decision: { kind: 'booked' } });
  await expectEnd(trip, BOOKED);
  for (const party of PARTIES) expect(await bookedAt(simulator, trip, party)).toBe('BOOKED 1');
});

describe('an optional car', () => {
  test.each([
    ['is refused', { mode: 'refuse' }, 'REFUSED', 'REFUSED 0'],
    ['cannot be asked for', { mode: 'down', call: 'book' }, 'CANCELLED', 'CANCELLED 0'],
    ['was booked, unheard', { mode: 'timeout-after-done', times: 5 }, 'CANCELLED', 'CANCELLED 0'],
    ['is booked', { mode: 'ok' }, 'BOOKED', 'BOOKED 1'],
  ] as const)('that %s leaves the trip booked', async (_, fault, state, there) => {
    await simulator.fault('car', fault);
    const { trip } = await travelled(fixture, tripOf({ car: 'optional' }));
    await expectEnd(trip, BOOKED);
    expect(trip.bookings.at(-1)).toMatchObject({ party: 'car', state });
    expect(await bookedAt(simulator, trip, 'car')).toBe(there);
  });
});

test('a booking that arrives after its cancelling is refused: the key is used up', async () => {
  await simulator.fault('flight', { mode: 'slow', delayMs: 20_000, call: 'book' });
  const { trip } = await travelled(fixture, tripOf());
  await simulator.fault('flight', { mode: 'ok' });
  expect(await bookedAt(simulator, trip, 'flight')).toBe('CANCELLED 0');
  const late = await fixture.context.parties.book('flight', `${trip.id}/flight`, { from: 'HAM', to: 'LIS' });
  expect(late).toEqual({ kind: 'refused', reason: 'CANCELLED' });
});

test('a party that nobody asked hears nothing of a trip that was refused before', async () => {
  await simulator.fault('hotel', { mode: 'refuse' });
  const { trip } = await travelled(fixture, tripOf({ car: 'required' }));
  expect(trip.bookings.map(({ state }) => state)).toEqual(['REFUSED', 'WANTED', 'WANTED']);
  expect([await bookedAt(simulator, trip, 'flight'), await bookedAt(simulator, trip, 'car')]).toEqual([
    'ABSENT 0',
    'ABSENT 0',
  ]);
});

describe('what cannot be cancelled', () => {
  /** The hotel is out of reach for good when it is to be cancelled; the flight is not. */
  async function stuck(): Promise<NewCommand<'trip'>> {
    await simulator.fault('car', { mode: 'refuse', times: 1 });
    await simulator.fault('hotel', { mode: 'down', call: 'cancel' });
    const command = tripOf({ car: 'required' });
    const { row, trip } = await travelled(fixture, command);
    expect(trip).toMatchObject(rejected('BOOKING_REFUSED'));
    expect(row.attention).toEqual({
      remaining: ['cancelHotel'],
      failure: expect.stringContaining('hotel'),
    });
    expect(await bookedAt(simulator, trip, 'hotel')).toBe('BOOKED 1');
    expect(await bookedAt(simulator, trip, 'flight')).toBe('CANCELLED 0');
    return command;
  }

  test('fails the workflow, and is finished by an operator who has it run again once the party is back', async () => {
    const command = await stuck();
    const { workflowId } = await untilAttention(fixture, command.id);
    await expect(
      fixture.context.temporal.client.workflow.getHandle(workflowId).result(),
    ).rejects.toMatchObject({ cause: { type: NEEDS_ATTENTION } });
    await simulator.fault('hotel', { mode: 'ok' });
    expect(await retried(fixture, command.id)).toBe(true);
    await closed(fixture, command.id);
    await expectEnd(await tripRow(fixture, command), rejected('BOOKING_REFUSED'));
    expect(await retried(fixture, command.id)).toBe(false);
  });

  test('is put right by hand', async () => {
    fixture.interpose('cancelAtParty', () => {
      throw ApplicationFailure.nonRetryable('no such thing');
    });
    await simulator.fault('flight', { mode: 'refuse', times: 1 });
    const command = tripOf();
    const { row } = await travelled(fixture, command);
    // A party may have booked late what it said no to: it is told to cancel as well.
    expect(row.attention).toEqual({ remaining: ['cancelFlight', 'cancelHotel'], failure: 'no such thing' });
    await carriedOut(fixture, resolveOf(command));
    expect(await closed(fixture, command.id)).toMatchObject({ attention: null });
    expect((await tripRow(fixture, command)).bookings.map(({ isUndone }) => isUndone)).toEqual([true, true]);
    expect(await given(fixture, resolveOf(command))).toMatchObject({ reason: 'NOT_STUCK' });
  });

  test('stays with the operator where the second attempt fails as well', async () => {
    fixture.interpose('cancelAtParty', () => {
      throw ApplicationFailure.nonRetryable('not now');
    });
    await simulator.fault('flight', { mode: 'refuse', times: 1 });
    const command = tripOf();
    const { row } = await travelled(fixture, command);
    await retried(fixture, command.id);
    const again = await untilAttention(fixture, command.id);
    expect(again.workflowId).not.toBe(row.workflowId);
    expect(again.attention).toMatchObject({ failure: 'not now' });
    fixture.interpose('cancelAtParty', undefined);
    await retried(fixture, command.id);
    await closed(fixture, command.id);
  });
});

describe('a trip that cannot be decided', () => {
  const fault = (isProvable: boolean) =>
    ApplicationFailure.create({
      message: 'a fault',
      type: STEP_FAULTED,
      nonRetryable: true,
      details: [isProvable],
    });

  test('is rejected where its own data are provably at fault, and gives back what it has', async () => {
    fixture.interpose('noteReply', (note, input) =>
      (input as { readonly party: string }).party === 'flight' ? Promise.reject(fault(true)) : note(input),
    );
    const { row, trip } = await travelled(fixture, tripOf());
    expect(row).toMatchObject({ isClosed: true });
    await expectEnd(trip, rejected('PROCESSING_FAILED'));
  });

  test('needs attention where nothing proves that, and goes on once it is run again', async () => {
    fixture.interpose('noteReply', () => Promise.reject(fault(false)));
    const command = tripOf();
    const { row, trip } = await travelled(fixture, command);
    expect(row).toMatchObject({ decision: null, attention: { remaining: ['decideTrip'] } });
    expect(trip.status).toBe('PENDING');
    fixture.interpose('noteReply', undefined);
    await retried(fixture, command.id);
    await closed(fixture, command.id);
    await expectEnd(await tripRow(fixture, command), BOOKED);
  });

  test('is decided against by an operator who resolves it, and its bookings are cancelled', async () => {
    fixture.interpose('noteReply', (note, input) =>
      (input as { readonly party: string }).party === 'flight' ? Promise.reject(fault(false)) : note(input),
    );
    const command = tripOf();
    await travelled(fixture, command);
    fixture.interpose('noteReply', undefined);
    const { decision } = await carriedOut(fixture, resolveOf(command));
    expect(decision).toMatchObject({ kind: 'decided-against' });
    await lostSagas(fixture).look();
    await closed(fixture, command.id);
    await expectEnd(await tripRow(fixture, command), rejected('PROCESSING_FAILED'));
  });
});
