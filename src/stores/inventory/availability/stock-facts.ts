import { type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import type { StockFacts } from '../../../domain/inventory/offer/node-terms';
import type { AssignedSources, NodeAsSet } from '../../../domain/inventory/setup/set-up';
import { deferredCounts, type LastRepeat } from '../../../domain/inventory/supply/freshness';
import { emptyStock, evolveStock } from '../../../domain/inventory/supply/stock';
import type { SupplyEntry } from '../../../domain/inventory/supply/supply';

/** The columns of the view `stock_facts`. An array costs PostgreSQL a fifth of an object with keys on this hot path. */
type FactsRow = readonly [
  sku: string,
  nodeId: string,
  supplies: readonly SupplyEntry[],
  unavailable: number,
  held: number,
  committed: number,
  version: number,
  heldNow: number,
  heldSinceCount: number | null,
  committedSinceCount: number | null,
  zeroedAt: string | null,
  restoredAt: string | null,
  repeated: readonly LastRepeat[],
];

/** The columns that `factsColumns` selects. */
export interface FactsLoaded {
  readonly stock: readonly FactsRow[];
  readonly nodes: readonly (NodeAsSet & { readonly sources: AssignedSources })[];
}

/**
 * Builds the columns that `toFacts` reads: the facts of some items, and their nodes with the sources assigned to each.
 * `nodeIds` names further nodes to load, for `emptyFacts`.
 */
export function factsColumns(skus: readonly string[], nodeIds: readonly string[] = []) {
  return sql`
    (SELECT coalesce(json_agg(json_build_array(sku, node_id, supplies, unavailable, held, committed, stream_version,
       held_now, held_since_count, committed_since_count, iso(zeroed_at), iso(restored_at), repeated)), '[]')
     FROM stock_facts WHERE sku = ANY(${[...skus]})) AS stock,
    (SELECT coalesce(json_agg(json_build_object('id', id, 'name', name, 'kind', kind, 'region', region,
       'priority', priority, 'enabled', enabled, 'safetyStock', safety_stock,
       'feedTtlSeconds', feed_ttl_seconds, 'setAt', iso(set_at), 'sources', ${assignedSources(sql`node.id`)})), '[]')
     FROM node WHERE id IN (SELECT node_id FROM stock WHERE sku = ANY(${[...skus]})) OR id = ANY(${[...nodeIds]})) AS nodes`;
}

/** Builds an expression for the sources assigned to a node, as `AssignedSources`. */
export function assignedSources(nodeId: Sql) {
  return sql`(
    SELECT coalesce(json_object_agg(s.id, json_build_object('authority', s.authority,
      'epoch', coalesce((s.forms->${nodeId}->>'epoch')::bigint, 0))), '{}')
    FROM source s WHERE s.nodes @> ARRAY[${nodeId}])`;
}

/** Converts loaded rows to facts, each with the version of its stream, and the counts that its log does not contain. */
export function toFacts({ stock, nodes }: FactsLoaded) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return stock.flatMap((row) => {
    const found = byId.get(row[1]);
    if (!found) return [];
    const { sources, ...node } = found;
    const logged = factsOf(row, node, sources);
    const deferred = deferredCounts(logged.stock, row[12]);
    const stock = deferred.reduce(evolveStock, logged.stock);
    return [{ facts: { ...logged, stock }, version: row[6], deferred }];
  });
}

/** Returns the facts of places without a stock row whose node is loaded. Their streams begin with the next event. */
export function emptyFacts(
  { stock, nodes }: FactsLoaded,
  places: readonly { readonly sku: string; readonly nodeId: string }[],
) {
  const known = new Set(stock.map(([sku, nodeId]) => JSON.stringify([sku, nodeId])));
  return places.flatMap(({ sku, nodeId }) => {
    const key = JSON.stringify([sku, nodeId]);
    const found = nodes.find(({ id }) => id === nodeId);
    if (known.has(key) || !found) return [];
    known.add(key);
    const { sources, ...node } = found;
    const facts: StockFacts = { node, stock: emptyStock(sku, nodeId), heldNow: 0, sinceCount: null, sources };
    return [{ facts, version: 0, deferred: [] }];
  });
}

function factsOf(row: FactsRow, node: NodeAsSet, sources: AssignedSources): StockFacts {
  const [
    sku,
    nodeId,
    supplies,
    unavailable,
    held,
    committed,
    ,
    heldNow,
    heldSince,
    committedSince,
    zeroedAt,
    restoredAt,
  ] = row;
  const sinceCount =
    heldSince === null || committedSince === null ? null : { held: heldSince, committed: committedSince };
  return {
    node,
    stock: { sku, nodeId, supplies, unavailable, held, committed, zeroedAt, restoredAt },
    heldNow,
    sinceCount,
    sources,
  };
}
