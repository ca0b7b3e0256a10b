import { sqltag as sql } from '@prisma/client/runtime/client';
import type { StockFacts } from '../../../domain/inventory/offer/node-terms';
import type { NodeAsSet } from '../../../domain/inventory/setup/set-up';
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
  repairedAt: string | null,
];

/** The columns that `factsColumns` selects. */
export interface FactsLoaded {
  readonly stock: readonly FactsRow[];
  readonly nodes: readonly NodeAsSet[];
  readonly authorities: Readonly<Record<string, number>>;
}

/** Builds the columns that `toFacts` reads: the facts of some items, their nodes, and the authority of each source. */
export function factsColumns(skus: readonly string[]) {
  return sql`
    (SELECT coalesce(json_agg(json_build_array(sku, node_id, supplies, unavailable, held, committed, stream_version,
       held_now, held_since_count, committed_since_count, iso(zeroed_at), iso(repaired_at))), '[]')
     FROM stock_facts WHERE sku = ANY(${[...skus]})) AS stock,
    (SELECT coalesce(json_agg(json_build_object('id', id, 'name', name, 'kind', kind, 'region', region,
       'priority', priority, 'enabled', enabled, 'safetyStock', safety_stock,
       'feedTtlSeconds', feed_ttl_seconds, 'setAt', iso(set_at))), '[]')
     FROM node WHERE id IN (SELECT node_id FROM stock WHERE sku = ANY(${[...skus]}))) AS nodes,
    (SELECT coalesce(json_object_agg(id, authority), '{}') FROM source) AS authorities`;
}

/** Converts loaded rows to facts, each with the version of its stream. */
export function toFacts({ stock, nodes, authorities }: FactsLoaded) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return stock.flatMap((row) => {
    const node = byId.get(row[1]);
    return node ? [{ facts: factsOf(row, node, authorities), version: row[6] }] : [];
  });
}

function factsOf(row: FactsRow, node: NodeAsSet, authorities: FactsLoaded['authorities']): StockFacts {
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
    repairedAt,
  ] = row;
  const sinceCount =
    heldSince === null || committedSince === null ? null : { held: heldSince, committed: committedSince };
  return {
    node,
    stock: { sku, nodeId, supplies, unavailable, held, committed, zeroedAt, repairedAt },
    heldNow,
    sinceCount,
    authorities,
  };
}
