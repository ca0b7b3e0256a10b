import { PARTIES, type Party } from '../../src/domain/trip/trip';
import type { SagaFixture } from '../support/saga-fixture';
import { tripOf } from '../support/trip-plays';
import type { BranchName } from './branches';
import { type Answer, FOR_GOOD, failing, fault, type Play, run } from './play';

/** What a party answers, call after call; the last answer stands for all that follow. */
interface Manners {
  readonly bookAtParty?: readonly Answer[];
  readonly lookUpAtParty?: readonly Answer[];
  readonly cancelAtParty?: readonly Answer[];
}

const CALLS = ['bookAtParty', 'lookUpAtParty', 'cancelAtParty'] as const;
const UNKNOWN = { kind: 'unknown', detail: 'no answer' };
const NO = { kind: 'refused', reason: 'NO_VACANCY' };
const ABSENT = { kind: 'absent' };

const booked = (...references: string[]) => ({ kind: 'booked', references });
const WILLING: Required<Manners> = {
  bookAtParty: [booked('one')],
  lookUpAtParty: [booked('one')],
  cancelAtParty: [{}],
};

/** Lets parties answer as they are told to, and willingly otherwise, while a trip is booked. */
async function book(
  fixture: SagaFixture,
  parties: Partial<Record<Party, Manners>>,
  trip = tripOf({ car: 'required' }),
): Promise<string> {
  for (const call of CALLS) {
    const counts = new Map<Party, number>(PARTIES.map((party) => [party, 0]));
    fixture.interpose(call, async (_, input) => {
      const { party } = input as { readonly party: Party };
      const answers = parties[party]?.[call] ?? WILLING[call];
      const count = counts.get(party) ?? 0;
      counts.set(party, count + 1);
      const answer = answers[Math.min(count, answers.length - 1)];
      if (answer instanceof Error) throw answer;
      return answer;
    });
  }
  try {
    return await run(fixture, trip);
  } finally {
    for (const call of CALLS) fixture.interpose(call, undefined);
  }
}

/** A step of the trip that meets a fault. */
function withFault(isProvable: boolean): Play {
  return (fixture) => {
    const trip = tripOf();
    const error = fault(isProvable);
    return failing(fixture, 'noteReply', { ids: [trip.id], error }, () => book(fixture, {}, trip));
  };
}

export const tripPlays = {
  'trip-booked': (fixture) => book(fixture, {}),
  'trip-refused': (fixture) => book(fixture, { flight: { bookAtParty: [NO] } }),
  'trip-found-by-looking': (fixture) => book(fixture, { flight: { bookAtParty: [UNKNOWN] } }),
  'trip-asked-again': (fixture) =>
    book(fixture, { flight: { bookAtParty: [UNKNOWN, booked('one')], lookUpAtParty: [ABSENT] } }),
  'trip-party-out-of-reach': (fixture) =>
    book(fixture, { flight: { bookAtParty: [new Error('not now')], lookUpAtParty: [FOR_GOOD] } }),
  'trip-without-its-car': (fixture) =>
    book(
      fixture,
      { car: { bookAtParty: [UNKNOWN], lookUpAtParty: [FOR_GOOD] } },
      tripOf({ car: 'optional' }),
    ),
  'trip-booked-twice': (fixture) => book(fixture, { hotel: { bookAtParty: [booked('one', 'two')] } }),
  'trip-not-noted': withFault(true),
  'trip-left-to-an-operator': withFault(false),
  'trip-not-cancelled': (fixture) =>
    book(fixture, { flight: { bookAtParty: [NO] }, hotel: { cancelAtParty: [FOR_GOOD] } }),
} satisfies Partial<Record<BranchName, Play>>;
