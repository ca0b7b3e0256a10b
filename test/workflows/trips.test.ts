import { ApplicationFailure } from '@temporalio/common';
import type { Trip } from '../../src/domain/trip/trip';
import type { NewCommand } from '../../src/stores/orders/command-rows';
import { carriedOut, closed } from '../support/order-changes';
import { openPartyFixture, type PartyFixture } from '../support/party-fixture';
import { resolveOf, retried, untilAttention } from '../support/recovery';
import type { SagaFixture } from '../support/saga-fixture';
import type { SimulatorProcess } from '../support/simulator-process';
import { bookedAt, discrepancies, travelled, tripOf, tripRow } from '../support/trip-plays';

let opened: PartyFixture;
let simulator: SimulatorProcess;
let fixture: SagaFixture;

beforeAll(async () => {
  opened = await openPartyFixture({ partnerPatienceMs: 300 });
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

const BOOKED = { status: 'BOOKED', reason: null } as const;
const REFUSED = { status: 'REJECTED', reason: 'BOOKING_REFUSED' } as const;

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
    const { row, trip } = await travelled(fixture, tripOf({ car: 'optional' }));
    expect(row).toMatchObject({ isClosed: true, decision: { kind: 'booked' } });
    await expectEnd(trip, BOOKED);
    expect(trip.bookings.at(-1)).toMatchObject({ party: 'car', state });
    expect(await bookedAt(simulator, trip, 'car')).toBe(there);
  });
});

test('a booking that arrives after its cancellation is refused: the key is used up', async () => {
  await simulator.fault('flight', { mode: 'slow', delayMs: 20_000, call: 'book' });
  const { trip } = await travelled(fixture, tripOf());
  await simulator.fault('flight', { mode: 'ok' });
  expect(await bookedAt(simulator, trip, 'flight')).toBe('CANCELLED 0');
  const late = await fixture.context.parties.book('flight', `${trip.id}/flight`, { from: 'HAM', to: 'LIS' });
  expect(late).toEqual({ kind: 'refused', reason: 'CANCELLED' });
});

test('a rejected trip sends nothing to a party that was not asked', async () => {
  await simulator.fault('hotel', { mode: 'refuse' });
  const { trip } = await travelled(fixture, tripOf({ car: 'required' }));
  expect(trip.bookings.map(({ state }) => state)).toEqual(['REFUSED', 'WANTED', 'WANTED']);
  expect([await bookedAt(simulator, trip, 'flight'), await bookedAt(simulator, trip, 'car')]).toEqual([
    'ABSENT 0',
    'ABSENT 0',
  ]);
});

describe('a cancellation that is not confirmed', () => {
  /** Creates a trip whose hotel is unreachable for its cancellation; its flight can be cancelled. */
  async function stuck(): Promise<NewCommand<'trip'>> {
    await simulator.fault('car', { mode: 'refuse', times: 1 });
    await simulator.fault('hotel', { mode: 'down', call: 'cancel' });
    const command = tripOf({ car: 'required' });
    const { row, trip } = await travelled(fixture, command);
    expect(trip).toMatchObject(REFUSED);
    expect(row.attention).toEqual({
      remaining: ['cancelHotel'],
      failure: expect.stringContaining('hotel'),
    });
    expect(await bookedAt(simulator, trip, 'hotel')).toBe('BOOKED 1');
    expect(await bookedAt(simulator, trip, 'flight')).toBe('CANCELLED 0');
    return command;
  }

  test('is repeated when an operator retries the trip, once the party is back', async () => {
    const { id } = await stuck();
    await simulator.fault('hotel', { mode: 'ok' });
    expect(await retried(fixture, id)).toBe(true);
    await closed(fixture, id);
    await expectEnd(await tripRow(fixture, { id }), REFUSED);
    expect(await retried(fixture, id)).toBe(false);
  });

  test('counts as done once an operator has resolved it', async () => {
    fixture.interpose('cancelAtParty', () => {
      throw ApplicationFailure.nonRetryable('the books do not have this booking');
    });
    await simulator.fault('flight', { mode: 'refuse', times: 1 });
    const { row, trip } = await travelled(fixture, tripOf());
    expect(row.attention?.remaining).toEqual(['cancelFlight', 'cancelHotel']);
    await carriedOut(fixture, resolveOf(row));
    expect(await closed(fixture, trip.id)).toMatchObject({ attention: null, isClosed: true });
    const { bookings } = await tripRow(fixture, trip);
    expect(bookings.map(({ state, isUndone }) => [state, isUndone])).toEqual([
      ['CANCELLED', true],
      ['REFUSED', true],
    ]);
    // The simulator does not know of the operator's telephone call.
    await fixture.context.parties.cancel('hotel', `${trip.id}/hotel`);
  });

  test('needs attention again when the retry fails', async () => {
    const { id } = await stuck();
    expect(await retried(fixture, id)).toBe(true);
    expect((await untilAttention(fixture, id)).attention?.remaining).toEqual(['cancelHotel']);
    await simulator.fault('hotel', { mode: 'ok' });
    await retried(fixture, id);
    await closed(fixture, id);
  });
});
