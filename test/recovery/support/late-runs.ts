import type { CommandRow } from '../../../src/domain/command/recorded-command';
import type { Order } from '../../../src/domain/order/order';
import type { NewCommand } from '../../../src/stores/command-rows';
import type { Stores } from '../../../src/stores/stores';
import { booksOf } from './books-of';
import { recorded, runOf } from './command-runs';
import { type Ground, openGrounds } from './grounds';
import { atOnce, type Matrix } from './matrix';
import { endedOrBlocked } from './pair';
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
}

/** Where the late run of the old command is stopped, where the next command's run is, and how the late one goes on. */
interface Meeting {
  readonly late: number;
  readonly next: number;
  /** Held in a transaction of its step while the next command's run goes on. */
  readonly isHeld: boolean;
}

/**
 * Plays a late run of an old command beside the next command, at every pair of their offsets: the late run is stopped,
 * another one ends the command, the next command is recorded and runs up to its offset; then the late run goes on, and
 * the next command's run after it. Answers a sentence for each pair that did not leave what both commands leave alone.
 */
export async function everyLateRunOf(matrix: Matrix, succession: Succession): Promise<readonly string[]> {
  const name = matrix.nextName();
  const sole = await soleSuccession(matrix, succession, `${name}s`);
  const meetings = meetingsOf(sole.oldSteps.length, sole.nextSteps.length);
  const { means } = succession.old;
  const grounds = await openGrounds(matrix.first, `${name}p`, meetings.length, means);
  const rows = await recorded(matrix.first, await succession.old.prepare(matrix.first, grounds));
  const cases = await atOnce(
    meetings.map((meeting, at) => ({ meeting, ground: grounds[at] as Ground, row: rows[at] as CommandRow })),
    ({ meeting, ground, row }) => {
      const { late, next, isHeld } = meeting;
      const label = `${succession.name}: late at ${late} (${sole.oldSteps[late] ?? 'the end'})${isHeld ? ', held' : ''}, next at ${next} (${sole.nextSteps[next] ?? 'the end'})`;
      return caseOf(ground, label, () => playedMeeting(matrix, succession, { meeting, ground, row }));
    },
  );
  return verdictOn(matrix, cases, { statuses: succession.statuses, exactly: sole.books });
}

function meetingsOf(oldSteps: number, nextSteps: number): readonly Meeting[] {
  const upTo = (steps: number) => Array.from({ length: steps + 1 }, (_, at) => at);
  return [false, true].flatMap((isHeld) =>
    upTo(oldSteps).flatMap((late) =>
      // At its end a run has no step left to be held in.
      isHeld && late === oldSteps ? [] : upTo(nextSteps).map((next) => ({ late, next, isHeld })),
    ),
  );
}

async function soleSuccession(matrix: Matrix, succession: Succession, name: string) {
  const { first, sql } = matrix;
  const grounds = await openGrounds(first, name, 1, succession.old.means);
  const [row] = await recorded(first, await succession.old.prepare(first, grounds));
  const [ground] = grounds;
  if (!row || !ground) throw new Error(`${succession.name}: nothing was recorded`);
  const old = runOf(first, ground, row);
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
  { meeting, ground, row }: { readonly meeting: Meeting; readonly ground: Ground; readonly row: CommandRow },
) {
  const late = runOf(second, ground, row);
  await late.upTo(meeting.late);
  const ends = await runOf(first, ground, row).finish();
  const next = runOf(first, ground, await nextRow(first, succession, ground));
  await next.upTo(meeting.next);
  if (!meeting.isHeld) return [ends, await late.finish(), await next.finish()];
  await late.upTo(meeting.late, 'inside');
  const ending = next.finish();
  if (late.hold.isUsed) await endedOrBlocked(sql, await late.hold.entered, ending);
  return [ends, await late.finish(), await ending];
}
