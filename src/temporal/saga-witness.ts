import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { CreateOrder } from '../contracts/commands';
import type { LedgerEntry } from '../contracts/ledger';
import type { BookTrip } from '../contracts/trips';
import { WORKFLOWS } from '../contracts/workflow-names';

/** How far back dead sagas are looked for; a watch that was away for longer finds their recorded orders anyway. */
const LOOK_BACK_MS = 60 * 60_000;
const LEDGER_TIMEOUT_MS = 2_000;

/** What Temporal knows of sagas from outside. */
export function sagaWitness(client: Client, taskQueue: string) {
  return {
    async isUnderWay(sagaId: string): Promise<boolean> {
      try {
        const { status } = await client.workflow.getHandle(sagaId).describe();
        return status.name === 'RUNNING' || status.name === 'CONTINUED_AS_NEW';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },

    async ordersOfDeadSagas(): Promise<readonly CreateOrder[]> {
      const inputs = await inputsOfDead<readonly CreateOrder[]>(client, WORKFLOWS.createOrder, taskQueue);
      return inputs.flat();
    },

    tripsOfDeadSagas(): Promise<readonly BookTrip[]> {
      return inputsOfDead<BookTrip>(client, WORKFLOWS.bookTrip, taskQueue);
    },

    /** Where the members of a saga are; undefined where it does not run or no worker answers for it. */
    async ledger(sagaId: string): Promise<readonly LedgerEntry[] | undefined> {
      try {
        return await client.connection.withDeadline(Date.now() + LEDGER_TIMEOUT_MS, () =>
          client.workflow.getHandle(sagaId).query<readonly LedgerEntry[]>('ledger'),
        );
      } catch {
        // A ledger is shown where it can be had; an order's own state comes from its store.
        return undefined;
      }
    },
  };
}

async function inputsOfDead<Input>(client: Client, type: string, taskQueue: string): Promise<Input[]> {
  const since = new Date(Date.now() - LOOK_BACK_MS).toISOString();
  const query =
    `WorkflowType = '${type}' AND TaskQueue = '${taskQueue}' AND CloseTime > '${since}' ` +
    `AND ExecutionStatus IN ('Terminated', 'Failed', 'TimedOut', 'Canceled')`;
  const inputs: Input[] = [];
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    inputs.push(...(await inputOf<Input>(client, workflowId, runId)));
  }
  return inputs;
}

/** None where the history is gone. */
async function inputOf<Input>(client: Client, workflowId: string, runId: string): Promise<Input[]> {
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const payload = history.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  return payload ? [defaultPayloadConverter.fromPayload<Input>(payload)] : [];
}
