import { sqltag as sql } from '@prisma/client/runtime/client';
import type { Stock } from '../../domain/inventory/supply/stock';
import { decideExpiries, expiryWatch } from '../../domain/inventory/supply/supply-expiry';
import { type Cause, PendingLog } from '../log/event-log';
import { exactlyOne } from '../postgres/exactly-one';
import type { StorePool } from '../postgres/store-pool';
import type { StepSession } from '../postgres/store-session';
import { upsertStock } from './inventory-save';
import { openStoredStock, type StoredStock, storedStock } from './stock-stream';

interface Place {
  readonly sku: string;
  readonly nodeId: string;
}

interface Loaded {
  readonly now: string;
  readonly stock: readonly { readonly stored: StoredStock; readonly ttlSeconds: number | null }[];
}

/**
 * Logs the expiry of supply whose feed has fallen silent, for at most `limit` stock rows. Availability does not
 * depend on it: the clock decides that.
 * @returns the number of rows examined
 */
export async function noteExpiries(pool: StorePool, limit: number, cause: Cause): Promise<number> {
  const due = await dueRows(pool, limit);
  if (due.length > 0) await pool.step((session) => note(session, due, cause));
  return due.length;
}

/**
 * Finds the rows whose oldest supply without a logged expiry has expired under the node's present time-to-live. It also
 * finds rows whose expiry was logged under a shorter time-to-live, and whose longer one has passed since.
 */
function dueRows(pool: StorePool, limit: number): Promise<readonly Place[]> {
  return pool.$queryRaw<Place[]>`
    SELECT due.sku, due.node_id AS "nodeId"
    FROM node n
    CROSS JOIN LATERAL (SELECT statement_timestamp() - make_interval(secs => n.feed_ttl_seconds) AS since) heard
    CROSS JOIN LATERAL (
      (SELECT s.sku, s.node_id FROM stock s
       WHERE s.node_id = n.id AND s.supply_unnoted_since < heard.since
       ORDER BY s.supply_unnoted_since LIMIT ${limit})
      UNION ALL
      (SELECT s.sku, s.node_id FROM stock s
       WHERE s.node_id = n.id AND s.supply_noted_ttl < n.feed_ttl_seconds AND EXISTS (
         SELECT FROM jsonb_array_elements(s.supplies) AS entry
         WHERE (entry->>'expiryNotedTtl')::int < n.feed_ttl_seconds AND entry->>'heardAt' < iso(heard.since))
       LIMIT ${limit})) due
    WHERE n.feed_ttl_seconds IS NOT NULL
    LIMIT ${limit}`;
}

async function note(session: StepSession, due: readonly Place[], cause: Cause): Promise<void> {
  const skus = due.map(({ sku }) => sku);
  const nodes = due.map(({ nodeId }) => nodeId);
  const locking = session.$queryRaw`
    SELECT 1 FROM stock WHERE (sku, node_id) IN (SELECT * FROM unnest(${skus}::text[], ${nodes}::text[]))
    ORDER BY sku, node_id FOR UPDATE`;
  const loading = session.$queryRaw<Loaded[]>`
    SELECT iso(clock_timestamp()) AS now,
      (SELECT json_agg(json_build_object('stored', ${storedStock(sql`s`)}, 'ttlSeconds', n.feed_ttl_seconds))
       FROM stock s JOIN node n ON n.id = s.node_id
       WHERE (s.sku, s.node_id) IN (SELECT * FROM unnest(${skus}::text[], ${nodes}::text[]))) AS stock`;
  const [rows] = await Promise.all([loading, locking]);
  const loaded = exactlyOne(rows);
  const log = new PendingLog(loaded.now);
  const noted = loaded.stock.map(({ stored, ttlSeconds }) => {
    const shelf = openStoredStock(log, stored);
    for (const event of decideExpiries(shelf.state, ttlSeconds, loaded.now)) shelf.append(event, cause);
    return shelf;
  });
  const touched = noted.filter(({ isTouched }) => isTouched);
  if (!log.isEmpty) {
    session.save(sql`
      WITH logged AS (${log.insertion()})
      ${upsertStock(touched.map(({ state, version }) => ({ stock: state, version })))}`);
  }
  session.save(raisedBounds(noted.map(({ state }) => state)));
}

/** Raises the lower bound of the examined rows: none is due again before its oldest supply without a logged expiry. */
function raisedBounds(stock: readonly Stock[]) {
  const skus = stock.map(({ sku }) => sku);
  const nodes = stock.map(({ nodeId }) => nodeId);
  const since = stock.map((state) => expiryWatch(state).unnotedSince);
  return sql`
    UPDATE stock SET supply_unnoted_since = looked.since
    FROM unnest(${skus}::text[], ${nodes}::text[], ${since}::timestamptz[]) AS looked(sku, node_id, since)
    WHERE stock.sku = looked.sku AND stock.node_id = looked.node_id`;
}
