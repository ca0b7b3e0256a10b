import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { follow } from '../../../src/events/subscriptions/follow';
import { AddressGuard } from '../../../src/events/webhooks/address-guard';
import { USUAL_DELIVERY_TIMES } from '../../../src/events/webhooks/after-failure';
import { deliverWebhooks } from '../../../src/events/webhooks/deliver-webhooks';
import { EndpointClient } from '../../../src/events/webhooks/endpoint-client';
import { webhookSubscriptions } from '../../../src/events/webhooks/webhook-subscriptions';
import type { Stores } from '../../../src/stores/stores';
import { messageOf } from '../child-message';
import { type EventRate, eventRate } from './event-rates';

/** The streams that a relay delivers side by side to one endpoint. */
const AT_ONCE = 8;
const LOOK_EVERY_MS = 20;
const OWNER = 'bench-webhooks';

/** An endpoint, and a webhook that sends every event recorded from now on to it. */
export class WebhookBench {
  private constructor(
    private readonly stores: Stores,
    private readonly child: ChildProcess,
    private readonly origin: string,
  ) {}

  static async open(stores: Stores): Promise<WebhookBench> {
    const child = fork(path.join(__dirname, 'endpoint-process.js'));
    const port = await messageOf<number>(child);
    const origin = `http://127.0.0.1:${port}`;
    const filter = { types: [], nodes: [], channels: [] };
    const settings = { ...filter, url: `${origin}/hook`, ordered: false, enabled: true };
    await stores.webhooks.put('bench', settings, { caller: 'bench' });
    return new WebhookBench(stores, child, origin);
  }

  /** Delivers the log to the endpoint, then the same bodies by a bare loop of an HTTP client. */
  async rates(events: number, bodies: readonly string[], postgresPid: number): Promise<EventRate[]> {
    const delivered = await eventRate('webhooks, one endpoint', events, postgresPid, () =>
      this.#deliver(events),
    );
    const pool = new Pool(this.origin, { connections: AT_ONCE });
    const bare = await eventRate('a bare loop of an HTTP client', bodies.length, postgresPid, () =>
      postAll(pool, bodies),
    );
    await pool.close();
    return [delivered, bare];
  }

  close(): void {
    this.child.disconnect();
  }

  async #deliver(events: number): Promise<void> {
    const { stores } = this;
    const stopping = new AbortController();
    const { signal } = stopping;
    const client = new EndpointClient(new AddressGuard(['127.0.0.0/8']), USUAL_DELIVERY_TIMES.timeoutMs);
    const failures: unknown[] = [];
    const shared = { owner: OWNER, signal };
    const onError = (error: unknown) => failures.push(error);
    const running = [
      ...webhookSubscriptions(stores).map((subscription) =>
        follow(subscription, {
          ...shared,
          store: stores.subscriptions[subscription.log],
          onError: (_, error) => onError(error),
        }),
      ),
      deliverWebhooks({
        ...stores,
        ...shared,
        store: stores.deliveries,
        client,
        times: USUAL_DELIVERY_TIMES,
        onError,
      }),
    ];
    while (failures.length === 0 && (await this.#accepted()) < events) await sleep(LOOK_EVERY_MS);
    stopping.abort();
    await Promise.all(running);
    client.close();
    if (failures.length > 0) throw failures[0];
  }

  async #accepted(): Promise<number> {
    return Number(await (await fetch(this.origin)).text());
  }
}

async function postAll(pool: Pool, bodies: readonly string[]): Promise<void> {
  const line = bodies.values();
  const post = async () => {
    for (const body of line) {
      const answer = await pool.request({ method: 'POST', path: '/bare', body });
      await answer.body.dump();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, post));
}
