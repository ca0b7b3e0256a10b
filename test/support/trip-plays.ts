import type { CommandRow } from '../../src/domain/command/recorded-command';
import { bookingKeyOf, PARTIES, type Party, type Trip, type Wish } from '../../src/domain/trip/trip';
import type { NewCommand } from '../../src/stores/orders/command-rows';
import { type Chosen, commandOf, randomId } from './new-commands';
import { commandRowOf, given } from './order-changes';
import { eventually, type SagaFixture } from './saga-fixture';
import type { SimulatorProcess } from './simulator-process';

export interface WantedTrip {
  /** Undefined for a trip without a car. */
  readonly car?: 'required' | 'optional';
  readonly traveller?: string;
}

/** Returns a trip's command as the API makes it. */
export function tripOf(
  { car, traveller = 'Mary Baker' }: WantedTrip = {},
  { id = `trp_${randomId()}`, ...chosen }: Chosen = {},
): NewCommand<'trip'> {
  const wishes: Wish[] = [
    { party: 'hotel', what: { city: 'Lisbon', nights: 3 }, isOptional: false },
    { party: 'flight', what: { from: 'HAM', to: 'LIS' }, isOptional: false },
  ];
  if (car) wishes.push({ party: 'car', what: { days: 3 }, isOptional: car === 'optional' });
  return commandOf('trip', id, { traveller, wishes }, { id, ...chosen });
}

export async function tripRow(
  { context }: Pick<SagaFixture, 'context'>,
  { id }: Pick<NewCommand, 'id'>,
): Promise<Trip> {
  const trip = await context.stores.tripsReads.trip(id);
  if (!trip) throw new Error(`trip ${id} is not recorded`);
  return trip;
}

/** Waits until a command is closed or needs attention, and returns its row. */
export function settled(fixture: SagaFixture, id: string): Promise<CommandRow> {
  return eventually(async () => {
    const row = await commandRowOf(fixture, id);
    if (!row.isClosed && !row.attention)
      throw new Error(`command ${id} is under way: ${JSON.stringify(row)}`);
    return row;
  });
}

/** Submits a trip to the fixture's intake and waits until it is closed or needs attention. */
export async function travelled(
  fixture: SagaFixture,
  command: NewCommand<'trip'>,
): Promise<{ readonly row: CommandRow; readonly trip: Trip }> {
  const answer = await given(fixture, command);
  if (answer.kind !== 'recorded' && answer.kind !== 'replayed')
    throw new Error(`the trip was not recorded: ${JSON.stringify(answer)}`);
  return { row: await settled(fixture, command.id), trip: await tripRow(fixture, command) };
}

/**
 * Returns a party's booking under a trip's key: its state and number of references; `ABSENT` when the party has none.
 */
export async function bookedAt(
  simulator: SimulatorProcess,
  { id }: Pick<Trip, 'id'>,
  party: Party,
): Promise<string> {
  const booking = (await simulator.bookings(party))[bookingKeyOf(id, party)];
  return booking ? `${booking.state} ${booking.references.length}` : 'ABSENT 0';
}

/** Returns the differences between a trip and the parties' books, in both directions. */
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
