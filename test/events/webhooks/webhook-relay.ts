import { LOGS } from '../../../src/contracts/logs';
import { follow } from '../../../src/events/subscriptions/follow';
import { AddressGuard } from '../../../src/events/webhooks/address-guard';
import type { DeliveryTimes } from '../../../src/events/webhooks/after-failure';
import { deliverWebhooks } from '../../../src/events/webhooks/deliver-webhooks';
import { EndpointClient } from '../../../src/events/webhooks/endpoint-client';
import { webhookSubscriptions } from '../../../src/events/webhooks/webhook-subscriptions';
import type { Stores } from '../../../src/stores/stores';

/** Short times, so that a test sees several retries. */
export const SHORT_TIMES: DeliveryTimes = {
  timeoutMs: 2_000,
  leaseMs: 1_500,
  firstRetryMs: 40,
  longestRetryMs: 300,
  giveUpAfterMs: 1_000,
};

/** The part of a relay that serves webhooks: the three subscriptions and the deliveries. */
export class WebhookRelay {
  readonly errors: unknown[] = [];
  readonly #stopping = new AbortController();
  readonly #client: EndpointClient;
  readonly #ended: Promise<unknown>;

  constructor(stores: Stores, owner: string, times: DeliveryTimes = SHORT_TIMES) {
    const { signal } = this.#stopping;
    const onError = (error: unknown) => this.errors.push(error);
    this.#client = new EndpointClient(new AddressGuard(['127.0.0.0/8']), times.timeoutMs);
    const following = webhookSubscriptions(stores).map((subscription) =>
      follow(subscription, {
        store: stores.subscriptions[subscription.log],
        owner,
        signal,
        onError: (_, error) => onError(error),
      }),
    );
    const delivering = deliverWebhooks({
      ...stores,
      store: stores.deliveries,
      client: this.#client,
      times,
      owner,
      signal,
      onError,
    });
    this.#ended = Promise.all([...following, delivering]);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
    this.#client.close();
  }
}

/** The names of the subscriptions that add messages, by log. */
export const SUBSCRIPTIONS = LOGS.map((log) => [log, `webhooks-${log}`] as const);
