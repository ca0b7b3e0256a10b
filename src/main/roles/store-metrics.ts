import type { Registry } from 'prom-client';
import { registerSagas } from '../../observability/saga-metrics';
import { registerSubscriptions } from '../../observability/subscription-metrics';
import { registerWebhooks } from '../../observability/webhook-metrics';
import type { ProcessContext } from './process-context';

/** Registers the metrics that are read from the stores. Every process with `/metrics` shows them. */
export function registerStoreMetrics(
  registry: Registry,
  { stores, logger }: Pick<ProcessContext, 'stores' | 'logger'>,
): void {
  registerSubscriptions(registry, stores.subscriptions, (error) =>
    logger.warn({ err: error }, 'a store cannot be read: its subscriptions are missing from the metrics'),
  );
  registerSagas(registry, stores.commands, (error) =>
    logger.warn({ err: error }, 'the orders store cannot be read: open sagas are missing from the metrics'),
  );
  registerWebhooks(registry, stores.webhooks, (error) =>
    logger.warn({ err: error }, 'the orders store cannot be read: webhooks are missing from the metrics'),
  );
}
