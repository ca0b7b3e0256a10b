import { Gauge, type Registry } from 'prom-client';
import type { ShownWebhook } from '../stores/webhooks/webhook';

interface WebhookList {
  list(after: string, limit: number): Promise<readonly ShownWebhook[]>;
}

const MOST_WEBHOOKS = 1_000;

/**
 * Registers what waits for each webhook, and its failures. Each scrape reads the orders store. While it cannot be read,
 * the webhooks are missing from the metrics, and `onError` gets the error.
 */
export function registerWebhooks(
  registry: Registry,
  webhooks: WebhookList,
  onError: (error: unknown) => void,
): void {
  let reading: Promise<readonly ShownWebhook[]> | undefined;
  // The gauges of one scrape are collected side by side, and share one read.
  const read = () => {
    reading ??= webhooks
      .list('', MOST_WEBHOOKS)
      .catch((error: unknown) => {
        onError(error);
        return [];
      })
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };
  const gauge = (name: string, help: string, measure: (webhook: ShownWebhook) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['webhook'],
      registers: [registry],
      async collect() {
        const found = await read();
        this.reset();
        for (const webhook of found) this.labels(webhook.id).set(measure(webhook));
      },
    });
  gauge(
    'holdfast_webhook_deliveries_waiting',
    'Events that are not delivered to a webhook yet, counted up to 10,000',
    ({ waiting }) => waiting,
  );
  gauge(
    'holdfast_webhook_failures',
    'Failed attempts since the endpoint of a webhook last accepted a message',
    ({ failures }) => failures,
  );
}
