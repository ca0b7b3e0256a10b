import type { Departure } from '../../src/domain/inventory/supply/departure';
import { sinceRefusal } from '../../src/domain/inventory/supply/refusal';
import {
  departureBy,
  emptyStock,
  evolveStock,
  type Stock,
  type StockEvent,
} from '../../src/domain/inventory/supply/stock';
import type { SupplyCount, SupplyMovement } from '../../src/domain/inventory/supply/supply';
import { decideCount, decideMovement, type FeedAnswer } from '../../src/domain/inventory/supply/supply-feed';
import { MovementBook } from './inventory/supply/movement-book';

export type Message = SupplyCount | SupplyMovement;

/** One stock row that applies messages, refusals and departures as the store does. */
export class StockShelf {
  stock: Stock = emptyStock('tea', 'leeds');
  readonly #books = new Map<string, MovementBook>();
  readonly #departures: Departure[] = [];

  take(message: Message): FeedAnswer {
    const book = this.#bookOf(message);
    const { answer, events } =
      'count' in message
        ? decideCount(this.stock, message, book, this.#departures)
        : decideMovement(this.stock, message, book);
    for (const event of events) this.apply(event);
    if ('movement' in message && (answer.kind === 'applied' || answer.kind === 'stale')) book.record(message);
    return answer;
  }

  after(...messages: readonly Message[]): this {
    for (const message of messages) this.take(message);
    return this;
  }

  /** Records that the node has none, as of a moment. */
  refuse(refusedAt: string): this {
    const movements = [...this.#books.values()].flatMap((book) => book.all());
    const since = sinceRefusal(this.stock, refusedAt, { movements, departures: this.#departures });
    const data = { reservationId: 'rsv_1', reason: 'NOT_IN_STOCK', quantity: 1, refusedAt, since } as const;
    this.apply({ type: 'inventory.stock-refused.v1', data });
    return this;
  }

  apply(event: StockEvent): this {
    this.stock = evolveStock(this.stock, event);
    const departure = departureBy(event);
    if (departure) this.#departures.push(departure);
    return this;
  }

  #bookOf({ sourceId, section, epoch = 0 }: Message): MovementBook {
    const key = `${sourceId}/${section}/${epoch}`;
    const book = this.#books.get(key) ?? new MovementBook();
    this.#books.set(key, book);
    return book;
  }
}
