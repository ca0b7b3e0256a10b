import type { Registry } from 'prom-client';
import { LOGS, type LogName } from '../contracts/logs';
import type { SubscriptionStatus } from '../stores/log/subscription-store';
import { orNoRows, registerRowGauges } from './row-gauges';

interface SubscriptionList {
  list(): Promise<readonly SubscriptionStatus[]>;
}

/**
 * Registers the lag and the parked events of every subscription. While a store cannot be read, its subscriptions are
 * missing from the metrics, and `onError` gets the error.
 */
export function registerSubscriptions(
  registry: Registry,
  stores: Readonly<Record<LogName, SubscriptionList>>,
  onError: (error: unknown) => void,
): void {
  const listOf = (log: LogName) => orNoRows(stores[log].list(), onError);
  const read = async () => (await Promise.all(LOGS.map(listOf))).flat();
  registerRowGauges({ registry, label: 'subscription', nameOf: ({ name }) => name, read }, [
    {
      name: 'holdfast_subscription_lag_seconds',
      help: 'Age of the oldest event that a subscription has not processed',
      measure: ({ lagMs }) => lagMs / 1_000,
    },
    {
      name: 'holdfast_parked_events',
      help: 'Parked events of a subscription that are neither processed since nor dropped',
      measure: ({ parkedCount }) => parkedCount,
    },
  ]);
}
