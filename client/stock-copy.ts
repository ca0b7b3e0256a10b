import { emptyShelf, evolveShelf, freshShelf, type Shelf } from '../src/domain/inventory/offer/shelf';
import {
  type CountsRepeated,
  type LastRepeat,
  lastRepeat,
  withRepeat,
} from '../src/domain/inventory/supply/freshness';
import type { StockEvent } from '../src/domain/inventory/supply/stock';
import { compositeName } from '../src/names/composite-name';
import type { StreamKey } from '../src/names/stream-key';

/** An event of the event feed, as far as a copy of stock reads it. */
export interface FeedEvent {
  readonly stream: string;
  readonly key: StreamKey;
  readonly version: number;
  readonly type: string;
  readonly data: object;
  readonly occurredAt: string;
}

/** A row of `GET /v1/snapshots/stock` or of `GET /v1/latest/stock`. */
export interface FoldedRow {
  readonly stream: string;
  readonly key: StreamKey;
  readonly version: number;
  readonly state: unknown;
}

interface Row {
  readonly version: number;
  readonly shelf: Shelf;
}

/**
 * A copy of the stock of every item at every node, kept by events, by rows, or by rows and the events after them. It
 * folds as Holdfast itself does, also late counts, movements and departures, and needs every event of a stream after
 * the row that it was loaded with.
 */
export class StockCopy {
  readonly #rows = new Map<string, Row>();
  /** The newest repeated counts of each place, which have streams of their own. */
  readonly #repeated = new Map<string, readonly LastRepeat[]>();

  /** The items at nodes that the copy has. */
  get places(): readonly { readonly sku: string; readonly nodeId: string }[] {
    return [...this.#rows.values()].map(({ shelf }) => shelf.stock);
  }

  /** Replaces the state of a place by a row, unless the copy has a newer version. Rows of settings are ignored. */
  load({ key, version, state }: FoldedRow): void {
    if (key.kind !== 'stock') return;
    const name = compositeName(key.sku, key.nodeId);
    if (version < (this.#rows.get(name)?.version ?? 0)) return;
    this.#rows.set(name, { version, shelf: state as Shelf });
  }

  /**
   * Applies an event. Events that the copy contains, and events about something else, change nothing.
   * @throws Error when earlier events are missing: they were lost on the way, or are archived, and a copy that begins
   * has to load the snapshot first
   */
  take(event: FeedEvent): void {
    const { key } = event;
    if (key.kind === 'freshness') this.#takeRepeats(event.data as CountsRepeated);
    if (key.kind !== 'stock') return;
    const name = compositeName(key.sku, key.nodeId);
    const row = this.#rows.get(name) ?? { version: 0, shelf: emptyShelf(key.sku, key.nodeId) };
    if (event.version <= row.version) return;
    if (event.version > row.version + 1) {
      const missing = `${event.stream}: version ${event.version} follows version ${row.version}`;
      throw new Error(row.version === 0 ? `${missing}: load the stock snapshot first` : missing);
    }
    const shelf = evolveShelf(row.shelf, event as FeedEvent & StockEvent, event.occurredAt);
    this.#rows.set(name, { version: event.version, shelf });
  }

  /**
   * Returns the stock of an item at a node, with the newest moments of its counts; undefined when the node has none.
   */
  at(sku: string, nodeId: string): Shelf | undefined {
    const name = compositeName(sku, nodeId);
    const shelf = this.#rows.get(name)?.shelf;
    return shelf && freshShelf(shelf, this.#repeated.get(name) ?? []);
  }

  #takeRepeats({ counts, ...message }: CountsRepeated): void {
    for (const count of counts) {
      const name = compositeName(count.sku, message.nodeId);
      const repeat = lastRepeat(message, count);
      this.#repeated.set(name, withRepeat(this.#repeated.get(name) ?? [], repeat));
    }
  }
}
