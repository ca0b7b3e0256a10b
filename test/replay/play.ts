import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../activities/activities';
import { STEP_FAULTED } from '../../src/contracts/saga';
import type { CommandKind } from '../../src/domain/command/recorded-command';
import type { NewCommand } from '../../src/stores/command-rows';
import { inOneBatch } from '../support/order-changes';
import type { SagaFixture } from '../support/saga-fixture';

/** Takes a workflow down one branch on real servers, and says the id of the one that took it. */
export type Play = (fixture: SagaFixture) => Promise<string>;

/** What a step or a call answers; an error is thrown. */
export type Answer = object | Error;

/** A fault that running the step again would not mend. */
export function fault(isProvable = false): ApplicationFailure {
  const details = [isProvable];
  return ApplicationFailure.create({ message: 'a fault', type: STEP_FAULTED, nonRetryable: true, details });
}

export const FOR_GOOD = ApplicationFailure.nonRetryable('for good');

/** Carries commands in one batch to the end of its workflow, whichever it is. */
export async function run<K extends CommandKind>(
  fixture: SagaFixture,
  ...commands: readonly NewCommand<K>[]
): Promise<string> {
  const batch = await inOneBatch(fixture, commands);
  await batch.ended.catch(leftToAnOperator);
  return batch.workflowId;
}

/** Waits until a workflow has ended; one that has failed has left its command to an operator. */
export async function ended({ context }: SagaFixture, workflowId: string): Promise<void> {
  await context.temporal.client.workflow.getHandle(workflowId).result().catch(leftToAnOperator);
}

function leftToAnOperator(error: unknown): void {
  if (!(error instanceof WorkflowFailedError)) throw error;
}

/** Lets a step throw for every batch that holds one of these commands, for as long as `during` takes. */
export async function failing<T>(
  fixture: SagaFixture,
  step: keyof Activities,
  { ids, error = fault() }: { readonly ids: readonly string[]; readonly error?: Error },
  during: () => Promise<T>,
): Promise<T> {
  fixture.interpose(step, async (real, input) => {
    if (ids.some((id) => JSON.stringify(input).includes(id))) throw error;
    return real(input);
  });
  try {
    return await during();
  } finally {
    fixture.interpose(step, undefined);
  }
}

/** Lets calls be answered as told, call after call, for as long as `during` takes; the last answer stands for all after. */
export async function answering<T>(
  fixture: SagaFixture,
  answers: Partial<Record<keyof Activities, readonly Answer[]>>,
  during: () => Promise<T>,
): Promise<T> {
  const steps = Object.entries(answers) as [keyof Activities, readonly Answer[]][];
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
