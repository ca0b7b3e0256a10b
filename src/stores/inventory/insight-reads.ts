import type { StoreSession } from '../postgres/store-session';

/** The places of a node that have reported supply, and those whose supply has expired. */
export interface StalePlaces {
  readonly nodeId: string;
  readonly places: number;
  readonly stale: number;
}

/** Counts the items at each node, and those with an expiry logged since their newest message. */
export function stalePlaces(session: StoreSession): Promise<readonly StalePlaces[]> {
  return session.$queryRaw`
    SELECT node_id AS "nodeId", count(*)::int AS places, count(supply_noted_ttl)::int AS stale
    FROM stock GROUP BY node_id ORDER BY node_id`;
}

/** Returns the source with the highest authority among those assigned to each node, now. */
export async function sourcesOfNodes(session: StoreSession): Promise<ReadonlyMap<string, string>> {
  const rows = await session.$queryRaw<{ nodeId: string; id: string }[]>`
    SELECT DISTINCT ON (node_id) node_id AS "nodeId", id
    FROM source CROSS JOIN LATERAL unnest(nodes) AS node_id ORDER BY node_id, authority DESC, id`;
  return new Map(rows.map(({ nodeId, id }) => [nodeId, id]));
}
