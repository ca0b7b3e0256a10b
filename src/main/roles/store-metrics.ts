import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { registerCommands } from '../../observability/command-metrics';
import { registerFeeds } from '../../observability/feed-metrics';
import { registerHolds } from '../../observability/hold-metrics';
import { registerPools } from '../../observability/pool-metrics';
import { registerSubscriptions } from '../../observability/subscription-metrics';
import { registerWebhooks } from '../../observability/webhook-metrics';
import type { Stores } from '../../stores/stores';

/** Registers the metrics that are read from the stores and their pools. Every process with `/metrics` shows them. */
export function registerStoreMetrics(
  registry: Registry,
  { stores, logger }: { readonly stores: Stores; readonly logger: Logger },
): void {
  registerSubscriptions(registry, stores.subscriptions, (error) =>
    logger.warn({ err: error }, 'a store cannot be read: its subscriptions are missing from the metrics'),
  );
  registerCommands(registry, stores.commands, (error) =>
    logger.warn(
      { err: error },
      'the orders store cannot be read: open commands are missing from the metrics',
    ),
  );
  registerHolds(registry, stores.inventoryReads, (error) =>
    logger.warn({ err: error }, 'the inventory store cannot be read: holds are missing from the metrics'),
  );
  registerFeeds(registry, stores.inventoryReads, (error) =>
    logger.warn({ err: error }, 'the inventory store cannot be read: sources are missing from the metrics'),
  );
  registerWebhooks(registry, stores.webhooks, (error) =>
    logger.warn({ err: error }, 'the orders store cannot be read: webhooks are missing from the metrics'),
  );
  registerPools(registry, stores.pools);
}
