import fc from 'fast-check';
import type { Decision } from '../../src/domain/decision';
import { evolveTrip, type TripEvent } from '../../src/domain/trip/evolve-trip';
import {
  PARTIES,
  type Party,
  type PartyWord,
  type RecordedTrip,
  type Trip,
  type Wish,
} from '../../src/domain/trip/trip';

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

/** A trip of these wishes, as its recording wants it. */
export function wanted(...wishes: readonly Wish[]): RecordedTrip {
  return { caller: 'tester', traveller: 'Mary', sagaId: `bookTrip/${ID}`, wishes };
}

export const booked = (...references: string[]): PartyWord => ({ kind: 'booked', references });
export const refused: PartyWord = { kind: 'refused', reason: 'NO_VACANCY' };
export const outOfReach: PartyWord = { kind: 'out-of-reach' };

/** One trip, decision by decision, and all of its events. */
export class TripStory {
  trip: Trip | undefined;
  readonly events: TripEvent[] = [];

  take<Answer>(
    decide: (trip: Trip | undefined, id: string) => Decision<Answer, TripEvent>,
  ): Decision<Answer, TripEvent> {
    const decision = decide(this.trip, ID);
    this.events.push(...decision.events);
    this.trip = folded(decision.events, this.trip);
    return decision;
  }

  get now(): Trip {
    if (!this.trip) throw new Error('no trip yet');
    return this.trip;
  }

  /** How far each booking is. */
  get states(): readonly string[] {
    return this.now.bookings.map(({ party, state }) => `${party} ${state}`);
  }
}

export function folded(events: readonly TripEvent[], from?: Trip): Trip | undefined {
  return events.reduce<Trip | undefined>((trip, event) => evolveTrip(trip, ID, event, AT), from);
}

export const words: fc.Arbitrary<PartyWord> = fc.oneof(
  fc
    .array(fc.string({ minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
    .map((references) => booked(...references)),
  fc.constantFrom(refused, outOfReach),
);

export const parties = fc.constantFrom(...PARTIES);

/** Hotel and flight, and often a car that the traveller may be able to do without. */
export const wishes: fc.Arbitrary<readonly Wish[]> = fc
  .option(fc.boolean())
  .map((car) => [wish('hotel'), wish('flight'), ...(car === null ? [] : [wish('car', car)])]);
