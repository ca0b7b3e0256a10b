import type { Registry } from 'prom-client';
import type { HoldCount } from '../stores/inventory/inventory-reads';
import { orNoRows, registerRowGauges } from './row-gauges';

interface HoldCounts {
  countHolds(): Promise<readonly HoldCount[]>;
}

/** Registers the number of holds. While the store cannot be read, it is missing, and `onError` gets the error. */
export function registerHolds(
  registry: Registry,
  holds: HoldCounts,
  onError: (error: unknown) => void,
): void {
  const read = () => orNoRows(holds.countHolds(), onError);
  registerRowGauges({ registry, label: 'state', nameOf: ({ state }) => state, read }, [
    {
      name: 'holdfast_holds',
      help: 'Holds by state: `live`, or `overdue`, which have run out and wait for the relay to expire them',
      measure: ({ count }) => count,
    },
  ]);
}
