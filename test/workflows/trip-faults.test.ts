import { ApplicationFailure } from '@temporalio/common';
import { STEP_FAULTED } from '../../src/contracts/saga';
import { PARTIES, type Party, type Trip } from '../../src/domain/trip/trip';
import { auditedClose } from '../support/audited-close';
import { openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { type SimulatorProcess, startSimulator } from '../support/simulator-process';
import { discrepancies, travelled, tripOf } from '../support/trip-plays';

/** Longer than these tests wait for a party; `FOR_EVER` is practically endless. */
const TIMED_OUT = 700;
const FOR_EVER = 30_000;

/**
 * Stores, a worker and third parties of its own: a fault belongs to a party, so trips in one lane run one after the
 * other.
 */
interface Lane {
  readonly fixture: SagaFixture;
  readonly simulator: SimulatorProcess;
}

interface Scenario {
  readonly name: string;
  arrange(lane: Lane): Promise<void>;
  readonly end: Partial<Trip>;
}

const BOOKED = { status: 'BOOKED', reason: null } as const;
const OUT_OF_REACH = { status: 'REJECTED', reason: 'PARTY_UNREACHABLE' } as const;
const UNNOTED = { status: 'REJECTED', reason: 'PROCESSING_FAILED' } as const;
const REFUSED = { status: 'REJECTED', reason: 'BOOKING_REFUSED' } as const;

const WHEN_ASKED = [
  ['is slow', { mode: 'slow', delayMs: 200 }, BOOKED],
  ['is too slow once', { mode: 'slow', delayMs: TIMED_OUT, call: 'book', times: 1 }, BOOKED],
  ['is too slow', { mode: 'slow', delayMs: FOR_EVER, call: 'book' }, OUT_OF_REACH],
  ['does it and never answers', { mode: 'timeout-after-done', times: 1 }, BOOKED],
  ['does it and answers nothing for long', { mode: 'timeout-after-done', times: 5 }, OUT_OF_REACH],
  ['does it twice', { mode: 'duplicate' }, BOOKED],
  ['is down for a moment', { mode: 'down', times: 1 }, BOOKED],
  ['is down and then hard to find', { mode: 'down', times: 3 }, BOOKED],
  ['takes no booking at all', { mode: 'down', call: 'book' }, OUT_OF_REACH],
] as const;

const WHEN_LOOKED_FOR = [
  ['slow', { mode: 'slow', delayMs: 200 }, BOOKED],
  ['too slow once', { mode: 'slow', delayMs: TIMED_OUT, times: 1 }, BOOKED],
  ['silent once', { mode: 'timeout-after-done', times: 1 }, BOOKED],
  ['down for a moment', { mode: 'down', times: 2 }, BOOKED],
  ['down for long', { mode: 'down', times: 4 }, OUT_OF_REACH],
] as const;

const WHEN_CANCELLED = [
  ['slow', { mode: 'slow', delayMs: 200 }],
  ['too slow once', { mode: 'slow', delayMs: TIMED_OUT, times: 1 }],
  ['silent once', { mode: 'timeout-after-done', times: 1 }],
  ['down for a moment', { mode: 'down', times: 2 }],
] as const;

function scenariosOf(party: Party): Scenario[] {
  return [
    {
      name: `the ${party} refuses`,
      arrange: ({ simulator }) => simulator.fault(party, { mode: 'refuse', reason: 'NO_VACANCY' }),
      end: REFUSED,
    },
    ...WHEN_ASKED.map(([how, fault, end]) => ({
      name: `the ${party} ${how} when it is asked`,
      arrange: ({ simulator }: Lane) => simulator.fault(party, fault),
      end,
    })),
    ...WHEN_LOOKED_FOR.map(([how, fault, end]) => ({
      name: `the ${party} has done it, unheard, and is ${how} when it is looked for`,
      arrange: async (lane: Lane) => loseAnswer(lane, party, { ...fault, call: 'look-up' }),
      end,
    })),
    {
      name: `the ${party} has done it twice, unheard`,
      async arrange(lane) {
        await lane.simulator.fault(party, { mode: 'duplicate' });
        loseAnswer(lane, party, { mode: 'ok' });
      },
      end: BOOKED,
    },
    ...WHEN_CANCELLED.flatMap(([how, fault]) =>
      (['cancel', 'look-up'] as const).map((call) => ({
        name: `the ${party} has to be cancelled and is ${how} at the ${call}`,
        async arrange(lane: Lane) {
          failToNote(lane, 'car');
          await lane.simulator.fault(party, { ...fault, call });
        },
        end: UNNOTED,
      })),
    ),
    {
      name: `the ${party} has done it twice and is silent when the surplus is cancelled`,
      async arrange(lane) {
        await lane.simulator.fault(party, { mode: 'duplicate', times: 1 });
        once(lane, 'cancelAtParty', party, async (cancel) => {
          await lane.simulator.fault(party, { mode: 'timeout-after-done', call: 'cancel', times: 1 });
          return cancel();
        });
      },
      end: BOOKED,
    },
  ];
}

/** Replaces a step once, the first time that it runs for this party. */
function once(
  { fixture }: Lane,
  step: 'bookAtParty' | 'cancelAtParty' | 'noteReply',
  party: Party,
  instead: (run: () => Promise<unknown>) => Promise<unknown>,
): void {
  let isDone = false;
  fixture.interpose(step, (run, input) => {
    if (isDone || (input as { readonly party?: string }).party !== party) return run(input);
    isDone = true;
    return instead(() => run(input));
  });
}

/** Makes a party act on its request and lose the answer; its next call meets a fault. */
function loseAnswer(lane: Lane, party: Party, next: object): void {
  once(lane, 'bookAtParty', party, async (book) => {
    await book();
    await lane.simulator.fault(party, next);
    throw new Error('the answer was lost');
  });
}

/**
 * Makes the noting of a party's reply fail with a fault that is provably the trip's own: the trip is decided against.
 */
function failToNote(lane: Lane, party: Party): void {
  once(lane, 'noteReply', party, () => {
    const details = [true];
    throw ApplicationFailure.create({ message: 'a fault', type: STEP_FAULTED, nonRetryable: true, details });
  });
}

const SCENARIOS = PARTIES.flatMap(scenariosOf);
/** The lanes run side by side, as most of the time passes waiting for silent parties. */
const LANES = 3;

interface Played {
  readonly trip: Trip;
  readonly isClosed: boolean;
  readonly leaks: readonly string[];
}

const results = new Map<string, Promise<Played>>();
let lanes: readonly Promise<readonly string[]>[] = [];

beforeAll(() => {
  let opened: Promise<unknown> = Promise.resolve();
  lanes = Array.from({ length: LANES }, (_, number) => {
    // Opens one lane at a time: the servers of a busy machine have enough to do with one.
    const opening = opened.then(openLane);
    opened = opening;
    return runLane(
      opening,
      SCENARIOS.filter((_scenario, index) => index % LANES === number),
    );
  });
  // The test that waits for a lane reports its failure; until then a rejection must not end the process.
  for (const lane of lanes) lane.catch(() => undefined);
});

afterAll(() => Promise.allSettled(lanes));

/** Plays one scenario after the other, also after a failed one. Returns the findings of the final audit. */
async function runLane(opening: Promise<Lane>, scenarios: readonly Scenario[]): Promise<readonly string[]> {
  let turn: Promise<unknown> = opening;
  for (const scenario of scenarios) {
    const played = turn.then(async () => play(await opening, scenario));
    turn = played.catch(() => undefined);
    results.set(scenario.name, played);
  }
  await turn;
  return closeLane(await opening);
}

async function openLane(): Promise<Lane> {
  const simulator = await startSimulator();
  try {
    return { simulator, fixture: await openSagaFixture({ partnersUrl: simulator.partnersUrl }) };
  } catch (error) {
    await simulator.stop();
    throw error;
  }
}

async function closeLane({ fixture, simulator }: Lane): Promise<readonly string[]> {
  const findings = await auditedClose(fixture);
  await simulator.stop();
  return findings;
}

async function play(lane: Lane, { arrange }: Scenario): Promise<Played> {
  try {
    await arrange(lane);
    const { trip, row } = await travelled(lane.fixture, tripOf({ car: 'required' }));
    return { trip, isClosed: row.isClosed, leaks: await discrepancies(lane.simulator, trip) };
  } finally {
    for (const step of ['bookAtParty', 'cancelAtParty', 'noteReply'] as const)
      lane.fixture.interpose(step, undefined);
    for (const party of PARTIES) await lane.simulator.fault(party, { mode: 'ok' });
  }
}

test.each(SCENARIOS.map(({ name, end }) => [name, end] as const))(
  'where %s, the trip and its parties end up in agreement',
  async (name, end) => {
    expect(await results.get(name)).toMatchObject({ trip: end, isClosed: true, leaks: [] });
  },
);

test('and the books of every lane balance', async () => {
  expect((await Promise.all(lanes)).flat()).toEqual([]);
});
