import type { Item, Source, StockNode } from '../../domain/inventory/setup/set-up';
import { isRemoval } from '../../domain/removal';
import { type StreamKey, streamOf } from '../../names/stream-key';
import type { StoreSession } from '../../stores/postgres/store-session';
import { TRANSACTION_TIMEOUT_MS } from '../../stores/postgres/store-session';

/** A setting, and the moment from which it applies; undefined after its removal. */
interface Setting<T> {
  readonly at: number;
  readonly data: T | undefined;
}

interface SetUpRow {
  readonly stream: string;
  readonly type: string;
  readonly data: StockNode | Source | Item;
  readonly occurredAt: string;
}

/**
 * The history of nodes, sources and items. A grant reads settings without locks, so it may see a setting before or
 * after a concurrent change: every version from within the longest time of a transaction counts as in force.
 */
export class SettingsHistory {
  readonly #settings = new Map<string, Setting<SetUpRow['data']>[]>();

  constructor(rows: readonly SetUpRow[]) {
    for (const { stream, type, data, occurredAt } of rows) {
      const history = this.#settings.get(stream) ?? [];
      history.push({ at: Date.parse(occurredAt), data: isRemoval({ type }) ? undefined : data });
      this.#settings.set(stream, history);
    }
  }

  nodesAt(id: string, moment: string): readonly StockNode[] {
    return this.#inForce({ kind: 'node', id }, moment) as readonly StockNode[];
  }

  sourcesAt(id: string, moment: string): readonly Source[] {
    return this.#inForce({ kind: 'source', id }, moment) as readonly Source[];
  }

  /** Returns the versions of an item that may have been in force; only items with a backorder queue are loaded. */
  itemsAt(sku: string, moment: string): readonly Item[] {
    return this.#inForce({ kind: 'item', sku }, moment) as readonly Item[];
  }

  #inForce(key: StreamKey, moment: string): readonly SetUpRow['data'][] {
    const until = Date.parse(moment);
    const known = (this.#settings.get(streamOf(key)) ?? []).filter(({ at }) => at <= until);
    const settled = known.findLastIndex(({ at }) => at <= until - TRANSACTION_TIMEOUT_MS);
    return known.slice(Math.max(0, settled)).flatMap(({ data }) => data ?? []);
  }
}

/** Loads the history of settings. Nodes, sources and items with backorders are few, so it fits in memory. */
export async function loadSettings(session: StoreSession): Promise<SettingsHistory> {
  const named = await session.$queryRaw<{ key: StreamKey }[]>`
    SELECT json_build_object('kind', 'node', 'id', id) AS key
      FROM (SELECT id FROM node UNION SELECT node_id FROM stock) AS nodes
    UNION ALL SELECT json_build_object('kind', 'source', 'id', id)
      FROM (SELECT id FROM source UNION SELECT jsonb_array_elements(supplies)->>'sourceId' FROM stock) AS sources
    UNION ALL SELECT json_build_object('kind', 'item', 'sku', sku) FROM backorder_queue`;
  const rows = await session.$queryRaw<SetUpRow[]>`
    SELECT stream, type, data, iso(occurred_at) AS "occurredAt" FROM event
    WHERE stream = ANY(${named.map(({ key }) => streamOf(key))}::text[])
    ORDER BY stream, version`;
  return new SettingsHistory(rows);
}
