import type { UnrecordedCommand, UnrecordedCommands } from '../stores/unrecorded-commands';
import type { Intakes } from './intakes';
import type { SagaOperations } from './saga-operations';

/** What an operator can do about a command that could not be recorded: have it tried again, or say what became of it. */
export function unrecordedOperations(
  unrecorded: UnrecordedCommands,
  startAgain: (command: UnrecordedCommand['command']) => Promise<void>,
): SagaOperations {
  const openOne = async (id: string) => {
    const found = await unrecorded.command(id);
    return found?.resolution === null ? found : undefined;
  };
  return {
    async retry(id) {
      const found = await openOne(id);
      if (!found) return { kind: 'not-stuck', compensation: 'done' };
      await startAgain(found.command);
      return { kind: 'done' };
    },
    async resolve(id, by, note) {
      if (!(await openOne(id))) return { kind: 'not-stuck', compensation: 'done' };
      await unrecorded.resolve(id, by, note);
      return { kind: 'done' };
    },
  };
}

/** Gives such a command again, as when it came in first. @throws IntakeFull */
export async function startAgain(
  command: UnrecordedCommand['command'],
  { orders, trips }: Pick<Intakes, 'orders' | 'trips'>,
): Promise<void> {
  await ('wishes' in command ? trips.submit(command) : orders.submit(command)).accepted;
}
