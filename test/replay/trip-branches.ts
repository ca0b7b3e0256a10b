import { ApplicationFailure } from '@temporalio/common';
import { PARTIES, type Party } from '../../src/domain/trip/trip';
import type { NewCommand } from '../../src/stores/orders/command-rows';
import type { SagaFixture } from '../support/saga-fixture';
import { tripOf } from '../support/trip-plays';
import type { Branches, Play } from './branch';
import { type Answer, failing, faultOf, run, runAgain } from './plays';

/** The answers of a party, call after call; the last answer repeats. */
interface Manners {
  readonly bookAtParty?: readonly Answer[];
  readonly lookUpAtParty?: readonly Answer[];
  readonly cancelAtParty?: readonly Answer[];
}

type AtParties = Partial<Record<Party, Manners>>;

const CALLS = ['bookAtParty', 'lookUpAtParty', 'cancelAtParty'] as const;
const UNKNOWN = { kind: 'unknown', detail: 'no answer' };
const NO = { kind: 'refused', reason: 'NO_VACANCY' };
const ABSENT = { kind: 'absent' };
const FOR_GOOD = ApplicationFailure.nonRetryable('for good');

const booked = (...references: string[]) => ({ kind: 'booked', references });
const WILLING: Required<Manners> = {
  bookAtParty: [booked('one')],
  lookUpAtParty: [booked('one')],
  cancelAtParty: [{}],
};

/** Makes parties give these answers, and confirm otherwise, while `during` runs. */
async function meeting<T>(fixture: SagaFixture, parties: AtParties, during: () => Promise<T>): Promise<T> {
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
    return await during();
  } finally {
    for (const call of CALLS) fixture.interpose(call, undefined);
  }
}

function book(parties: AtParties, trip = () => tripOf({ car: 'required' })): Play {
  return (fixture) => meeting(fixture, parties, () => run(fixture, trip()));
}

/** Returns a play of a trip with a failing step. */
function faulted(step: 'noteReply' | 'decideAgainstTrip', isProvable: boolean): Play {
  return (fixture) => {
    const trip = tripOf();
    return failing(fixture, { step, id: trip.id, error: faultOf({ isProvable }) }, () =>
      meeting(fixture, {}, () => run(fixture, trip)),
    );
  };
}

/** Plays a trip whose hotel could not be cancelled. */
async function stuck(fixture: SagaFixture): Promise<{ trip: NewCommand<'trip'>; workflowId: string }> {
  const trip = tripOf();
  const parties = { flight: { bookAtParty: [NO] }, hotel: { cancelAtParty: [FOR_GOOD] } };
  return { trip, workflowId: await meeting(fixture, parties, () => run(fixture, trip)) };
}

/** Every branch of trips. */
export const tripBranches = {
  'trip-booked': { workflow: 'bookTrip', shows: /"decision":"booked"/, play: book({}) },
  'trip-refused': {
    workflow: 'bookTrip',
    shows: /NO_VACANCY.*BOOKING_REFUSED.*cancelAtParty.*noteCancelled.*"decision":"rejected"/s,
    play: book({ flight: { bookAtParty: [NO] } }),
  },
  'trip-refused-at-once': {
    workflow: 'bookTrip',
    shows: /NO_VACANCY.*BOOKING_REFUSED.*"decision":"rejected"/s,
    play: book({ hotel: { bookAtParty: [NO] } }),
  },
  'trip-found-by-looking': {
    workflow: 'bookTrip',
    shows: /no answer.*lookUpAtParty.*"decision":"booked"/s,
    play: book({ flight: { bookAtParty: [UNKNOWN] } }),
  },
  'trip-asked-again': {
    workflow: 'bookTrip',
    shows: /"kind":"absent".*TIMER_FIRED.*"decision":"booked"/s,
    play: book({ flight: { bookAtParty: [UNKNOWN, booked('one')], lookUpAtParty: [ABSENT] } }),
  },
  'trip-party-out-of-reach': {
    workflow: 'bookTrip',
    shows: /ACTIVITY_TASK_FAILED.*lookUpAtParty.*PARTY_UNREACHABLE.*cancelAtParty/s,
    play: book({ flight: { bookAtParty: [new Error('not now')], lookUpAtParty: [FOR_GOOD] } }),
  },
  'trip-never-taken': {
    workflow: 'bookTrip',
    shows: /"kind":"absent".*"kind":"absent".*PARTY_UNREACHABLE/s,
    play: book({ car: { bookAtParty: [UNKNOWN], lookUpAtParty: [ABSENT] } }),
  },
  'trip-without-its-car': {
    workflow: 'bookTrip',
    shows: /for good.*cancelAtParty.*"decision":"booked"/s,
    play: book({ car: { bookAtParty: [UNKNOWN], lookUpAtParty: [FOR_GOOD] } }, () =>
      tripOf({ car: 'optional' }),
    ),
  },
  'trip-surplus-cancelled': {
    workflow: 'bookTrip',
    shows: /"keep":"one".*"decision":"booked"/s,
    play: book({ hotel: { bookAtParty: [booked('one', 'two')] } }),
  },
  'trip-needs-attention': {
    workflow: 'bookTrip',
    shows: /for good.*putBeforeOperator.*WORKFLOW_EXECUTION_FAILED.*Cancel hotel/s,
    play: async (fixture) => (await stuck(fixture)).workflowId,
  },
  'trip-taken-up-again': {
    workflow: 'bookTrip',
    shows: /resumeTrip(?!.*bookAtParty).*cancelAtParty.*noteCancelled.*"decision":"rejected"/s,
    play: async (fixture) => {
      const { trip } = await stuck(fixture);
      return meeting(fixture, {}, () => runAgain(fixture, 'bookTrip', { ...trip, decision: 'rejected' }));
    },
  },
  'trip-meets-its-own-fault': {
    workflow: 'bookTrip',
    shows: /StepFaulted.*decideAgainstTrip.*cancelAtParty/s,
    play: faulted('noteReply', true),
  },
  'trip-meets-a-fault': {
    workflow: 'bookTrip',
    shows: /StepFaulted(?!.*decideAgainstTrip).*putBeforeOperator.*WORKFLOW_EXECUTION_FAILED/s,
    play: faulted('noteReply', false),
  },
} as const satisfies Branches;
