import type { CommandRow } from '../../../src/domain/command/recorded-command';
import type { Order } from '../../../src/domain/order/order';
import type { NewCommand } from '../../../src/stores/orders/command-rows';
import type { Stores } from '../../../src/stores/stores';
import { booksOf } from './books-of';
import { recorded, runOf } from './command-runs';
import { drawn } from './drawn';
import { type Ground, openGrounds } from './grounds';
import { atOnce, type Matrix } from './matrix';
import { endedOrBlocked } from './pair';
import type { PartnerWord } from './partner-books';
import type { Scenario } from './scenario';
import { caseOf, verdictOn } from './verdict';

/** A command with a late second run, and the next command on its order. */
export interface Succession {
  readonly name: string;
  readonly old: Scenario;
  /** Brings about the state that the next command needs beside the old one. */
  between?(stores: Stores, ground: Ground): Promise<void>;
  next(ground: Ground, order: Order): NewCommand;
  /** The allowed final statuses of the order. */
  readonly statuses: readonly string[];
  /** The number of the old command's step from which the next command can be recorded while the old one is open. */
  readonly openFrom?: number;
  /** The partners' reply (default: they confirm). */
  readonly word?: PartnerWord;
}

/** The offsets at which the old command's run and the next command's run stop, and the way the late run goes on. */
interface Meeting {
  readonly late: number;
  readonly next: number;
  /** True when the late run is held in a transaction of its step while the next command's run goes on. */
  readonly isHeld: boolean;
}

/**
 * Plays the only run of an open command beside the next command, at drawn pairs of their offsets. Returns a sentence for
 * each pair with a wrong end.
 */
export async function everyOverlapOf(matrix: Matrix, succession: Succession): Promise<readonly string[]> {
  const { openFrom = 0 } = succession;
  const { meetings, cases, sole } = await playedMeetings(matrix, succession, ({ late }) => late >= openFrom);
  if (meetings.length === 0) throw new Error(`${succession.name}: it has only ${sole.oldSteps.length} steps`);
  return verdictOn(matrix, cases, { statuses: succession.statuses });
}

/**
 * Plays a late run of an old command beside the next command, at drawn pairs of their offsets. The late run stops, and
 * another run ends the command. The next command is recorded and runs up to its offset. Then the late run goes on, and
 * the next command's run after it. Returns a sentence for each pair that differs from both commands one after the
 * other.
 */
export async function everyLateRunOf(matrix: Matrix, succession: Succession): Promise<readonly string[]> {
  const { cases, sole } = await playedMeetings(matrix, succession);
  return verdictOn(matrix, cases, { statuses: succession.statuses, exactly: sole.books });
}

/**
 * Plays the meetings. Without `isPossible` another run ends the old command first, so that all meetings are possible.
 */
async function playedMeetings(
  matrix: Matrix,
  succession: Succession,
  isPossible?: (meeting: Meeting) => boolean,
) {
  const name = matrix.nextName();
  const sole = await soleSuccession(matrix, succession, `${name}s`);
  const possible = meetingsOf(sole.oldSteps.length, sole.nextSteps.length).filter(isPossible ?? (() => true));
  const meetings = drawn(succession.name, possible, ({ late, isHeld }) => `${late} ${isHeld}`);
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
    // At its end a run has no step left in which to hold it. A held run meets all steps of the next command.
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
