import { IdempotentConsumer, type Taken } from '../../client/idempotent-consumer';
import { type FeedEvent, StockCopy } from '../../client/stock-copy';
import type { CloudEvent } from '../../src/contracts/api/cloud-event';
import type { DemoShop } from '../demo/demo-shop';
import type { ReadBroker } from './broker-readers';

/** A follower of the inventory on a broker: it applies each event once and keeps a copy of the stock. */
export class BrokerFollower {
  readonly copy = new StockCopy();
  readonly taken: Record<Taken, number> = { applied: 0, known: 0, 'caught up': 0 };
  /** The number of effects. */
  applied = 0;
  readonly #versions = new Map<string, number>();
  readonly #consumer = new IdempotentConsumer<FeedEvent>({
    versionOf: (stream) => this.#versions.get(stream) ?? 0,
    apply: (event) => {
      this.copy.take(event);
      this.#versions.set(event.stream, event.version);
      this.applied += 1;
    },
    missed: (stream, after) => this.#missed(stream, after),
  });

  constructor(
    private readonly shop: DemoShop,
    private readonly read: () => ReturnType<ReadBroker>,
  ) {}

  /** Takes everything that the broker has. A broker that does not answer has nothing. */
  async look(): Promise<void> {
    for (const body of await this.read().catch(() => [])) {
      const { subject, sequence, type, time, data } = JSON.parse(body) as CloudEvent;
      if (!type.startsWith('inventory.')) continue;
      const key = data.key as FeedEvent['key'];
      const event = { stream: subject, key, version: Number(sequence), type, data, occurredAt: time };
      this.taken[await this.#consumer.take(event)] += 1;
    }
  }

  async #missed(stream: string, after: number): Promise<readonly FeedEvent[]> {
    const missed: FeedEvent[] = [];
    for await (const event of this.shop.api.events({ stream, follow: false }))
      if (event.version > after) missed.push(event);
    return missed;
  }
}
