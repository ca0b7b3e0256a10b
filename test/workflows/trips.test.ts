import { ApplicationFailure } from '@temporalio/common';
import type { BookTrip } from '../../src/contracts/trips';
import { finishTripId } from '../../src/contracts/workflow-names';
import type { Trip } from '../../src/domain/trip/trip';
import { tripOperations } from '../../src/intake/trip-operations';
import { openPartyFixture, type PartyFixture } from '../support/party-fixture';
import { eventually, type SagaFixture } from '../support/saga-fixture';
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
  fixture.interpose('cancelAtParty', undefined);
  for (const party of PARTIES) await simulator.fault(party, { mode: 'ok' });
});

const PARTIES = ['hotel', 'flight', 'car'] as const;

async function expectEnd(trip: Trip, end: Partial<Trip>): Promise<void> {
  expect(trip).toMatchObject(end);
  expect(await discrepancies(simulator, trip)).toEqual([]);
}

const BOOKED = { status: 'BOOKED', reason: null, compensation: 'none' } as const;
const rejected = (reason: Trip['reason'], compensation: Trip['compensation'] = 'done') =>
  ({ status: 'REJECTED', reason, compensation }) as const;

test('a trip is booked at all its parties', async () => {
  const { outcome, trip } = await travelled(fixture, tripOf({ car: 'required' }));
  expect(outcome).toEqual({ kind: 'booked', tripId: trip.id });
  await expectEnd(trip, BOOKED);
  for (const party of PARTIES) expect(await bookedAt(simulator, trip, party)).toBe('BOOKED 1');
});

describe('an optional car', () => {
  test.each([
    ['is refused', { mode: 'refuse' }, 'none', 'REFUSED', 'REFUSED 0'],
    ['cannot be asked for', { mode: 'down', call: 'book' }, 'done', 'CANCELLED', 'CANCELLED 0'],
    ['was booked, unheard', { mode: 'timeout-after-done', times: 5 }, 'done', 'CANCELLED', 'CANCELLED 0'],
    ['is booked', { mode: 'ok' }, 'none', 'BOOKED', 'BOOKED 1'],
  ] as const)('that %s leaves the trip booked', async (_, fault, compensation, state, there) => {
    await simulator.fault('car', fault);
    const { trip } = await travelled(fixture, tripOf({ car: 'optional' }));
    await expectEnd(trip, { ...BOOKED, compensation });
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

describe('what cannot be undone', () => {
  const operations = () => {
    const { stores, starters } = fixture.context;
    return tripOperations(stores.trips, stores.tripsReads, starters.finishTrip);
  };
  const finished = ({ commandId }: BookTrip) =>
    fixture.context.temporal.client.workflow.getHandle(finishTripId(commandId)).result();

  /** The hotel is out of reach for good when it is to be cancelled; the flight is not. */
  async function stuck(): Promise<BookTrip> {
    await simulator.fault('car', { mode: 'refuse', times: 1 });
    await simulator.fault('hotel', { mode: 'down', call: 'cancel' });
    const command = tripOf({ car: 'required' });
    const { trip } = await travelled(fixture, command);
    expect(trip).toMatchObject({
      ...rejected('BOOKING_REFUSED', 'needs_attention'),
      attention: { remaining: ['cancelHotel'], failure: expect.stringContaining('hotel') },
    });
    expect(await bookedAt(simulator, trip, 'hotel')).toBe('BOOKED 1');
    expect(await bookedAt(simulator, trip, 'flight')).toBe('CANCELLED 0');
    return command;
  }

  test('is finished by an operator who has it run again once the party is back', async () => {
    const command = await stuck();
    await simulator.fault('hotel', { mode: 'ok' });
    expect(await operations().retry(command.commandId, 'olga')).toEqual({ kind: 'done' });
    await finished(command);
    await expectEnd(await tripRow(fixture, command), rejected('BOOKING_REFUSED'));
    expect(await operations().retry(command.commandId, 'olga')).toEqual({
      kind: 'not-stuck',
      compensation: 'done',
    });
  });

  test('is put right by hand', async () => {
    fixture.interpose('cancelAtParty', () => {
      throw ApplicationFailure.nonRetryable('no such thing');
    });
    await simulator.fault('flight', { mode: 'refuse', times: 1 });
    const { trip } = await travelled(fixture, tripOf());
    expect(trip.attention).toEqual({ remaining: ['cancelHotel'], failure: 'no such thing' });
    expect(await operations().resolve(trip.id, 'olga', 'telephoned')).toEqual({ kind: 'done' });
    expect(await fixture.context.stores.tripsReads.trip(trip.id)).toMatchObject({
      compensation: 'done',
      attention: null,
    });
    expect(await operations().resolve(trip.id, 'olga', 'again')).toMatchObject({ kind: 'not-stuck' });
  });

  test('stays with the operator where the second attempt fails as well', async () => {
    fixture.interpose('cancelAtParty', () => {
      throw ApplicationFailure.nonRetryable('not now');
    });
    await simulator.fault('flight', { mode: 'refuse', times: 1 });
    const command = tripOf();
    await travelled(fixture, command);
    await operations().retry(command.commandId, 'olga');
    await finished(command);
    await eventually(async () =>
      expect(await tripRow(fixture, command)).toMatchObject({
        compensation: 'needs_attention',
        attention: { remaining: ['cancelHotel'], failure: 'not now' },
      }),
    );
  });
});
