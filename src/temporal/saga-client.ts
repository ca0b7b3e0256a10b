import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, ServiceError, type WorkflowHandle } from '@temporalio/client';
import {
  defineSearchAttributeKey,
  SearchAttributeType,
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/common';
import { ORDER_ID } from '../contracts/search-attributes';
import { shortened, summaryText } from '../contracts/shortened-text';
import { WORKFLOW_TASK_TIMEOUT } from '../contracts/workflow-task-timeout';
import { WORKFLOW_ID } from '../tracing/attributes';
import { inSpanUntil } from '../tracing/spans';

const orderIds = defineSearchAttributeKey(ORDER_ID, SearchAttributeType.KEYWORD_LIST);

/** A workflow to start: its type, id and input, and its texts for the Web UI. */
export interface SagaStart {
  readonly workflow: string;
  readonly workflowId: string;
  readonly input: unknown;
  /** One line per member. */
  readonly lines: readonly string[];
  /** The orders, trips or reservations of the search attribute. */
  readonly subjects: readonly string[];
}

/** A workflow that Temporal has started. */
export interface StartedSaga {
  /** Resolves with the result of the workflow, or rejects when the workflow does not complete. */
  readonly ended: Promise<unknown>;
}

/** An unknown outcome of a start: Temporal did not answer in time. Repeating the same start is safe. */
export class StartUnknown extends Error {}

export interface SagaClientOptions {
  readonly taskQueue: string;
  /** True when a worker in this process may get the first task with the response to the start. */
  readonly eager: boolean;
}

const GIVE_UP_AFTER_MS = 5_000;
const PAUSE_MS = 100;
/** With these lengths the largest batch stays within Temporal's limits for summary and details. */
const LONGEST_LINE_BYTES = 200;

/** A client that starts the workflows of sagas. */
export class SagaClient {
  constructor(
    private readonly client: Client,
    private readonly options: SagaClientOptions,
  ) {}

  /**
   * Starts a workflow. Retries under the same id while the outcome is unknown; "already started" is success.
   * @throws StartUnknown after 5 s without an answer
   */
  start(start: SagaStart): Promise<StartedSaga> {
    return inSpanUntil(
      `saga ${start.workflow}`,
      { attributes: { [WORKFLOW_ID]: start.workflowId } },
      () => this.#start(start),
      ({ ended }) => ended,
    );
  }

  /**
   * Starts a workflow again under the same id, in case its saga was lost.
   * @returns `running` when the workflow is running already
   * @throws StartUnknown when Temporal does not answer
   */
  async startAgain(start: SagaStart): Promise<'started' | 'running'> {
    try {
      await this.#startOnce(start, Date.now() + GIVE_UP_AFTER_MS);
      return 'started';
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return 'running';
      if (error instanceof ServiceError) throw new StartUnknown(error.message, { cause: error });
      throw error;
    }
  }

  async #start(start: SagaStart): Promise<StartedSaga> {
    const giveUpAt = Date.now() + GIVE_UP_AFTER_MS;
    for (;;) {
      try {
        const handle = await this.#startOnce(start, giveUpAt);
        return { ended: handle.result() };
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError)
          return { ended: this.client.workflow.getHandle(start.workflowId).result() };
        if (!(error instanceof ServiceError)) throw error;
        if (Date.now() + PAUSE_MS > giveUpAt) throw new StartUnknown(error.message, { cause: error });
        await sleep(PAUSE_MS);
      }
    }
  }

  #startOnce(
    { workflow, workflowId, input, lines, subjects }: SagaStart,
    deadline: number,
  ): Promise<WorkflowHandle> {
    const { taskQueue, eager } = this.options;
    const [first = ''] = lines;
    return this.client.connection.withDeadline(deadline, () =>
      this.client.workflow.start(workflow, {
        taskQueue,
        workflowId,
        args: [input],
        requestEagerStart: eager,
        workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
        staticSummary: lines.length === 1 ? summaryText(first) : `${lines.length} commands`,
        staticDetails: lines.map((line) => shortened(`- ${line}`, LONGEST_LINE_BYTES)).join('\n'),
        typedSearchAttributes: [{ key: orderIds, value: [...new Set(subjects)] }],
      }),
    );
  }
}
