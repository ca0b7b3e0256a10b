import type { CommandRow } from '../../../src/domain/command/recorded-command';
import type { NewCommand } from '../../../src/stores/orders/command-rows';
import { record } from '../../support/direct-saga';
import { commandOf } from '../../support/new-commands';
import { recorded, runOf } from './command-runs';
import { drawn } from './drawn';
import { type Ground, openGrounds } from './grounds';
import { atOnce, type Matrix } from './matrix';
import { recovered } from './recovered';
import type { SagaRun } from './saga-run';
import type { Scenario } from './scenario';
import { type Case, caseOf, verdictOn } from './verdict';

/**
 * Plays the resolution of a command that its run has left to an operator (`scenario.fault`) beside a late run of that
 * command, at drawn pairs of their offsets. Then it runs the open commands again, as recovery does. Returns a sentence
 * for each pair with a wrong end.
 */
export async function everyResolutionOf(matrix: Matrix, scenario: Scenario): Promise<readonly string[]> {
  const name = matrix.nextName();
  const { target, resolution } = await soleResolution(matrix, scenario, `${name}s`);
  const offsets = (steps: readonly string[]) => Array.from({ length: steps.length + 1 }, (_, at) => at);
  const all = [false, true].flatMap((isEarly) =>
    offsets(target).flatMap((late) => offsets(resolution).map((by) => ({ late, by, isEarly }))),
  );
  const meetings = drawn(scenario.name, all, ({ late, isEarly }) => `${late} ${isEarly}`);
  const grounds = await openGrounds(matrix.first, `${name}p`, meetings.length, scenario.means);
  const rows = await recorded(matrix.first, await scenario.prepare(matrix.first, grounds));
  const cases = await atOnce(
    meetings.map((meeting, at) => ({
      ...meeting,
      ground: grounds[at] as Ground,
      row: rows[at] as CommandRow,
    })),
    (meeting): Promise<Case> => {
      const { late, by, isEarly, ground } = meeting;
      const when = isEarly ? 'stopped before' : 'begun after';
      const label = `${scenario.name}: ${when} the attention, late at ${late} (${target[late] ?? 'the end'}), resolution at ${by} (${resolution[by] ?? 'the end'})`;
      return caseOf(ground, label, () => playedResolution(matrix, scenario, meeting));
    },
  );
  return verdictOn(matrix, cases, { decisions: scenario.decisions, statuses: scenario.statuses });
}

async function soleResolution(matrix: Matrix, scenario: Scenario, name: string) {
  const { first } = matrix;
  const grounds = await openGrounds(first, name, 2, scenario.means);
  const [targetRow, row] = await recorded(first, await scenario.prepare(first, grounds));
  const [ground, other] = grounds;
  if (!targetRow || !row || !ground || !other) throw new Error(`${scenario.name}: nothing was recorded`);
  const target = runOf(first, ground, targetRow);
  await target.finish();
  await runOf(first, other, row, { fault: scenario.fault }).finish();
  const resolution = await resolutionRun(matrix, other, row);
  if (!resolution) throw new Error(`${scenario.name}: the command needs no operator`);
  await resolution.finish();
  await recovered(matrix.second, other);
  return { target: target.steps, resolution: resolution.steps };
}

/** Returns an operator's resolve command: the rest of a command on a ground's order was done by hand. */
export function resolutionOn(
  { key }: Pick<Ground, 'key'>,
  { id, subject }: Pick<CommandRow, 'id' | 'subject'>,
): NewCommand<'resolve'> {
  return commandOf('resolve', subject, { target: id, note: 'seen to' }, { id: `cmd_${key}_resolve` });
}

/** Returns the run of a resolution; undefined when the command needs no attention any more. */
async function resolutionRun(
  { first }: Matrix,
  ground: Ground,
  { id, subject }: CommandRow,
): Promise<SagaRun | undefined> {
  const [answer] = await record(first, [resolutionOn(ground, { id, subject })]);
  return answer?.kind === 'recorded' ? runOf(first, ground, answer.row) : undefined;
}

async function playedResolution(
  matrix: Matrix,
  { fault }: Scenario,
  meeting: {
    readonly late: number;
    readonly by: number;
    readonly isEarly: boolean;
    readonly ground: Ground;
    readonly row: CommandRow;
  },
) {
  const { first, second } = matrix;
  const { late: at, by, isEarly, ground, row } = meeting;
  const late = runOf(second, ground, row);
  if (isEarly) await late.upTo(at);
  await runOf(first, ground, row, { fault }).finish();
  if (!isEarly) await late.upTo(at);
  const resolution = await resolutionRun(matrix, ground, row);
  await resolution?.upTo(by);
  const ends = [await late.finish(), (await resolution?.finish()) ?? []];
  return [...ends, ...(await recovered(second, ground))];
}
