import { setTimeout as sleep } from 'node:timers/promises';
import { shown, type Traffic } from '../traffic/callers';
import type { Journal } from '../traffic/journal';
import { createParser } from './server-sent-events';
import { type FollowedEvent, StreamOrder } from './stream-order';

const MOST_FOLLOWED = 24;
const EVERY_MS = 1_500;
const PAUSE_MS = 200;
const CATCH_UP_MS = 15_000;

/** Followers of single orders by server-sent events, from all processes in turn and from the first event on (I5). */
export class OrderFollowers {
  readonly #followers: OrderFollower[] = [];

  constructor(private readonly traffic: Traffic) {}

  /** Follows one of the newest orders after another until the traffic stops. */
  async follow(journal: Journal, signal: AbortSignal): Promise<void> {
    const running: Promise<void>[] = [];
    while (!this.traffic.stopping.aborted && this.#followers.length < MOST_FOLLOWED) {
      const id = journal.orders.findLast((order) => order.id !== undefined)?.id;
      if (id !== undefined && !this.#followers.some((one) => one.orderId === id)) {
        const follower = new OrderFollower(this.traffic, id);
        this.#followers.push(follower);
        running.push(follower.follow(signal));
      }
      await sleep(EVERY_MS, undefined, { signal: this.traffic.stopping }).catch(() => undefined);
    }
    await Promise.all(running);
  }

  /** Compares the followed events with the orders' timelines. */
  async finish(): Promise<void> {
    await Promise.all(this.#followers.map((follower) => follower.compare()));
  }
}

class OrderFollower {
  readonly #order: StreamOrder;
  /** Streams of stock rows hold events of other orders too: only the order's own stream is gap-free here. */
  readonly #seen = new Set<string>();
  #lastId: string | undefined;

  constructor(
    private readonly traffic: Traffic,
    readonly orderId: string,
  ) {
    this.#order = new StreamOrder((sentence) =>
      traffic.findings.add('I5', `the events of ${orderId}: ${sentence}`),
    );
  }

  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.traffic.api.isOver) {
      await this.#read(signal).catch(() => undefined);
      await sleep(PAUSE_MS);
    }
  }

  async compare(): Promise<void> {
    const path = `/v1/orders/${this.orderId}/events`;
    const answer = await this.traffic.api.ask({ method: 'GET', path });
    if (answer.status !== 200) {
      this.traffic.findings.add('I5', `GET ${path} ${shown(answer)}`);
      return;
    }
    const { items } = answer.body as unknown as { items: readonly FollowedEvent[] };
    for (const deadline = Date.now() + CATCH_UP_MS; ; ) {
      const missing = items.filter(({ id }) => !this.#seen.has(id));
      if (missing.length === 0) return;
      if (Date.now() < deadline) {
        await this.#read(AbortSignal.timeout(2_000)).catch(() => undefined);
        continue;
      }
      this.traffic.findings.add('I5', `who followed ${this.orderId} missed ${missing.length} of its events`);
      return;
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    const headers = {
      accept: 'text/event-stream',
      ...(this.#lastId === undefined ? {} : { 'last-event-id': this.#lastId }),
    };
    const response = await this.traffic.api.open(`/v1/orders/${this.orderId}/events`, headers, signal);
    if (!response.ok || response.body === null) return;
    const parse = createParser(({ id, data }) => {
      this.#lastId = id;
      const event = JSON.parse(data) as FollowedEvent;
      this.#seen.add(event.id);
      if (event.stream === `order/${this.orderId}`) this.#order.take(event);
    });
    const decoder = new TextDecoder();
    for await (const bytes of response.body) parse(decoder.decode(bytes, { stream: true }));
  }
}
