import type { UnrecordedCommand, UnrecordedCommands } from '../stores/unrecorded-commands';
import type { Intakes } from './intakes';
import type { SagaOperations } from './saga-operations';

const NOT_STUCK = { kind: 'not-stuck', compensation: 'done' } as const;

/** What an operator can do about a command that could not be recorded: have it tried again, or say what became of it. */
export function unrecordedOperations(
  unrecorded: UnrecordedCommands,
  startAgain: (command: UnrecordedCommand['command']) => Promise<void>,
): SagaOperations {
  return {
    async retry(id) {
      const found = await unrecorded.command(id);
      if (found?.resolution !== null) return NOT_STUCK;
      await startAgain(found.command);
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
  command: UnrecordedCommand['command'],
  { orders, trips }: Pick<Intakes, 'orders' | 'trips'>,
): Promise<void> {
  await ('wishes' in command ? trips.submit(command) : orders.submit(command)).accepted;
}
