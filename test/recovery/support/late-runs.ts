import type { CommandRow } from '../../../src/domain/command/recorded-command';
import type { Order } from '../../../src/domain/order/order';
import type { NewCommand } from '../../../src/stores/orders/command-rows';
import type { Stores } from '../../../src/stores/stores';
import { booksOf } from './books-of';
import { recorded, runOf } from './command-runs';
import { type Ground, openGrounds } from './grounds';
import { atOnce, type Matrix } from './matrix';
import { endedOrBlocked } from './pair';
import type { PartnerWord } from './partner-books';
import type { Scenario } from './scenario';
import { caseOf, verdictOn } from './verdict';

/** A command, a second run of which is late, and the next command on its order. */
export interface Succession {
  readonly name: string;
  readonly old: Scenario;
  /** Brings about whatever the next command needs beside the old one. */
  between?(stores: Stores, ground: Ground): Promise<void>;
  next(ground: Ground, order: Order): NewCommand;
  /** How the order may stand in the end. */
  readonly statuses: readonly string[];
  /** The step of the old command, by its number, from which on the next one can be recorded while it is still open. */
  readonly openFrom?: number;
  /** What partners say (default: they confirm). */
  readonly word?: PartnerWord;
}

/** Where the run of the old command is stopped, where the next command's run is, and how the late one goes on. */
interface Meeting {
  readonly late: number;
  readonly next: number;
  /** Held in a transaction of its step while the next command's run goes on. */
  readonly isHeld: boolean;
}

/**
 * Plays the one run of a command that is still open beside the next command, at every pair of their offsets. Answers a
 * sentence for each pair that did not end as it must.
 */
export async function everyOverlapOf(matrix: Matrix, succession: Succession): Promise<readonly string[]> {
  const { openFrom = 0 } = succession;
  const { meetings, cases, sole } = await playedMeetings(matrix, succession, ({ late }) => late >= openFrom);
  if (meetings.length === 0) throw new Error(`${succession.name}: it has only ${sole.oldSteps.length} steps`);
  return verdictOn(matrix, cases, { statuses: succession.statuses });
}

/**
 * Plays a late run of an old command beside the next command, at every pair of their offsets: the late run is stopped,
 * another one ends the command, the next command is recorded and runs up to its offset; then the late run goes on, and
 * the next command's run after it. Answers a sentence for each pair that did not leave what both commands leave alone.
 */
export async function everyLateRunOf(matrix: Matrix, succession: Succession): Promise<readonly string[]> {
  const { cases, sole } = await playedMeetings(matrix, succession);
  return verdictOn(matrix, cases, { statuses: succession.statuses, exactly: sole.books });
}

/** Left out which meetings are possible: the old command is ended by another run before them. */
async function playedMeetings(
  matrix: Matrix,
  succession: Succession,
  isPossible?: (meeting: Meeting) => boolean,
) {
  const name = matrix.nextName();
  const sole = await soleSuccession(matrix, succession, `${name}s`);
  const meetings = meetingsOf(sole.oldSteps.length, sole.nextSteps.length).filter(isPossible ?? (() => true));
  const isEnded = isPossible === undefined;
  const { means } = succession.old;
  const grounds = await openGrounds(matrix.first, `${name}p`, meetings.length, means);
  const rows = await recorded(matrix.first, await succession.old.prepare(matrix.first, grounds));
  const cases = await atOnce(
    meetings.map((meeting, at) => ({ meeting, ground: grounds[at] as Ground, row: rows[at] as CommandRow })),
    ({ meeting, ground, row }) => {
      const { late, next, isHeld } = meeting;
      const label = `${succession.name}: late at ${late} (${sole.oldSteps[late] ?? 'the end'})${isHeld ? ', held' : ''}, next at ${next} (${sole.nextSteps[next] ?? 'the end'})`;
      return caseOf(ground, label, () =>
        playedMeeting(matrix, succession, { meeting, ground, row, isEnded }),
      );
    },
  );
  return { meetings, cases, sole };
}

function meetingsOf(oldSteps: number, nextSteps: number): readonly Meeting[] {
  const upTo = (steps: number) => Array.from({ length: steps + 1 }, (_, at) => at);
  const all = [false, true].flatMap((isHeld) =>
    upTo(oldSteps).flatMap((late) => upTo(nextSteps).map((next) => ({ late, next, isHeld }))),
  );
  return all.filter(
    // At its end a run has no step left to be held in. The next command meets a run that is held in all of its steps.
    ({ late, next, isHeld }) => !isHeld || (late < oldSteps && next === 0),
  );
}

async function soleSuccession(matrix: Matrix, succession: Succession, name: string) {
  const { first, sql } = matrix;
  const grounds = await openGrounds(first, name, 1, succession.old.means);
  const [row] = await recorded(first, await succession.old.prepare(first, grounds));
  const [ground] = grounds;
  if (!row || !ground) throw new Error(`${succession.name}: nothing was recorded`);
  const old = runOf(first, ground, row, { word: succession.word });
  await old.finish();
  const next = runOf(first, ground, await nextRow(first, succession, ground));
  await next.finish();
  const [books] = await booksOf(sql, grounds);
  if (!books) throw new Error(`${succession.name}: there is no order`);
  return { oldSteps: old.steps, nextSteps: next.steps, books };
}

async function nextRow(stores: Stores, { between, next }: Succession, ground: Ground): Promise<CommandRow> {
  await between?.(stores, ground);
  const order = await stores.ordersReads.order(ground.orderId);
  if (!order) throw new Error(`no order ${ground.orderId}`);
  const [row] = await recorded(stores, [next(ground, order)]);
  if (!row) throw new Error('the next command was not recorded');
  return row;
}

async function playedMeeting(
  { first, second, sql }: Matrix,
  succession: Succession,
  {
    meeting,
    ground,
    row,
    isEnded,
  }: {
    readonly meeting: Meeting;
    readonly ground: Ground;
    readonly row: CommandRow;
    readonly isEnded: boolean;
  },
) {
  const { word } = succession;
  const late = runOf(second, ground, row, { word });
  await late.upTo(meeting.late);
  const ends = isEnded ? await runOf(first, ground, row, { word }).finish() : [];
  const next = runOf(first, ground, await nextRow(first, succession, ground));
  await next.upTo(meeting.next);
  if (!meeting.isHeld) return [ends, await late.finish(), await next.finish()];
  await late.upTo(meeting.late, 'inside');
  const ending = next.finish();
  if (late.hold.isUsed) await endedOrBlocked(sql, await late.hold.entered, ending);
  return [ends, await late.finish(), await ending];
}
