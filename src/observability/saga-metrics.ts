import type { Registry } from 'prom-client';
import type { OpenCommands } from '../stores/orders/command-store';
import { orNoRows, registerRowGauges } from './row-gauges';

interface OpenCommandCounts {
  openByState(): Promise<readonly OpenCommands[]>;
}

/**
 * Registers the number and the greatest age of open sagas by state. While the store cannot be read, they are missing
 * from the metrics, and `onError` gets the error.
 */
export function registerSagas(
  registry: Registry,
  commands: OpenCommandCounts,
  onError: (error: unknown) => void,
): void {
  const read = () => orNoRows(commands.openByState(), onError);
  registerRowGauges({ registry, label: 'state', nameOf: ({ state }) => state, read }, [
    {
      name: 'holdfast_open_sagas',
      help: 'Commands whose saga has not ended, by state',
      measure: ({ count }) => count,
    },
    {
      name: 'holdfast_open_saga_oldest_seconds',
      help: 'Age of the oldest command whose saga has not ended, by state; 0 where there is none',
      measure: ({ oldestSeconds }) => oldestSeconds,
    },
  ]);
}
