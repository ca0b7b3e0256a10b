import { ApplicationFailure } from '@temporalio/common';
import { STEP_FAULTED } from '../../src/contracts/failures';
import type { BookTrip, FinishTrip } from '../../src/contracts/trips';
import { finishTripId } from '../../src/contracts/workflow-names';
import { PARTIES, type Party } from '../../src/domain/trip/trip';
import { tripOperations } from '../../src/intake/trip-operations';
import { sagaId } from '../../src/temporal/saga-starter';
import { eventually, type SagaFixture } from '../support/saga-fixture';
import { travelled, tripOf, tripRow } from '../support/trip-plays';
import type { BranchName } from './branches';

type Play = (fixture: SagaFixture) => Promise<string>;
type Answer = object | Error;

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
const FAULT = ApplicationFailure.nonRetryable('a fault', STEP_FAULTED);
const FOR_GOOD = ApplicationFailure.nonRetryable('for good');

const booked = (...references: string[]) => ({ kind: 'booked', references });
const WILLING: Required<Manners> = {
  bookAtParty: [booked('one')],
  lookUpAtParty: [booked('one')],
  cancelAtParty: [{}],
};

/** Lets parties answer as they are told to, and willingly otherwise, for as long as `during` takes. */
async function meeting<T>(
  fixture: SagaFixture,
  parties: Partial<Record<Party, Manners>>,
  during: () => Promise<T>,
): Promise<T> {
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

const idOf = ({ commandId }: BookTrip) => sagaId('bookTrip', [commandId]);

async function book(
  fixture: SagaFixture,
  parties: Partial<Record<Party, Manners>>,
  trip = tripOf({ car: 'required' }),
): Promise<string> {
  await meeting(fixture, parties, () => travelled(fixture, trip));
  return idOf(trip);
}

async function finished({ context }: SagaFixture, { commandId }: BookTrip): Promise<string> {
  await context.temporal.client.workflow.getHandle(finishTripId(commandId)).result();
  return finishTripId(commandId);
}

function finishing({ commandId, caller, correlation }: BookTrip): FinishTrip {
  return { commandId, caller, correlation, reason: 'RECLAIMED' };
}

/** A trip that asks its hotel, and gets no answer until the workflow has been dealt with. */
async function whileAsking(
  fixture: SagaFixture,
  trip: BookTrip,
  during: () => Promise<unknown>,
): Promise<void> {
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  fixture.interpose('bookAtParty', async () => {
    await answered;
    return booked('one');
  });
  const { outcomes } = await fixture.context.starters.bookTrip([trip]);
  outcomes.catch(() => undefined);
  await eventually(() => tripRow(fixture, trip));
  await during();
  answer();
  fixture.interpose('bookAtParty', undefined);
}

/** A trip whose hotel could not be cancelled. */
async function stuck(fixture: SagaFixture): Promise<BookTrip> {
  const trip = tripOf();
  await book(fixture, { flight: { bookAtParty: [NO] }, hotel: { cancelAtParty: [FOR_GOOD] } }, trip);
  return trip;
}

async function retried(fixture: SagaFixture, parties: Partial<Record<Party, Manners>>): Promise<string> {
  const trip = await stuck(fixture);
  const { stores, starters } = fixture.context;
  const { retry } = tripOperations(stores.trips, stores.tripsReads, starters.finishTrip);
  return meeting(fixture, parties, async () => {
    await retry(trip.commandId, 'operator');
    return finished(fixture, trip);
  });
}

export const tripPlays = {
  'trip-booked': (fixture) => book(fixture, {}),
  'trip-refused': (fixture) => book(fixture, { flight: { bookAtParty: [NO] } }),
  'trip-refused-at-once': (fixture) => book(fixture, { hotel: { bookAtParty: [NO] } }),
  'trip-found-by-looking': (fixture) => book(fixture, { flight: { bookAtParty: [UNKNOWN] } }),
  'trip-asked-again': (fixture) =>
    book(fixture, { flight: { bookAtParty: [UNKNOWN, booked('one')], lookUpAtParty: [ABSENT] } }),
  'trip-party-out-of-reach': (fixture) =>
    book(fixture, { flight: { bookAtParty: [new Error('not now')], lookUpAtParty: [FOR_GOOD] } }),
  'trip-never-taken': (fixture) =>
    book(fixture, { car: { bookAtParty: [UNKNOWN], lookUpAtParty: [ABSENT] } }),
  'trip-without-its-car': (fixture) =>
    book(
      fixture,
      { car: { bookAtParty: [UNKNOWN], lookUpAtParty: [FOR_GOOD] } },
      tripOf({ car: 'optional' }),
    ),
  'trip-surplus-cancelled': (fixture) => book(fixture, { hotel: { bookAtParty: [booked('one', 'two')] } }),
  'trip-needs-attention': async (fixture) => idOf(await stuck(fixture)),
  'trip-key-reused': async (fixture) => {
    const first = tripOf();
    await book(fixture, {}, first);
    return book(fixture, {}, tripOf({}, { idempotencyKey: first.idempotencyKey }));
  },
  'trip-not-noted': async (fixture) => {
    fixture.interpose('noteAnswer', () => Promise.reject(FAULT));
    try {
      return await book(fixture, {});
    } finally {
      fixture.interpose('noteAnswer', undefined);
    }
  },
  'trip-cancelled': async (fixture) => {
    const trip = tripOf();
    const handle = fixture.context.temporal.client.workflow.getHandle(idOf(trip));
    fixture.interpose('cancelAtParty', async () => ({}));
    await whileAsking(fixture, trip, async () => {
      await handle.cancel();
      await handle.result();
    });
    fixture.interpose('cancelAtParty', undefined);
    return idOf(trip);
  },
  'lost-trip-finished': async (fixture) => {
    const trip = tripOf();
    fixture.interpose('cancelAtParty', async () => ({}));
    await whileAsking(fixture, trip, async () => {
      await fixture.context.temporal.client.workflow.getHandle(idOf(trip)).terminate('a test');
      await fixture.context.starters.finishTrip(finishing(trip));
      await finished(fixture, trip);
    });
    fixture.interpose('cancelAtParty', undefined);
    return finishTripId(trip.commandId);
  },
  'lost-trip-was-booked': async (fixture) => {
    const trip = tripOf();
    await book(fixture, {}, trip);
    await fixture.context.starters.finishTrip(finishing(trip));
    return finished(fixture, trip);
  },
  'trip-retried': (fixture) => retried(fixture, {}),
  'trip-retried-in-vain': (fixture) => retried(fixture, { hotel: { cancelAtParty: [FOR_GOOD] } }),
} satisfies Partial<Record<BranchName, Play>>;
