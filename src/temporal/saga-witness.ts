import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { CHANGING_SAGAS, type LostChange } from '../contracts/changing-sagas';
import type { FinishUndo } from '../contracts/claim-undos';
import type { Command, CreateOrder, OnOrder } from '../contracts/commands';
import type { Known } from '../contracts/known-commands';
import type { LedgerEntry } from '../contracts/ledger';
import type { BookTrip } from '../contracts/trips';
import { WORKFLOWS } from '../contracts/workflow-names';
import { type DeadSaga, DeadSagas } from './dead-sagas';

const LEDGER_TIMEOUT_MS = 2_000;

/** What Temporal knows of sagas from outside. */
export function sagaWitness(client: Client, taskQueue: string) {
  const dead = <Input>(types: readonly string[]) => new DeadSagas<Input>(client, types, taskQueue);
  const orders = dead<readonly CreateOrder[]>([WORKFLOWS.createOrder]);
  const trips = dead<BookTrip>([WORKFLOWS.bookTrip]);
  const changes = dead<readonly OnOrder[] | FinishUndo>([...CHANGING_SAGAS, WORKFLOWS.finishUndo]);
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

    /** The orders that dead sagas carried, but for those that are known. */
    async lostOrders(known: Known): Promise<readonly CreateOrder[]> {
      const lost = await lostOf(orders, ({ workflow, input }) => ({ workflow, commands: input }), known);
      return lost.map(({ command }) => command);
    },

    /** The trips that dead sagas carried, but for those that are known. */
    async lostTrips(known: Known): Promise<readonly BookTrip[]> {
      const lost = await lostOf(trips, ({ workflow, input }) => ({ workflow, commands: [input] }), known);
      return lost.map(({ command }) => command);
    },

    /** The commands on approved orders that dead sagas carried, and which these were, but for those that are known. */
    lostChanges(known: Known): Promise<readonly LostChange[]> {
      return lostOf(changes, changesIn, known);
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

/** What of dead sagas is not known: nobody else has heard of it. */
async function lostOf<Input, Workflow, C extends Command>(
  dead: DeadSagas<Input>,
  carriedBy: (saga: DeadSaga<Input>) => { readonly workflow: Workflow; readonly commands: readonly C[] },
  known: Known,
): Promise<readonly { readonly workflow: Workflow; readonly command: C }[]> {
  const lost: { workflow: Workflow; command: C }[] = [];
  await dead.look(async (sagas) => {
    const carried = sagas.map(carriedBy);
    const answered = await known(
      carried.flatMap(({ commands }) => commands.map(({ commandId }) => commandId)),
    );
    return carried.map(({ workflow, commands }) => {
      const open = commands.filter(({ commandId }) => !answered.has(commandId));
      lost.push(...open.map((command) => ({ workflow, command })));
      return open.length === 0;
    });
  });
  return lost;
}

/** An undo that was lost outside its set leaves the command it was of: its saga claims again, or undoes again. */
function changesIn({ workflow, input }: DeadSaga<readonly OnOrder[] | FinishUndo>) {
  return 'undo' in input
    ? { workflow: input.saga, commands: [input.member.command] }
    : { workflow: workflow as LostChange['workflow'], commands: input };
}
