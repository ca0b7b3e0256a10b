import fc from 'fast-check';
import type { CommandRow } from '../../../src/domain/command/recorded-command';
import { noteReply, recordedTrip, type TripChange } from '../../../src/domain/trip/decide-trip';
import { evolveTrip, type TripEvent } from '../../../src/domain/trip/evolve-trip';
import { PARTIES, type Party, type PartyReply, type Trip, type Wish } from '../../../src/domain/trip/trip';
import { rowOf } from '../order/order-book';

export const ID = 'trp_1';
const AT = '2026-11-22T10:00:00.000Z';

const WHATS: Readonly<Record<Party, Wish['what']>> = {
  hotel: { city: 'Lisbon', nights: 3 },
  flight: { from: 'HAM', to: 'LIS' },
  car: { days: 3 },
};

export function wish(party: Party, isOptional = false): Wish {
  return { party, what: WHATS[party], isOptional };
}

export const booked = (...references: string[]): PartyReply => ({ kind: 'booked', references });
export const refused: PartyReply = { kind: 'refused', reason: 'NO_VACANCY' };
export const unreachable: PartyReply = { kind: 'unreachable' };

/** One trip, decision by decision, with all of its events and the row of its command. */
export class TripStory {
  trip: Trip | undefined;
  row: CommandRow<'trip'>;
  readonly events: TripEvent[] = [];

  constructor(readonly wishes: readonly Wish[]) {
    const wanted = { traveller: 'Mary', wishes };
    this.row = { ...rowOf('trip', ID, wanted), subject: ID, caller: 'tester' };
    this.#append(recordedTrip('tester', ID, wanted));
  }

  static of(...wishes: readonly Wish[]): TripStory {
    return new TripStory(wishes);
  }

  take(decide: (trip: Trip | undefined, command: CommandRow<'trip'>) => TripChange): TripChange {
    const change = decide(this.trip, this.row);
    this.#append(change.events);
    for (const { id, decision, close } of change.commands) {
      expect(id).toBe(this.row.id);
      // A decision is final once stored.
      const kept = this.row.decision ?? ((decision ?? null) as CommandRow<'trip'>['decision']);
      this.row = { ...this.row, decision: kept, isClosed: this.row.isClosed || close === true };
    }
    return change;
  }

  hear(party: Party, reply: PartyReply): TripChange {
    return this.take((trip, command) => noteReply(trip, command, { party, reply }));
  }

  get now(): Trip {
    if (!this.trip) throw new Error('no trip yet');
    return this.trip;
  }

  /** The state of each booking. */
  get states(): readonly string[] {
    return this.now.bookings.map(({ party, state }) => `${party} ${state}`);
  }

  #append(events: readonly TripEvent[]): void {
    this.events.push(...events);
    this.trip = folded(events, this.trip);
  }
}

export function folded(events: readonly TripEvent[], from?: Trip): Trip | undefined {
  return events.reduce<Trip | undefined>((trip, event) => evolveTrip(trip, ID, event, AT), from);
}

export const replies: fc.Arbitrary<PartyReply> = fc.oneof(
  fc
    .array(fc.string({ minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
    .map((references) => booked(...references)),
  fc.constantFrom(refused, unreachable),
);

export const parties = fc.constantFrom(...PARTIES);

/** Wishes for hotel and flight, and often for a car, which may be optional. */
export const wishes: fc.Arbitrary<readonly Wish[]> = fc
  .option(fc.boolean())
  .map((car) => [wish('hotel'), wish('flight'), ...(car === null ? [] : [wish('car', car)])]);
