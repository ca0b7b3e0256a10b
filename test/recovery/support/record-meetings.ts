import type { MemberEnd } from '../../../src/contracts/saga';
import type { CommandRow } from '../../../src/domain/command/recorded-command';
import type { NewCommand, RecordAnswer } from '../../../src/stores/orders/command-rows';
import { record } from '../../support/direct-saga';
import { recorded, runOf } from './command-runs';
import { type Ground, openGrounds } from './grounds';
import type { Succession } from './late-runs';
import { atOnce, type Matrix } from './matrix';
import { orderNow } from './orders';
import { endedOrBlocked } from './pair';
import { TransactionHold, transactionHold } from './saga-process';
import { caseOf, verdictOn } from './verdict';

/**
 * Records a command while a run of another one on its order is at each of its steps: once with the run held in the
 * step's transaction, and once with the record held in its own. A recorded command is then carried out; the record may
 * also be refused. Returns a sentence for each meeting with a wrong end.
 */
export async function everyRecordBeside(matrix: Matrix, succession: Succession): Promise<readonly string[]> {
  const { first } = matrix;
  const name = matrix.nextName();
  const steps = await stepsOf(matrix, succession, `${name}s`);
  const meetings = steps.flatMap((step, at) =>
    [false, true].map((isRecordHeld) => ({ step, at, isRecordHeld })),
  );
  const grounds = await openGrounds(first, `${name}p`, meetings.length, succession.old.means);
  const rows = await recorded(first, await succession.old.prepare(first, grounds));
  for (const ground of grounds) await succession.between?.(first, ground);
  const cases = await atOnce(
    meetings.map((meeting, place) => ({
      ...meeting,
      ground: grounds[place] as Ground,
      row: rows[place] as CommandRow,
    })),
    ({ step, at, isRecordHeld, ground, row }) =>
      caseOf(ground, `${succession.name}: at ${at} (${step}), ${isRecordHeld ? 'record' : 'run'} held`, () =>
        (isRecordHeld ? besideHeldRecord : besideHeldRun)(matrix, succession, { at, ground, row }),
      ),
  );
  return verdictOn(matrix, cases, { statuses: succession.statuses });
}

async function stepsOf(
  { first }: Matrix,
  { old, between }: Succession,
  name: string,
): Promise<readonly string[]> {
  const grounds = await openGrounds(first, name, 1, old.means);
  const [row] = await recorded(first, await old.prepare(first, grounds));
  const [ground] = grounds;
  if (!row || !ground) throw new Error(`${old.name}: nothing was recorded`);
  await between?.(first, ground);
  const run = runOf(first, ground, row);
  await run.finish();
  return run.steps;
}

interface Met {
  readonly at: number;
  readonly ground: Ground;
  readonly row: CommandRow;
}

async function besideHeldRun(
  { first, second, sql }: Matrix,
  succession: Succession,
  { at, ground, row }: Met,
): Promise<readonly (readonly MemberEnd[])[]> {
  const command = succession.next(ground, await orderNow(first, ground));
  const run = runOf(first, ground, row);
  await run.upTo(at, 'inside');
  const recording = record(second, [command]);
  if (run.hold.isUsed) await endedOrBlocked(sql, await run.hold.entered, recording);
  const ends = await run.finish();
  return [ends, await carriedThrough(second, ground, await recording)];
}

async function besideHeldRecord(
  { first, second, sql }: Matrix,
  succession: Succession,
  { at, ground, row }: Met,
): Promise<readonly (readonly MemberEnd[])[]> {
  const run = runOf(first, ground, row);
  await run.upTo(at);
  const command = succession.next(ground, await orderNow(first, ground));
  const hold = new TransactionHold();
  const recording = transactionHold.run(hold, () => record(second, [command]));
  const pid = await hold.entered;
  const ending = run.finish();
  await endedOrBlocked(sql, pid, ending);
  hold.release();
  const answers = await recording;
  // A second record, as by a caller that has lost the answer, is answered from the command's row.
  await expectReplay(first, command, answers);
  return [await ending, await carriedThrough(second, ground, answers)];
}

async function expectReplay(
  stores: Matrix['first'],
  command: NewCommand,
  [answer]: readonly RecordAnswer[],
): Promise<void> {
  if (answer?.kind !== 'recorded') return;
  const [again] = await record(stores, [command]);
  if (again?.kind !== 'replayed') throw new Error(`recorded again, it was ${again?.kind}`);
}

async function carriedThrough(
  stores: Matrix['second'],
  ground: Ground,
  [answer]: readonly RecordAnswer[],
): Promise<readonly MemberEnd[]> {
  if (answer?.kind !== 'recorded' || answer.row.isClosed) return [];
  return runOf(stores, ground, answer.row).finish();
}
