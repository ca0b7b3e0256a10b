import type { Activities } from '../../activities/activities';
import type { NewCommand } from '../../src/stores/orders/command-rows';
import { auditedClose } from '../support/audited-close';
import { orderOf } from '../support/new-commands';
import { closed, commandRowOf, given } from '../support/order-changes';
import { stocked } from '../support/partner-orders';
import { due, lostSagas, terminated } from '../support/recovery';
import { openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { SAGA_PLAYS } from '../support/saga-runs';
import { tripOf } from '../support/trip-plays';
import { type HaltedRun, haltsOf } from './support/halts';
import { PartnerBooks, type PartnerWord } from './support/partner-books';

/** The parties' bookings in this file, and their current replies. */
const partner = new PartnerBooks();
let word: PartnerWord = 'confirms';
let fixture: SagaFixture;

beforeAll(async () => {
  fixture = await openSagaFixture({
    parties: {
      book: (...asked) => partner.heardAs(word).book(...asked),
      lookUp: (...asked) => partner.heardAs('confirms').lookUp(...asked),
      cancel: (...asked) => partner.heardAs('confirms').cancel(...asked),
      cancelReference: (...asked) => partner.heardAs('confirms').cancelReference(...asked),
      reduce: (...asked) => partner.heardAs('confirms').reduce(...asked),
    },
  });
});
afterAll(async () => expect(await auditedClose(fixture)).toEqual([]));

const halted: HaltedRun[] = [];
// A failed test must leave no run stopped: the worker would wait for it.
afterEach(() => {
  for (const run of halted.splice(0)) void run.goOn();
});

/** Two runs of a command, and the step at which each of them stops. */
interface KilledPair {
  readonly name: string;
  prepare(fixture: SagaFixture): Promise<NewCommand>;
  readonly decision: string;
  readonly first: keyof Activities;
  readonly second: keyof Activities;
  /** True when the second run is killed too, so that a third one has to end the command. */
  readonly isSecondKilled: boolean;
  /** The moment at which the step of the killed first run takes effect. */
  readonly late: 'while the second run is stopped' | 'when the command is closed';
  /** The parties' replies to the second run (default: they confirm). */
  readonly word?: PartnerWord;
}

type Way = Pick<KilledPair, 'isSecondKilled' | 'late'>;

const BETWEEN: Way = { isSecondKilled: false, late: 'while the second run is stopped' };
const AFTER: Way = { isSecondKilled: false, late: 'when the command is closed' };
const BOTH_KILLED: Way = { isSecondKilled: true, late: 'while the second run is stopped' };

function pair(
  name: string,
  [first, second]: readonly [keyof Activities, keyof Activities],
  way: Way,
): KilledPair {
  const play = SAGA_PLAYS.find((one) => one.name === name);
  if (!play) throw new Error(`no saga is called ${name}`);
  const { prepare, decision } = play;
  return { name, prepare, decision, first, second, ...way };
}

const atPartner = async ({ context }: SagaFixture) =>
  orderOf([[await stocked(context.stores, 'KETTLE', { 'wh-north': 1, 'pa-tasso': 9 }), 5]]);

const PAIRS: readonly KilledPair[] = [
  pair('an order that is approved', ['commitStock', 'decideOrder'], BETWEEN),
  pair('an order that is approved', ['decideOrder', 'holdCredit'], BOTH_KILLED),
  pair('an order that is rejected', ['holdCredit', 'releaseCredit'], AFTER),
  pair('an order that is rejected', ['releaseStock', 'releaseStock'], BOTH_KILLED),
  pair('a cancellation', ['releaseRest', 'decreaseCredit'], BETWEEN),
  pair('a revision to more', ['extendStock', 'decideRevision'], BETWEEN),
  pair('a revision to less', ['decideRevision', 'shrinkStock'], BOTH_KILLED),
  pair('a revision that is turned back', ['increaseCredit', 'revokeIncrease'], AFTER),
  pair('units that a node gives back', ['replaceUnits', 'settleRejection'], BETWEEN),
  pair('a shipment', ['consumeStock', 'noteCaptured'], BOTH_KILLED),
  {
    name: 'an order whose partner confirms the first run and refuses the second',
    prepare: atPartner,
    decision: 'rejected',
    first: 'notePartnerReply',
    second: 'releaseStock',
    word: 'refuses',
    ...BETWEEN,
  },
  {
    name: 'an order whose partner confirms the first run and is silent to the second',
    prepare: atPartner,
    decision: 'approved',
    first: 'notePartnerReply',
    second: 'notePartnerReply',
    word: 'is silent',
    ...BOTH_KILLED,
  },
  {
    name: 'a trip whose hotel confirms the first run and refuses the second',
    prepare: async () => tripOf({ car: 'optional' }),
    decision: 'rejected',
    first: 'noteReply',
    second: 'noteCancelled',
    word: 'refuses',
    ...BETWEEN,
  },
];

test.each(PAIRS)('$name ends once, killed at $first, its step late $late: $second', async (two) => {
  word = 'confirms';
  const hadBooked = partner.references.length;
  const command = await two.prepare(fixture);
  const [first, second] = haltsOf(fixture, command, [two.first, two.second]);
  halted.push(first, second);
  await given(fixture, command);
  await first.there;
  await terminated(fixture, command.id);
  word = two.word ?? 'confirms';
  await startedAgain(command);
  await second.there;
  if (two.isSecondKilled) await terminated(fixture, command.id);
  if (two.late === 'while the second run is stopped') await first.goOn();
  if (two.isSecondKilled) await startedAgain(command);
  await second.goOn();
  const row = await closed(fixture, command.id);
  await first.goOn();
  expect(row).toMatchObject({ decision: { kind: two.decision }, attention: null });
  expect(await closed(fixture, command.id)).toEqual(row);
  const isAtPartner = two.word !== undefined && two.decision === 'approved';
  expect(partner.references.length - hadBooked).toBe(isAtPartner ? 1 : 0);
});

/**
 * Starts the saga of a killed run again. A worker takes further steps of a terminated run until Temporal refuses its
 * answer, so a run whose late step went on may end the command first: then nothing is left to start.
 */
async function startedAgain(command: NewCommand): Promise<void> {
  const restarted: string[] = [];
  await due(fixture, [command]);
  await lostSagas(fixture, restarted).look();
  const { workflowId, isClosed } = await commandRowOf(fixture, command.id);
  if (!isClosed) expect(restarted).toEqual([workflowId]);
}
