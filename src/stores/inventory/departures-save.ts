import { sqltag as sql } from '@prisma/client/runtime/client';
import type { StepSession } from '../postgres/store-session';
import type { StockDeparture } from './inventory-session';

/** Saves units that have left stock. It is a separate statement, because most transactions have none. */
export function saveDepartures(session: StepSession, departures: readonly StockDeparture[]): void {
  session.save(insertDepartures(departures));
}

/** Builds the statement that saves departed units, and the moment of the last departure in their stock rows. */
export function insertDepartures(departures: readonly StockDeparture[]) {
  return sql`
    WITH gone AS (
      INSERT INTO departure (sku, node_id, quantity, granted_at, left_at, sections)
      SELECT sku, "nodeId", quantity, "grantedAt", "leftAt", sections
      FROM jsonb_to_recordset(${JSON.stringify(departures)}::jsonb) AS d(sku text, "nodeId" text, quantity bigint,
        "grantedAt" timestamptz, "leftAt" timestamptz, sections jsonb)
      RETURNING sku, node_id, left_at),
    last AS (SELECT sku, node_id, max(left_at) AS left_at FROM gone GROUP BY sku, node_id)
    UPDATE stock SET last_left_at = greatest(stock.last_left_at, last.left_at)
    FROM last WHERE stock.sku = last.sku AND stock.node_id = last.node_id`;
}
