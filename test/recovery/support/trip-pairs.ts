import { ApplicationFailure } from '@temporalio/common';
import { auditBooks } from '../../../src/audit/audit';
import type { FoundOutcome } from '../../../src/contracts/bookings';
import { STEP_FAULTED } from '../../../src/contracts/saga';
import type { CommandRow } from '../../../src/domain/command/recorded-command';
import { PARTIES, type Party } from '../../../src/domain/trip/trip';
import type { BookingParties } from '../../../src/providers/booking-parties';
import type { Stores } from '../../../src/stores/stores';
import { askParty } from '../../../workflows/partners/ask-party';
import type { TripPort } from '../../../workflows/trips/trip-port';
import { runTrip } from '../../../workflows/trips/trip-run';
import {
  type AroundStep,
  asUnknown,
  directDeps,
  directFaultOf,
  directSteps,
  record,
} from '../../support/direct-saga';
import { commandOf } from '../../support/new-commands';
import { rowNow } from './command-runs';
import { atOnce, type Matrix } from './matrix';
import { drawnPairs, type Pair, pairsOf, played } from './pair';
import { PartnerBooks, type PartnerWord } from './partner-books';
import { SagaRun } from './saga-run';

/** Each party's reply to one run of a trip's saga. */
export type PartyWords = Readonly<Record<Party, PartnerWord>>;

/** A trip that two runs book, with different replies. */
export interface TripScenario {
  readonly name: string;
  readonly words: readonly [PartyWords, PartyWords];
  /** The step at which only the first run meets a fault that is provably the trip's own. */
  readonly faultAt?: string;
  readonly decisions: readonly string[];
}

interface PlannedTrip {
  readonly id: string;
  readonly row: CommandRow;
  readonly books: Readonly<Record<Party, PartnerBooks>>;
}

/** Plays a trip at drawn pairs of offsets. Returns a sentence for each pair with a wrong end. */
export async function everyTripPairOf(matrix: Matrix, scenario: TripScenario): Promise<readonly string[]> {
  const name = matrix.nextName();
  const [sole] = await plannedTrips(matrix.first, `${name}s`, 1);
  if (!sole) throw new Error(`${scenario.name}: no trip was recorded`);
  const { steps } = await ended(runOf(matrix.first, sole, scenario.words[1]));
  const pairs = drawnPairs(scenario.name, pairsOf(steps.length));
  const trips = await plannedTrips(matrix.first, `${name}p`, pairs.length);
  const found = await atOnce(
    pairs.map((pair, at) => ({ pair, trip: trips[at] as PlannedTrip })),
    async ({ pair, trip }) => {
      const at = (offset: number) => `${offset} (${steps[offset] ?? 'the end'})`;
      const label = `${scenario.name}: ${pair.way} ${at(pair.first)}, second at ${at(pair.second)}`;
      const findings = await findingsOf(matrix, scenario, trip, pair);
      return findings.map((finding) => `${label}: ${finding}`);
    },
  );
  return [...found.flat(), ...(await auditBooks(matrix.first))];
}

async function ended(run: SagaRun): Promise<SagaRun> {
  await run.finish();
  return run;
}

async function plannedTrips(stores: Stores, name: string, count: number): Promise<readonly PlannedTrip[]> {
  const wishes = PARTIES.map((party) => ({ party, what: { days: 3 }, isOptional: party === 'car' }));
  const ids = Array.from({ length: count }, (_, at) => `trp_${name}${String(at).padStart(4, '0')}`);
  const answers = await Promise.all(
    ids.map((id) => record(stores, [commandOf('trip', id, { traveller: 'Mary', wishes }, { id })])),
  );
  return answers.flat().map((answer) => {
    if (answer.kind !== 'recorded') throw new Error(`a trip was not taken: ${JSON.stringify(answer)}`);
    const books = { hotel: new PartnerBooks(), flight: new PartnerBooks(), car: new PartnerBooks() };
    return { id: answer.row.id, row: answer.row, books };
  });
}

