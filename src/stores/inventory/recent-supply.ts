import { sqltag as sql } from '@prisma/client/runtime/client';
import type { RecentSupply } from '../../domain/inventory/supply/refusal';

/** A node's refusal of an item, with its moment. */
export interface NodeRefused {
  readonly sku: string;
  readonly nodeId: string;
  readonly refusedAt: string;
}

/** The movements and departures of one item at one node since it was refused there. */
export type RecentRow = RecentSupply & Pick<NodeRefused, 'sku' | 'nodeId'>;

/**
 * Builds the column of a load with the movements and departures since refusals, a row for each refused item at a node.
 * Only movements above the newest counts are read.
 */
export function recentColumn(refusals: readonly NodeRefused[]) {
  if (refusals.length === 0) return sql`'[]'::json`;
  return sql`
    (SELECT coalesce(json_agg(json_build_object('sku', sku, 'nodeId', node_id,
       'movements', (
         SELECT coalesce(json_agg(json_build_object('sourceId', m.source_id, 'section', nullif(m.section, ''),
           'basis', e->>'basis', 'epoch', m.epoch, 'sequence', m.sequence, 'movement', m.movement,
           'observedAt', iso(m.observed_at), 'receivedAt', iso(m.received_at))), '[]')
         FROM jsonb_array_elements(supplies) AS e
         JOIN supply_movement m ON m.source_id = e->>'sourceId' AND m.sku = s.sku AND m.node_id = s.node_id
           AND m.section = coalesce(e->>'section', '') AND m.epoch = (e->>'epoch')::bigint
           AND m.sequence > coalesce((e->>'sequence')::bigint, -1)
         WHERE least(m.observed_at, m.received_at) > since),
       'departures', (
         SELECT coalesce(json_agg(json_build_object('quantity', quantity, 'grantedAt', iso(granted_at),
           'leftAt', iso(left_at), 'sections', sections)), '[]')
         FROM departure d WHERE d.sku = s.sku AND d.node_id = s.node_id AND left_at >= since))), '[]')
     FROM (
       SELECT sku, node_id, min(refused_at) AS since
       FROM unnest(${refusals.map(({ sku }) => sku)}::text[], ${refusals.map(({ nodeId }) => nodeId)}::text[],
         ${refusals.map(({ refusedAt }) => refusedAt)}::timestamptz[]) AS r(sku, node_id, refused_at)
       GROUP BY sku, node_id) AS refused
     JOIN stock s USING (sku, node_id))`;
}
