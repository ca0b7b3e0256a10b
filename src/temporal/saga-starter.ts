import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, ServiceError, type WorkflowHandle } from '@temporalio/client';
import { type SearchAttributePair, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Command } from '../contracts/commands';
import { WORKFLOW_TASK_TIMEOUT } from '../contracts/workflow-task-timeout';

/** How a set of commands looks from outside: what it is called, found by, and says of itself in the Web UI. */
export interface SagaLook {
  readonly workflowType: string;
  readonly workflowId: string;
  readonly summary: string;
  readonly details: string;
  readonly searchAttributes: SearchAttributePair[];
}

export interface StarterOptions {
  readonly taskQueue: string;
  /** Whether a worker in this process may take the first task along with the answer to the start. */
  readonly eager: boolean;
  /**
   * Whether one that runs under the same id is no success: it is past what this one was asked for, and about to end.
   * Then its end is awaited for as long as a start may take.
   */
  readonly afterRunning?: boolean;
}

/** Temporal did not say in time whether it has the saga; the same start again is safe. */
export class StartUnknown extends Error {}

const GIVE_UP_AFTER_MS = 8_000;
const PAUSE_MS = 100;

/** A lone saga is named for its member, a set also for all of them: only the very same set may share its name. */
export function sagaId(command: string, ids: readonly string[]): string {
  const [first = ''] = ids;
  if (ids.length === 1) return `${command}/${first}`;
  const set = createHash('sha256').update(ids.join()).digest('hex').slice(0, 8);
  return `${command}/${first}+${ids.length - 1}-${set}`;
}

/**
 * Starts a saga, again under the same id for as long as the outcome is unknown: already started is success.
 * @throws StartUnknown after some seconds without an answer
 */
export async function startSaga(
  client: Client,
  look: SagaLook,
  args: readonly unknown[],
  options: StarterOptions,
): Promise<WorkflowHandle> {
  const giveUpAt = Date.now() + GIVE_UP_AFTER_MS;
  for (;;) {
    try {
      return await client.connection.withDeadline(giveUpAt, () => startOnce(client, look, args, options));
    } catch (error) {
      const isRunning = error instanceof WorkflowExecutionAlreadyStartedError;
      const isLate = Date.now() + PAUSE_MS > giveUpAt;
      if (isRunning && (!options.afterRunning || isLate)) return client.workflow.getHandle(look.workflowId);
      if (!isRunning && !(error instanceof ServiceError)) throw error;
      if (isLate) throw new StartUnknown((error as Error).message, { cause: error });
      await sleep(PAUSE_MS);
    }
  }
}

function startOnce(
  client: Client,
  look: SagaLook,
  args: readonly unknown[],
  { taskQueue, eager }: StarterOptions,
) {
  return client.workflow.start(look.workflowType, {
    taskQueue,
    workflowId: look.workflowId,
    args: [...args],
    requestEagerStart: eager,
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
    staticSummary: look.summary,
    staticDetails: look.details,
    typedSearchAttributes: look.searchAttributes,
  });
}

/** With the largest set this stays below what Temporal takes as details (20,000 bytes). */
const LONGEST_LINE = 200;

/** One line a member, for people. */
export function detailsOf<C extends Command>(commands: readonly C[], line: (command: C) => string): string {
  return commands.map((command) => `- ${line(command)}`.slice(0, LONGEST_LINE)).join('\n');
}
