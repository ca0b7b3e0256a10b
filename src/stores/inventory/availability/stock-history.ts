import {
  type BackorderEntry,
  type BackorderEvent,
  type BackorderQueue,
  emptyQueue,
  evolveEntry,
  evolveQueue,
} from '../../../domain/inventory/limits/backorder';
import { type CapUsage, evolveCapUsage } from '../../../domain/inventory/limits/cap-usage';
import type { CapEvent } from '../../../domain/inventory/limits/sales-cap';
import type { Known } from '../../../domain/inventory/offer/availability';
import {
  evolveSetting,
  SETTING_OF,
  type Setting,
  type SettingEvent,
} from '../../../domain/inventory/offer/availability-setting';
import { emptyShelf, evolveShelf, freshShelf, type Shelf } from '../../../domain/inventory/offer/shelf';
import {
  type CountsRepeated,
  isSamePlace,
  type LastRepeat,
  lastRepeat,
  repeatKey,
} from '../../../domain/inventory/supply/freshness';
import type { Stock, StockEvent } from '../../../domain/inventory/supply/stock';
import { idOf, type PlaceKey, type StreamKey, streamOf } from '../../../names/stream-key';
import type { PrismaClient } from '../../generated/inventory/client';
import { refuseArchived } from '../../log/log-start';
import { type PastFold, PastStreams } from '../../log/past-streams';
import { isAhead } from '../../postgres/clock';
import { exactlyOne } from '../../postgres/exactly-one';

type SettingKey = Exclude<StreamKey, PlaceKey>;
type SetUpRow = SettingEvent & { readonly key: SettingKey; readonly occurredAt: string };

/** A backorder queue and its entries by place. Folding changes the entries in place. */
export interface PastQueue {
  readonly queue: BackorderQueue;
  readonly entries: Record<number, BackorderEntry>;
}

/** Items at a moment, folded from the log. */
export interface PastItem extends Known {
  /** True when the moment lies ahead of the database's clock. */
  readonly isAhead: boolean;
}

/** The revisions of the folds; raise one when its fold changes. */
const SHELF_REVISION = 1;
const QUEUE_REVISION = 1;
const CAP_REVISION = 1;

/** An event of repeated counts is about as large as 500 other events. */
const REPEATS_A_PAGE = 50;

/** A stock row of an item, with the newest repeated count of each place. */
interface PastNode {
  readonly nodeId: string;
  readonly repeated: readonly LastRepeat[];
}

/**
 * A page of events of repeated counts, newest first. `found`: the newest that names the item. `archived`: the repeated
 * count of the place in the state of the last archived event.
 */
interface RepeatsPage {
  readonly first: number | null;
  readonly since: string;
  readonly found: CountsRepeated | null;
  readonly archived: LastRepeat | null;
}

/** The fold of an item's stock at a node. */
export function shelfFold(sku: string, nodeId: string): PastFold<Shelf, StockEvent> {
  return {
    revision: SHELF_REVISION,
    start: emptyShelf(sku, nodeId),
    take: (before, events) =>
      events.reduce((state, event) => evolveShelf(state, event, event.occurredAt), before),
  };
}

/** The fold of an item's backorder queue and its entries. */
export function queueFold(sku: string): PastFold<PastQueue, BackorderEvent> {
  return {
    revision: QUEUE_REVISION,
    start: { queue: emptyQueue(sku), entries: {} },
    take: (before, events) => events.reduce(evolvePastQueue, before),
  };
}

/** The fold of a sales cap; null before it was set. */
export const CAP_FOLD: PastFold<CapUsage | null, CapEvent> = {
  revision: CAP_REVISION,
  start: null,
  take: (before, events) =>
    events.reduce<CapUsage | null>(
      (usage, event) => evolveCapUsage(usage ?? undefined, event) ?? null,
      before,
    ),
};

/** Reads of stock as of a past moment, folded from the log alone. */
export class StockHistory {
  readonly #streams: PastStreams;

  constructor(private readonly client: PrismaClient) {
    this.#streams = new PastStreams(client);
  }