async function findingsOf(
  { first, second, sql }: Matrix,
  { words, faultAt, decisions }: TripScenario,
  trip: PlannedTrip,
  pair: Pair,
): Promise<readonly string[]> {
  try {
    const ends = await played(sql, pair, {
      first: runOf(first, trip, words[0], faultAt),
      second: async () => runOf(second, trip, words[1]),
      third: async () => runOf(first, trip, words[1]),
      meanwhile: async () => undefined,
    });
    const { decision, isClosed } = await rowNow(first, trip.row);
    const kind = decision?.kind ?? 'undecided';
    const others = ends.flat().filter((end) => end.decision !== kind);
    return [
      ...(isClosed ? [] : ['it is not closed']),
      ...(decisions.includes(kind) ? [] : [`it was ${kind}`]),
      ...others.map((end) => `a run says ${end.decision}, the row ${kind}`),
      ...(await surplusOf(first, trip)),
    ];
  } catch (error) {
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  }
}

/** Returns the bookings that parties have and the trip does not name. */
async function surplusOf({ tripsReads }: Stores, { id, books }: PlannedTrip): Promise<readonly string[]> {
  const trip = await tripsReads.trip(id);
  return PARTIES.flatMap((party) => {
    const booking = trip?.bookings.find((one) => one.party === party);
    const isPart = trip?.status === 'BOOKED' && booking?.state === 'BOOKED';
    const wanted = isPart && booking.reference ? [booking.reference] : [];
    const has = books[party].references;
    return has.join() === wanted.join()
      ? []
      : [`the ${party} has ${has.join() || 'nothing'}, the trip ${wanted}`];
  });
}

function runOf(stores: Stores, trip: PlannedTrip, words: PartyWords, faultAt?: string): SagaRun {
  return new SagaRun(async (around) => {
    const heard = partiesAsHeard(trip, words);
    const port = tripPort(stores, trip, heard.parties, (step, ids, take) => {
      if (step === 'cancelAtParty') heard.heal();
      return around(step, ids, step === faultAt ? ownFault : take);
    });
    return [(await runTrip(trip.id, port)).end];
  });
}

function partiesAsHeard({ books }: PlannedTrip, words: PartyWords) {
  const heard = {
    hotel: books.hotel.heardAs(words.hotel),
    flight: books.flight.heardAs(words.flight),
    car: books.car.heardAs(words.car),
  };
  const at = (party: string) => heard[party as Party];
  const parties: BookingParties = {
    book: (party, key, what) => at(party).book(party, key, what),
    lookUp: (party, key) => at(party).lookUp(party, key),
    cancel: (party, key) => at(party).cancel(party, key),
    cancelReference: (party, key, reference) => at(party).cancelReference(party, key, reference),
    reduce: (party, key, lines) => at(party).reduce(party, key, lines),
  };
  return {
    parties,
    heal() {
      for (const party of PARTIES) heard[party].heal();
    },
  };
}

function tripPort(
  stores: Stores,
  { id, row: { workflowId } }: PlannedTrip,
  parties: BookingParties,
  around: AroundStep,
): TripPort {
  const run = directSteps(directDeps(stores, parties), around);
  return {
    resume: () => run('resumeTrip', [id], { id }),
    ask: ({ party, what }) =>
      askParty({
        book: () => run('bookAtParty', [id], { tripId: id, party, what }),
        lookUp: () => run<FoundOutcome>('lookUpAtParty', [id], { tripId: id, party, what }).catch(asUnknown),
      }),
    noteReply: (party, reply) => run('noteReply', [id], { id, party, reply }),
    decideAgainst: () => run('decideAgainstTrip', [id], { id }),
    cancel: ({ party, keep }) => run('cancelAtParty', [id], { tripId: id, party, keep }),
    noteCancelled: (party) => run('noteCancelled', [id], { id, party }),
    faultOf: directFaultOf,
    requireAttention: (attention, isDecided) =>
      run('putBeforeOperator', [id], { workflowId, id, attention, isDecided }),
    decided: () => undefined,
    show: () => undefined,
  };
}

async function ownFault(): Promise<never> {
  throw ApplicationFailure.create({
    message: 'a fault of one run',
    type: STEP_FAULTED,
    nonRetryable: true,
    details: [true],
  });
}
