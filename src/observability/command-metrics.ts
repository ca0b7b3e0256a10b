import type { Registry } from 'prom-client';
import type { OpenCommands } from '../stores/orders/command-store';
import { orNoRows, registerRowGauges } from './row-gauges';

interface OpenCommandCounts {
  openByState(): Promise<readonly OpenCommands[]>;
}

/**
 * Registers the number and the greatest age of open commands by state. While the store cannot be read, they are missing
 * from the metrics, and `onError` gets the error.
 */
export function registerCommands(
  registry: Registry,
  commands: OpenCommandCounts,
  onError: (error: unknown) => void,
): void {
  const read = () => orNoRows(commands.openByState(), onError);
  registerRowGauges({ registry, label: 'state', nameOf: ({ state }) => state, read }, [
    {
      name: 'holdfast_commands',
      help: 'Commands that are recorded and not closed, by state',
      measure: ({ count }) => count,
    },
    {
      name: 'holdfast_oldest_command_seconds',
      help: 'Age of the oldest command that is not closed, by state; 0 where there is none',
      measure: ({ oldestSeconds }) => oldestSeconds,
    },
  ]);
}
