import { type Client, isGrpcServiceError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';

/** A workflow that was ended from outside, and what it was started with. */
export interface DeadSaga<Input> {
  readonly workflow: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly input: Input;
}

/** Says of each whether everything that it carried is seen to, so that it need not be looked at again. */
type AreSettled<Input> = (sagas: readonly DeadSaga<Input>[]) => Promise<readonly boolean[]>;

const PAGE = 50;
/** How late a list may show a saga that has ended; also between two clocks. */
const LISTED_WITHIN_MS = 60 * 60_000;
const NOT_FOUND = 5;

/**
 * The sagas of some types that were ended from outside, as far back as Temporal keeps them: nobody else knows what they
 * carried. The first look is the long one; after that only those are read that are new or were not settled.
 */
export class DeadSagas<Input> {
  #settled: ReadonlySet<string> = new Set();
  /** All that had ended before is settled. */
  #since = 0;

  constructor(
    private readonly client: Client,
    private readonly types: readonly string[],
    private readonly taskQueue: string,
  ) {}

  /** Has a page after the other looked at of those that are not known to be settled. */
  async look(areSettled: AreSettled<Input>): Promise<void> {
    const begunAt = Date.now();
    const settled = new Set<string>();
    let listed = 0;
    for await (const page of this.#pages()) {
      listed += page.length;
      const known = page.filter(({ runId }) => this.#settled.has(runId));
      const unknown = page.filter(({ runId }) => !this.#settled.has(runId));
      for (const { runId } of known) settled.add(runId);
      const sagas = await Promise.all(unknown.map((saga) => this.#withInput(saga)));
      const kept = sagas.flatMap((saga) => saga ?? []);
      const verdicts = kept.length > 0 ? await areSettled(kept) : [];
      const open = new Set(kept.filter((_, index) => !verdicts[index]).map(({ runId }) => runId));
      for (const { runId } of unknown) if (!open.has(runId)) settled.add(runId);
    }
    this.#settled = settled;
    if (settled.size === listed) this.#since = Math.max(0, begunAt - LISTED_WITHIN_MS);
  }

  async *#pages(): AsyncGenerator<readonly Omit<DeadSaga<Input>, 'input'>[]> {
    const query =
      `WorkflowType IN (${this.types.map((type) => `'${type}'`).join(', ')}) AND TaskQueue = '${this.taskQueue}' ` +
      `AND CloseTime > '${new Date(this.#since).toISOString()}' ` +
      `AND ExecutionStatus IN ('Terminated', 'Failed', 'TimedOut', 'Canceled')`;
    let page: Omit<DeadSaga<Input>, 'input'>[] = [];
    for await (const { type: workflow, workflowId, runId } of this.client.workflow.list({ query })) {
      page.push({ workflow, workflowId, runId });
      if (page.length < PAGE) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  }

  /** From the first event alone. Undefined where the history is gone. */
  async #withInput(saga: Omit<DeadSaga<Input>, 'input'>): Promise<DeadSaga<Input> | undefined> {
    const { workflowId, runId } = saga;
    const { connection, options } = this.client;
    try {
      const { history } = await connection.workflowService.getWorkflowExecutionHistory({
        namespace: options.namespace,
        execution: { workflowId, runId },
        maximumPageSize: 1,
      });
      const payload = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
      return payload ? { ...saga, input: defaultPayloadConverter.fromPayload<Input>(payload) } : undefined;
    } catch (error) {
      if (isGrpcServiceError(error) && error.code === NOT_FOUND) return undefined;
      throw error;
    }
  }
}
