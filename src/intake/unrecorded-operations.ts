import type { AcceptedCommand } from '../contracts/accepted-commands';
import { SAGA_OF_COMMAND } from '../contracts/changing-sagas';
import type { UnrecordedCommands } from '../stores/unrecorded-commands';
import type { Ticket } from './intake';
import type { Intakes } from './intakes';
import { type ChangeIntakes, giveAgain } from './lost-changes-watch';
import type { SagaOperations } from './saga-operations';

const NOT_STUCK = { kind: 'not-stuck', compensation: 'done' } as const;

/** What an operator can do about a command that could not be recorded: have it tried again, or say what became of it. */
export function unrecordedOperations(
  unrecorded: UnrecordedCommands,
  startAgain: (accepted: AcceptedCommand) => Promise<void>,
): SagaOperations {
  return {
    async retry(id) {
      const found = await unrecorded.command(id);
      if (found?.resolution !== null) return NOT_STUCK;
      await startAgain(found);
      return { kind: 'done' };
    },
    async resolve(id, by, note) {
      const isResolved = await unrecorded.resolve(id, by, note);
      return isResolved ? { kind: 'done' } : NOT_STUCK;
    },
  };
}

/** Gives such a command again, as when it came in first. @throws IntakeFull */
export async function startAgain(
  accepted: AcceptedCommand,
  intakes: ChangeIntakes & Pick<Intakes, 'orders' | 'trips'>,
): Promise<void> {
  await ticketOf(accepted, intakes).accepted;
}

function ticketOf(
  { kind, command }: AcceptedCommand,
  intakes: ChangeIntakes & Pick<Intakes, 'orders' | 'trips'>,
): Pick<Ticket<unknown>, 'accepted'> {
  switch (kind) {
    case 'create':
      return intakes.orders.submit(command);
    case 'trip':
      return intakes.trips.submit(command);
    default:
      return giveAgain({ workflow: SAGA_OF_COMMAND[kind], command }, intakes);
  }
}
