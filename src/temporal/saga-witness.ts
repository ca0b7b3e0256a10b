import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { CHANGING_SAGAS, type DeadChanges } from '../contracts/changing-sagas';
import type { CreateOrder, FillBackorder } from '../contracts/commands';
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
      const dead = await deadSagas<readonly CreateOrder[]>(client, [WORKFLOWS.createOrder], taskQueue);
      return dead.flatMap(({ input }) => input);
    },

    async tripsOfDeadSagas(): Promise<readonly BookTrip[]> {
      const dead = await deadSagas<BookTrip>(client, [WORKFLOWS.bookTrip], taskQueue);
      return dead.map(({ input }) => input);
    },

    async changesOfDeadSagas(): Promise<readonly DeadChanges[]> {
      const dead = await deadSagas<DeadChanges['commands']>(client, CHANGING_SAGAS, taskQueue);
      return dead.map(({ workflow, input }) => ({
        workflow: workflow as DeadChanges['workflow'],
        commands: input,
      }));
    },

    async fillsOfDeadSagas(): Promise<readonly (readonly FillBackorder[])[]> {
      const dead = await deadSagas<readonly FillBackorder[]>(client, [WORKFLOWS.fillBackorders], taskQueue);
      const latest = await Promise.all(
        dead.map(({ workflowId }) => client.workflow.getHandle(workflowId).describe()),
      );
      return dead.filter(({ runId }, index) => latest[index]?.runId === runId).map(({ input }) => input);
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

interface DeadSaga<Input> {
  readonly workflow: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly input: Input;
}

async function deadSagas<Input>(
  client: Client,
  types: readonly string[],
  taskQueue: string,
): Promise<readonly DeadSaga<Input>[]> {
  const since = new Date(Date.now() - LOOK_BACK_MS).toISOString();
  const query =
    `WorkflowType IN (${types.map((type) => `'${type}'`).join(', ')}) AND TaskQueue = '${taskQueue}' ` +
    `AND CloseTime > '${since}' AND ExecutionStatus IN ('Terminated', 'Failed', 'TimedOut', 'Canceled')`;
  const dead: DeadSaga<Input>[] = [];
  for await (const { type: workflow, workflowId, runId } of client.workflow.list({ query })) {
    const inputs = await inputOf<Input>(client, workflowId, runId);
    dead.push(...inputs.map((input) => ({ workflow, workflowId, runId, input })));
  }
  return dead;
}

/** None where the history is gone. */
async function inputOf<Input>(client: Client, workflowId: string, runId: string): Promise<Input[]> {
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const payload = history.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  return payload ? [defaultPayloadConverter.fromPayload<Input>(payload)] : [];
}
