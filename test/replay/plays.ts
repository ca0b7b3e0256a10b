import { ApplicationFailure } from '@temporalio/common';
import { ownIdOf, STEP_FAULTED } from '../../src/contracts/saga';
import type { CommandKind } from '../../src/domain/command/recorded-command';
import type { NewCommand } from '../../src/stores/orders/command-rows';
import { inOneBatch } from '../support/order-changes';
import type { SagaFixture } from '../support/saga-fixture';
import { settled } from '../support/trip-plays';

type Activity = Parameters<SagaFixture['interpose']>[0];

/** The answer of a step in a play: an error is thrown. */
export type Answer = unknown;

/** Returns a fault that is provably its command's own, or not. */
export function faultOf({ isProvable }: { readonly isProvable: boolean }): ApplicationFailure {
  return ApplicationFailure.create({
    message: 'a fault',
    type: STEP_FAULTED,
    nonRetryable: true,
    details: [isProvable],
  });
}

export const FAULT = faultOf({ isProvable: false });

/** Carries commands of one kind in one batch until their workflow ends. Returns its id. */
export async function run<K extends CommandKind>(
  fixture: SagaFixture,
  ...commands: readonly NewCommand<K>[]
): Promise<string> {
  const { workflowId, ended } = await inOneBatch(fixture, commands);
  // The workflow of a command that needs an operator fails.
  await ended.catch(() => undefined);
  return workflowId;
}

/** Carries commands in one batch until each of them is closed or needs an operator, detached or not. */
export async function runToTheEnd<K extends CommandKind>(
  fixture: SagaFixture,
  ...commands: readonly NewCommand<K>[]
): Promise<string> {
  const workflowId = await run(fixture, ...commands);
  for (const { id } of commands) await settled(fixture, id);
  return workflowId;
}

/** Restarts a workflow that has ended, as the relay does with a lost one. */
export async function runAgain(
  fixture: SagaFixture,
  workflow: string,
  { id, subject, decision }: { id: string; subject: string; decision: string | null },
): Promise<string> {
  const workflowId = ownIdOf(workflow, { id, subject });
  const members = [{ id, subject, decision, line: id, recordedAt: new Date(0).toISOString() }];
  const start = { workflow, workflowId, input: { members }, lines: [id], subjects: [subject] };
  await fixture.context.sagas.startAgain(start);
  await fixture.context.temporal.client.workflow
    .getHandle(workflowId)
    .result()
    .catch(() => undefined);
  return workflowId;
}

/** Replaces steps' answers, call after call, while `during` runs; the last answer repeats. */
export async function answering<T>(
  fixture: SagaFixture,
  answers: Partial<Record<Activity, readonly Answer[]>>,
  during: () => Promise<T>,
): Promise<T> {
  const steps = Object.entries(answers) as [Activity, readonly Answer[]][];
  for (const [step, all] of steps) {
    let call = 0;
    fixture.interpose(step, async () => {
      const answer = all[Math.min(call++, all.length - 1)];
      if (answer instanceof Error) throw answer;
      return answer;
    });
  }
  try {
    return await during();
  } finally {
    for (const [step] of steps) fixture.interpose(step, undefined);
  }
}

/** Makes a step fail for this command, `times` times, while `during` runs. */
export async function failing<T>(
  fixture: SagaFixture,
  { step, id, error = FAULT, times = Number.POSITIVE_INFINITY }: Failing,
  during: () => Promise<T>,
): Promise<T> {
  let left = times;
  fixture.interpose(step, async (real, input) => {
    if (left > 0 && JSON.stringify(input).includes(id)) {
      left -= 1;
      throw error;
    }
    return real(input);
  });
  try {
    return await during();
  } finally {
    fixture.interpose(step, undefined);
  }
}

interface Failing {
  readonly step: Activity;
  readonly id: string;
  readonly error?: Error;
  readonly times?: number;
}
