import { Gauge, type Registry } from 'prom-client';
import { LOGS, type LogName } from '../contracts/logs';
import type { SubscriptionStatus } from '../stores/log/subscription-store';

interface SubscriptionList {
  list(): Promise<readonly SubscriptionStatus[]>;
}

/**
 * Registers the lag and the parked events of every subscription. Each scrape reads the stores. While a store cannot be
 * read, its subscriptions are missing from the metrics, and `onError` gets the error.
 */
export function registerSubscriptions(
  registry: Registry,
  stores: Readonly<Record<LogName, SubscriptionList>>,
  onError: (error: unknown) => void,
): void {
  const parked = new Gauge({
    name: 'holdfast_parked_events',
    help: 'Events that a subscription has parked and that nobody has dropped',
    labelNames: ['subscription'],
    registers: [registry],
  });
  new Gauge({
    name: 'holdfast_subscription_lag_seconds',
    help: 'Age of the oldest event that a subscription has not processed',
    labelNames: ['subscription'],
    registers: [registry],
    async collect() {
      const found = await Promise.all(LOGS.map((log) => stores[log].list().catch(noneAfter(onError))));
      this.reset();
      parked.reset();
      for (const { name, lagMs, parkedCount } of found.flat()) {
        this.labels(name).set(lagMs / 1_000);
        parked.labels(name).set(parkedCount);
      }
    },
  });
}

function noneAfter(onError: (error: unknown) => void): (error: unknown) => readonly SubscriptionStatus[] {
  return (error) => {
    onError(error);
    return [];
  };
}
