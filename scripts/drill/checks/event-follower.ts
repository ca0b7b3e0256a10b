import { setTimeout as sleep } from 'node:timers/promises';
import type { Traffic } from '../traffic/callers';
import type { StoreReads } from './store-reads';
import { type FollowedEvent, StreamOrder } from './stream-order';

interface EventPage {
  readonly items: readonly FollowedEvent[];
  readonly next: string;
  readonly more: boolean;
}

const PAUSE_MS = 250;
const A_PAGE = 1_000;
const CATCH_UP_MS = 15_000;

/** A follower of the event feed that reads from all processes in turn, from the first event on (I5). */
export class EventFollower {
  readonly order: StreamOrder;
  #after: string | undefined;

  constructor(private readonly traffic: Traffic) {
    this.order = new StreamOrder((sentence) => traffic.findings.add('I5', `the event feed: ${sentence}`));
  }

  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const hasMore = await this.#readOn();
      if (!hasMore) await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Reads to the end and compares the feed with the logs themselves. */
  async finish(reads: StoreReads): Promise<void> {
    const deadline = Date.now() + CATCH_UP_MS;
    let missing: readonly string[] = [];
    do {
      while (await this.#readOn());
      const logged = [...(await reads.events())];
      missing = logged.filter(([id]) => !this.order.ids.has(id)).map(([, what]) => what);
    } while (missing.length > 0 && Date.now() < deadline);
    if (missing.length > 0)
      this.traffic.findings.add(
        'I5',
        `the event feed never showed ${missing.length} events, such as ${missing[0]}`,
      );
  }

  async #readOn(): Promise<boolean> {
    const after = this.#after === undefined ? '' : `&after=${encodeURIComponent(this.#after)}`;
    const path = `/v1/events?limit=${A_PAGE}${after}`;
    const { status, body } = await this.traffic.api.ask({ method: 'GET', path });
    if (status !== 200) {
      this.traffic.findings.add('I5', `the event feed was answered ${status}`);
      return false;
    }
    const page = body as unknown as EventPage;
    for (const event of page.items) this.order.take(event);
    this.#after = page.next;
    return page.more;
  }
}