  /**
   * Folds an item up to a moment, at every node that has ever had stock of it. `settings` holds only the item's backorder
   * queue, and the item, nodes, sources and rules that existed at that moment.
   * @returns undefined when the item was never set up
   * @throws EventsArchived when the log begins after the moment
   */
  async at(sku: string, moment: string): Promise<PastItem | undefined> {
    await refuseArchived(this.client, moment);
    const [found] = await this.client.$queryRaw<{ isKnown: boolean; isAhead: boolean; nodes: PastNode[] }[]>`
      SELECT EXISTS (SELECT 1 FROM event WHERE stream = ${streamOf({ kind: 'item', sku })}) AS "isKnown",
        ${moment}::timestamptz > statement_timestamp() AS "isAhead",
        coalesce((SELECT json_agg(json_build_object('nodeId', node_id, 'repeated', repeated) ORDER BY node_id)
          FROM stock WHERE sku = ${sku}::text), '[]') AS nodes`;
    if (!found?.isKnown) return undefined;
    const shelves = await Promise.all(found.nodes.map((node) => this.#shelf(sku, node, moment)));
    const { queue, entries } = await this.#queue(sku, moment);
    const settings = await this.#settings(sku, moment);
    return {
      isAhead: found.isAhead,
      shelves,
      settings: [...settings, { kind: 'queue', id: sku, state: queue }],
      entries: new Map([[sku, entries]]),
    };
  }

  /**
   * Folds some items up to a moment, with the caps that have ever limited them. Items that were never set up are left
   * out.
   */
  async known(skus: readonly string[], moment: string): Promise<PastItem> {
    const items: Known[] = [];
    for (const sku of skus) {
      const item = await this.at(sku, moment);
      if (item) items.push({ ...item, settings: [...item.settings, ...(await this.#caps(sku, moment))] });
    }
    return {
      isAhead: await isAhead(this.client, moment),
      shelves: items.flatMap(({ shelves }) => shelves),
      settings: items.flatMap(({ settings }) => settings),
      entries: new Map(items.flatMap(({ entries }) => [...entries])),
    };
  }

  /** Folds an item's backorder queue and its entries. */
  async #queue(sku: string, moment: string) {
    const past = await this.#streams.fold({ kind: 'backorder', sku }, moment, queueFold(sku));
    return { queue: past.queue, entries: Object.values(past.entries).sort((a, b) => a.place - b.place) };
  }

  /** Folds the caps that have ever limited an item. */
  async #caps(sku: string, moment: string): Promise<readonly Setting[]> {
    const named = await this.client.$queryRaw<{ id: string }[]>`
      SELECT DISTINCT key->>'id' AS id FROM event
      WHERE type = 'inventory.cap-set.v1' AND data->'skus' @> to_jsonb(${sku}::text) ORDER BY id`;
    return Promise.all(
      named.map(async ({ id }): Promise<Setting> => {
        const state = await this.#streams.fold({ kind: 'cap', id }, moment, CAP_FOLD);
        return { kind: 'cap', id, state };
      }),
    );
  }

  /** Folds the stock of one node, with the counts that repeated its newest ones. */
  async #shelf(sku: string, { nodeId, repeated }: PastNode, moment: string): Promise<Shelf> {
    const shelf = await this.#streams.fold({ kind: 'stock', sku, nodeId }, moment, shelfFold(sku, nodeId));
    const past = repeated.map((newest) =>
      newest.receivedAt <= moment ? newest : this.#repeatBefore(shelf.stock, newest, moment),
    );
    return freshShelf(
      shelf,
      (await Promise.all(past)).flatMap((repeat) => repeat ?? []),
    );
  }

  /** Finds the newest count received up to a moment that repeats the count of the same place in the stock's log. */
  async #repeatBefore(
    { sku, nodeId, supplies }: Stock,
    place: LastRepeat,
    moment: string,
  ): Promise<LastRepeat | undefined> {
    const { sourceId, section } = place;
    const counted = supplies.find((entry) => isSamePlace(entry, place))?.receivedAt ?? moment;
    const wanted = JSON.stringify({ counts: [{ sku, section }] });
    const key = { kind: 'freshness', sourceId, nodeId } as const;
    for (let before = (await this.#streams.versionAt(key, moment)) + 1; ; ) {
      const { first, since, found, archived } = exactlyOne(
        await this.client.$queryRaw<RepeatsPage[]>`
        WITH page AS MATERIALIZED (
          SELECT version, occurred_at, data FROM event
          WHERE stream = ${streamOf(key)} AND version < ${before}::int
          ORDER BY version DESC LIMIT ${REPEATS_A_PAGE}::int)
        SELECT min(version) AS first, iso(min(occurred_at)) AS since,
          (SELECT data FROM page WHERE data @> ${wanted}::jsonb
           ORDER BY version DESC LIMIT 1) AS found,
          (SELECT state->${repeatKey(sku, section)}::text->'repeat' FROM stream_start
           WHERE stream = ${streamOf(key)}) AS archived
        FROM page`,
      );
      const counts = found?.counts.filter((one) => one.sku === sku && one.section === section);
      const last = counts?.at(-1);
      if (found && last) return lastRepeat(found, last);
      if (first === null) return archived ?? undefined;
      if (since < counted) return undefined;
      before = first;
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
        ORDER BY version DESC LIMIT 1) AS last
      ORDER BY named.stream`;
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

function evolvePastQueue({ queue, entries }: PastQueue, event: BackorderEvent): PastQueue {
  const { place } = event.data;
  const entry = evolveEntry(entries[place], event);
  if (entry) entries[place] = entry;
  else delete entries[place];
  return { queue: evolveQueue(queue, event), entries };
}
