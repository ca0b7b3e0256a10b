import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../activities/activities';
import { auditBooks } from '../../src/audit/audit';
import { STEP_FAULTED } from '../../src/contracts/saga';
import type { CommandRow } from '../../src/domain/command/recorded-command';
import type { NewCommand } from '../../src/stores/orders/command-rows';
import { carriedOut, closed, commandRowOf, given, rowOf } from '../support/order-changes';
import { lostSagas, resolveOf, untilAttention } from '../support/recovery';
import { holdingsOf } from '../support/saga-books';
import { openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { SAGA_PLAYS } from '../support/saga-runs';

let fixture: SagaFixture;

beforeAll(async () => {
  fixture = await openSagaFixture();
});
afterAll(() => fixture.close());

const fault = ApplicationFailure.create({ message: 'a fault', type: STEP_FAULTED, nonRetryable: true });

/** Returns a command that needs an operator because one of its steps fails. */
async function stuckAt(play: (typeof SAGA_PLAYS)[number], step: keyof Activities) {
  const command = await play.prepare(fixture);
  fixture.interpose(step, (run, input) =>
    JSON.stringify(input).includes(`"${command.id}"`) ? Promise.reject(fault) : run(input),
  );
  await given(fixture, command);
  const row = await untilAttention(fixture, command.id);
  fixture.interpose(step, undefined);
  return { command, row };
}

async function resolved(command: NewCommand): Promise<CommandRow<'resolve'>> {
  const resolution = await carriedOut(fixture, resolveOf(command));
  await lostSagas(fixture).look();
  await closed(fixture, command.id);
  return resolution;
}

const UNDECIDED = SAGA_PLAYS.flatMap((play) =>
  play.steps
    .slice(0, play.steps.findIndex((step) => step.startsWith('decideO') || step.startsWith('decideR')) + 1)
    .map((step) => [play.name, step, play] as const),
);
const DECIDED = SAGA_PLAYS.flatMap((play) =>
  play.steps
    .slice(play.steps.findIndex((step) => step === 'decideOrder' || step === 'decideRevision') + 1)
    .filter((step) => step !== 'closeCommands')
    .map((step) => [play.name, step, play] as const),
);

describe('resolving an undecided command rejects it and compensates', () => {
  test.each(UNDECIDED)('%s, stuck at %s', async (_name, step, play) => {
    const { command, row } = await stuckAt(play, step);
    expect(row.decision).toBeNull();
    expect(await resolved(command)).toMatchObject({ decision: { kind: 'decided-against' } });
    const { decision } = await commandRowOf(fixture, command.id);
    expect(decision).toMatchObject({ reason: 'PROCESSING_FAILED' });
    const { status, pending, total } = await rowOf(fixture, command.subject);
    expect(pending).toBeNull();
    const { credit } = await holdingsOf(fixture.sql, command.subject);
    expect([status, credit]).toEqual(command.kind === 'create' ? ['REJECTED', 0] : ['APPROVED', total]);
    expect(await auditBooks(fixture.context.stores)).toEqual([]);
  });
});

describe('resolving a decided command closes it, unlocks its order and runs no further step', () => {
  test.each(DECIDED)('%s, stuck at %s', async (_name, step, play) => {
    const { command, row } = await stuckAt(play, step);
    expect(row.decision).toMatchObject({ kind: play.decision });
    const taken: string[] = [];
    for (const own of play.steps)
      fixture.interpose(own, (run, input) => {
        taken.push(own);
        return run(input);
      });
    expect(await resolved(command)).toMatchObject({ decision: { kind: 'by-hand' } });
    for (const own of play.steps) fixture.interpose(own, undefined);
    expect(taken).toEqual([]);
    expect(await commandRowOf(fixture, command.id)).toMatchObject({
      decision: { kind: play.decision },
      attention: null,
      isClosed: true,
    });
    expect((await rowOf(fixture, command.subject)).pending).toBeNull();
  });
});

test('a repeated resolution has one effect, and names the steps that had run meanwhile', async () => {
  const play = SAGA_PLAYS.find(({ name }) => name === 'a cancellation');
  if (!play) throw new Error('there is no such play');
  const { command } = await stuckAt(play, 'decreaseCredit');
  const resolution = resolveOf(command);
  const { decreaseCredit } = fixture.activities as Record<string, (input: object) => Promise<unknown>>;
  await decreaseCredit?.({ workflowId: 'late', members: [{ id: command.id }] });
  const answers = await Promise.all([given(fixture, resolution), given(fixture, resolution)]);
  expect(answers.map(({ kind }) => kind).sort()).toEqual(['recorded', 'replayed']);
  expect(await closed(fixture, resolution.id)).toMatchObject({
    decision: { kind: 'by-hand', answeredMeanwhile: ['decreaseCredit'] },
  });
  await closed(fixture, command.id);
});
