import type { BookTrip } from '../../src/contracts/trips';
import { bookingKeyOf, PARTIES, type Party, type Trip, type Wish } from '../../src/domain/trip/trip';
import type { SagaFixture } from './saga-fixture';
import { randomId } from './saga-orders';
import type { SimulatorProcess } from './simulator-process';

export interface WantedTrip {
  /** Left out: no car is wanted. */
  readonly car?: 'required' | 'optional';
}

/** A trip as the API would have made it a command. */
export function tripOf({ car }: WantedTrip = {}, more: Partial<BookTrip> = {}): BookTrip {
  const commandId = more.commandId ?? `trp_${randomId()}`;
  const wishes: Wish[] = [
    { party: 'hotel', what: { city: 'Lisbon', nights: 3 }, isOptional: false },
    { party: 'flight', what: { from: 'HAM', to: 'LIS' }, isOptional: false },
  ];
  if (car) wishes.push({ party: 'car', what: { days: 3 }, isOptional: car === 'optional' });
  return {
    commandId,
    caller: 'tester',
    correlation: commandId,
    idempotencyKey: `key-${commandId}`,
    fingerprint: `body-${commandId}`,
    traveller: 'Mary Baker',
    wishes,
    ...more,
  };
}

export async function tripRow({ context }: SagaFixture, { commandId }: BookTrip): Promise<Trip> {
  const trip = await context.stores.tripsReads.trip(commandId);
  if (!trip) throw new Error(`trip ${commandId} is not recorded`);
  return trip;
}

/** Starts a trip's saga and waits for its end. */
export async function travelled(fixture: SagaFixture, trip: BookTrip) {
  const { outcomes } = await fixture.context.starters.bookTrip([trip]);
  const [outcome] = await outcomes;
  return { outcome, trip: await tripRow(fixture, trip) };
}

/** What a party has under a trip's key: its state and how often; `ABSENT` where it never heard of it. */
export async function bookedAt(
  simulator: SimulatorProcess,
  { id }: Pick<Trip, 'id'>,
  party: Party,
): Promise<string> {
  const booking = (await simulator.bookings(party))[bookingKeyOf(id, party)];
  return booking ? `${booking.state} ${booking.references.length}` : 'ABSENT 0';
}

/** Where the parties and the trip do not say the same: what they have and it does not need, or the other way round. */
export async function discrepancies(simulator: SimulatorProcess, trip: Trip): Promise<readonly string[]> {
  const found: string[] = [];
  for (const party of PARTIES) {
    const own = trip.bookings.find((booking) => booking.party === party);
    const there = (await simulator.bookings(party))[bookingKeyOf(trip.id, party)];
    const references = there?.references ?? [];
    const expected = trip.status === 'BOOKED' && own?.state === 'BOOKED' ? [own.reference] : [];
    if (JSON.stringify(references) !== JSON.stringify(expected))
      found.push(`${party} has ${references.join()} where ${expected.join()} is needed`);
  }
  return found;
}
