import {
  type BackorderEntry,
  type BackorderEvent,
  type BackorderQueue,
  emptyQueue,
  evolveEntry,
  evolveQueue,
} from '../../../domain/inventory/limits/backorder';
import type { Known } from '../../../domain/inventory/offer/availability';
import {
  evolveSetting,
  SETTING_OF,
  type Setting,
  type SettingEvent,
} from '../../../domain/inventory/offer/availability-setting';
import { emptyShelf, evolveShelf, type Shelf } from '../../../domain/inventory/offer/shelf';
import type { StockEvent } from '../../../domain/inventory/supply/stock';
import { idOf, type StockKey, type StreamKey, streamOf } from '../../../names/stream-key';
import type { PrismaClient } from '../../generated/inventory/client';

type Logged<Event> = Event & { readonly version: number; readonly occurredAt: string };
type SettingKey = Exclude<StreamKey, StockKey>;
type SetUpRow = SettingEvent & { readonly key: SettingKey; readonly occurredAt: string };

/** An item at a moment, folded from the log. */
export interface PastItem extends Known {
  /** True when the moment lies ahead of the database's clock. */
  readonly isAhead: boolean;
}

const EVENTS_A_PAGE = 2_000;

/** Reads of stock as of a past moment, folded from the log alone. */
export class StockHistory {
  constructor(private readonly client: PrismaClient) {}

  /**
   * Folds an item up to a moment, at every node that has ever had stock of it. `settings` holds only the item's backorder
   * queue, and the item, nodes, sources and rules that existed at that moment.
   * @returns undefined when the item was never set up
   */
  async at(sku: string, moment: string): Promise<PastItem | undefined> {
    const [found] = await this.client.$queryRaw<{ isKnown: boolean; isAhead: boolean; nodes: string[] }[]>`
      SELECT EXISTS (SELECT 1 FROM event WHERE stream = ${streamOf({ kind: 'item', sku })}) AS "isKnown",
        ${moment}::timestamptz > statement_timestamp() AS "isAhead",
        coalesce((SELECT json_agg(node_id) FROM stock WHERE sku = ${sku}::text), '[]') AS nodes`;
    if (!found?.isKnown) return undefined;
    const shelves = await Promise.all(found.nodes.map((nodeId) => this.#shelf(sku, nodeId, moment)));
    const { queue, entries } = await this.#queue(sku, moment);
    const settings = await this.#settings(sku, moment);
    return {
      isAhead: found.isAhead,
      shelves,
      settings: [...settings, { kind: 'queue', id: sku, state: queue }],
      entries: new Map([[sku, entries]]),
    };
  }

  /** Folds an item's backorder queue and its entries. */
  async #queue(sku: string, moment: string) {
    let queue: BackorderQueue = emptyQueue(sku);
    const entries = new Map<number, BackorderEntry>();
    for await (const event of this.#eventsOf<BackorderEvent>({ kind: 'backorder', sku }, moment)) {
      const { place } = event.data;
      queue = evolveQueue(queue, event);
      const entry = evolveEntry(entries.get(place), event);
      if (entry) entries.set(place, entry);
      else entries.delete(place);
    }
    return { queue, entries: [...entries.values()].sort((a, b) => a.place - b.place) };
  }

  /** Folds the stock of one node. */
  async #shelf(sku: string, nodeId: string, moment: string): Promise<Shelf> {
    let shelf = emptyShelf(sku, nodeId);
    for await (const event of this.#eventsOf<StockEvent>({ kind: 'stock', sku, nodeId }, moment))
      shelf = evolveShelf(shelf, event, event.occurredAt);
    return shelf;
  }

  /** Reads a stream up to a moment, one page at a time: an item in demand has a long log. */
  async *#eventsOf<Event>(key: StreamKey, moment: string): AsyncGenerator<Logged<Event>> {
    const stream = streamOf(key);
    let read = 0;
    for (;;) {
      const page = await this.client.$queryRaw<Logged<Event>[]>`
        SELECT version, type, data, iso(occurred_at) AS "occurredAt" FROM event
        WHERE stream = ${stream} AND version > ${read}::int ORDER BY version LIMIT ${EVENTS_A_PAGE}::int`;
      for (const event of page) {
        if (event.occurredAt > moment) return;
        yield event;
        read = event.version;
      }
      if (page.length < EVENTS_A_PAGE) return;
    }
  }

  /**
   * Reads an item, the rules, and the nodes and sources of its stock, as last set at a moment. The tables give only the ids;
   * those of nodes and sources come from stock, because they may be removed since. The log gives the content.
   */
  async #settings(sku: string, moment: string): Promise<readonly Setting[]> {
    const named = await this.client.$queryRaw<Extract<SettingKey, { readonly id: string }>[]>`
      SELECT 'node' AS kind, node_id AS id FROM stock WHERE sku = ${sku}::text
      UNION SELECT 'source', jsonb_array_elements(supplies)->>'sourceId' FROM stock WHERE sku = ${sku}::text
      UNION ALL SELECT 'rule', id FROM eligibility_rule`;
    const keys: SettingKey[] = [{ kind: 'item', sku }, ...named];
    const rows = await this.client.$queryRaw<SetUpRow[]>`
      SELECT last.* FROM unnest(${keys.map(streamOf)}::text[]) AS named(stream)
      CROSS JOIN LATERAL (
        SELECT key, type, data, iso(occurred_at) AS "occurredAt" FROM event
        WHERE stream = named.stream AND occurred_at <= ${moment}::timestamptz
        ORDER BY version DESC LIMIT 1) AS last`;
    return rows.map(({ key, ...event }) => {
      const id = idOf(key);
      return {
        kind: SETTING_OF[event.type],
        id,
        state: evolveSetting(id, null, event, event.occurredAt),
      } as Setting;
    });
  }
}
