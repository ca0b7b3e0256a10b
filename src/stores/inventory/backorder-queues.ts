import { sqltag as sql } from '@prisma/client/runtime/client';
import type { BackorderEntry } from '../../domain/inventory/limits/backorder';
import type { EligibilityRule } from '../../domain/inventory/limits/eligibility';
import {
  claimsOfQueue,
  type QueueClaims,
  type WalkedItem,
  walkQueue,
} from '../../domain/inventory/offer/backorder-walk';
import type { Item } from '../../domain/inventory/setup/set-up';
import { exactlyOne } from '../postgres/exactly-one';
import type { StoreSession } from '../postgres/store-session';
import { type FactsLoaded, factsColumns, toFacts } from './availability/stock-facts';

/** Entries read at once of one queue. Most queues have fewer; a queue of any length is read portion by portion. */
const PORTION = 500;

interface Portion {
  readonly sku: string;
  readonly entries: readonly BackorderEntry[];
}

/** The columns that `walkedItems` reads, beside the facts. */
interface RulesLoaded {
  readonly rules: readonly EligibilityRule[];
  readonly items: readonly Pick<Item, 'sku' | 'tags'>[];
}

interface Extent {
  /** The database's clock. */
  readonly now: string;
  /** True to read the queues to their ends, also where no stock is left for the entries further back. */
  readonly whole: boolean;
}

/** Reads the next portion of some queues' entries, each after a position. */
type ReadPortions = (skus: readonly string[], after: readonly number[]) => Promise<readonly Portion[]>;

/**
 * Reads the entries of some items' queues from their heads, as far as there is stock that an entry might claim. Without
 * such stock it reads nothing.
 */
export async function readEntries(
  read: ReadPortions,
  items: readonly WalkedItem[],
  { now, whole }: Extent,
): Promise<ReadonlyMap<string, readonly BackorderEntry[]>> {
  const known = new Map<string, readonly BackorderEntry[]>();
  const goesOn = (item: WalkedItem) => whole || !walkQueue(item, known.get(item.sku) ?? [], now).isExhausted;
  let reading = items.filter(goesOn);
  while (reading.length > 0) {
    const skus = reading.map(({ sku }) => sku);
    const after = skus.map((sku) => known.get(sku)?.at(-1)?.place ?? 0);
    const portions = await read(skus, after);
    for (const { sku, entries } of portions) known.set(sku, [...(known.get(sku) ?? []), ...entries]);
    const full = new Set(portions.filter(({ entries }) => entries.length === PORTION).map(({ sku }) => sku));
    reading = reading.filter((item) => full.has(item.sku) && goesOn(item));
  }
  return known;
}

/** Builds the column of the eligibility rules in force on some items. */
export function rulesColumn(skus: readonly string[]) {
  return sql`
    (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'reason', reason, 'deny', jsonb_build_object('sku', sku,
       'itemTag', item_tag, 'nodeId', node_id, 'region', region, 'channel', channel,
       'shippingMethod', shipping_method))), '[]')
     FROM eligibility_rule WHERE is_active AND (sku IS NULL OR sku = ANY(${[...skus]}))) AS rules`;
}

/** Converts loaded rows to the facts that walks along the queues of some items need. */
export function walkedItems(
  skus: readonly string[],
  loaded: FactsLoaded & RulesLoaded,
): readonly WalkedItem[] {
  const shelves = toFacts(loaded).map(({ facts }) => facts);
  return skus.map((sku) => ({
    sku,
    tags: loaded.items.find((item) => item.sku === sku)?.tags ?? [],
    shelves: shelves.filter(({ stock }) => stock.sku === sku),
    rules: loaded.rules.filter(({ deny }) => deny.sku === null || deny.sku === sku),
  }));
}

/** A walk along an item's queue, the facts it was made with, and its moment on the database's clock. */
export interface StoredWalk {
  readonly item: WalkedItem;
  readonly walk: QueueClaims;
  readonly now: string;
}

/** Walks along the queues of some items as they stand. Reads lock nothing, so a fill decides anew under locks. */
export async function walkStoredQueues(
  session: Pick<StoreSession, '$queryRaw'>,
  skus: readonly string[],
): Promise<readonly StoredWalk[]> {
  const row = exactlyOne(
    await session.$queryRaw<(FactsLoaded & RulesLoaded & { readonly now: string })[]>(sql`
      SELECT iso(statement_timestamp()) AS now, ${factsColumns(skus)}, ${rulesColumn(skus)},
        (SELECT coalesce(jsonb_agg(jsonb_build_object('sku', sku, 'tags', tags)), '[]')
         FROM item WHERE sku = ANY(${[...skus]})) AS items`),
  );
  const items = walkedItems(skus, row);
  const entries = await readEntries(storedEntries(session), items, { now: row.now, whole: false });
  return items.map((item) => ({
    item,
    walk: claimsOfQueue(item, entries.get(item.sku) ?? [], row.now),
    now: row.now,
  }));
}

/** Reads portions of the queues as they stand, of at most `most` entries each. */
export function storedEntries(session: Pick<StoreSession, '$queryRaw'>, most = PORTION): ReadPortions {
  return (skus, after) =>
    session.$queryRaw(sql`
      SELECT of_sku AS sku, (SELECT coalesce(json_agg(json_build_object('reservationId', reservation_id,
          'place', place, 'quantity', quantity, 'buyer', buyer, 'exclusions', exclusions) ORDER BY place), '[]')
        FROM (SELECT * FROM backorder WHERE sku = of_sku AND place > after
          ORDER BY place LIMIT ${most}::int) b) AS entries
      FROM unnest(${[...skus]}::text[], ${[...after]}::int[]) AS queue(of_sku, after)`);
}

/** Reads portions of the queues as the availability projection has them. */
export function projectedEntries(session: Pick<StoreSession, '$queryRaw'>): ReadPortions {
  return (skus, after) =>
    session.$queryRaw(sql`
      SELECT of_sku AS sku, (SELECT coalesce(json_agg(entry ORDER BY place), '[]')
        FROM (SELECT * FROM availability_backorder WHERE sku = of_sku AND place > after
          ORDER BY place LIMIT ${PORTION}::int) b) AS entries
      FROM unnest(${[...skus]}::text[], ${[...after]}::int[]) AS queue(of_sku, after)`);
}
