import type { Registry } from 'prom-client';
import type { ShownWebhook } from '../stores/webhooks/webhook';
import { orNoRows, registerRowGauges } from './row-gauges';

interface WebhookList {
  list(after: string, limit: number): Promise<readonly ShownWebhook[]>;
}

const MOST_WEBHOOKS = 1_000;

/**
 * Registers what waits for each webhook, and its failures. While the orders store cannot be read, the webhooks are
 * missing from the metrics, and `onError` gets the error.
 */
export function registerWebhooks(
  registry: Registry,
  webhooks: WebhookList,
  onError: (error: unknown) => void,
): void {
  const read = () => orNoRows(webhooks.list('', MOST_WEBHOOKS), onError);
  registerRowGauges({ registry, label: 'webhook', nameOf: ({ id }) => id, read }, [
    {
      name: 'holdfast_webhook_deliveries_waiting',
      help: 'Events that are not delivered to a webhook yet, counted up to 10,000',
      measure: ({ waiting }) => waiting,
    },
    {
      name: 'holdfast_webhook_failures',
      help: 'Failed attempts since the endpoint of a webhook last accepted a message',
      measure: ({ failures }) => failures,
    },
  ]);
}
