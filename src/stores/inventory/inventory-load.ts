import { sqltag as sql } from '@prisma/client/runtime/client';
import { storedAnswers } from '../log/step-answers';
import { LookedTooEarly } from '../postgres/database-errors';
import { exactlyOne } from '../postgres/exactly-one';
import type { StepSession } from '../postgres/store-session';
import { factsColumns } from './availability/stock-facts';
import { readEntries, rulesColumn, storedEntries, walkedItems } from './backorder-queues';
import {
  type Entries,
  type InventoryLoaded,
  type InventoryScope,
  InventorySession,
} from './inventory-session';
import { recentColumn } from './recent-supply';

type Named = Pick<InventoryScope, 'reservationIds' | 'orderIds'>;

/**
 * Locks and loads the scope of a transaction. The load is a separate statement: a statement that waited for locks still
 * sees the rows from before its wait. Its timestamp is also the clock of the transaction: a hold whose stock the facts
 * count as free must also have expired for a command that converts it.
 * @throws LookedTooEarly when a reservation has claimed a cap that this transaction has not locked
 */
export async function lockAndLoadInventory(
  session: StepSession,
  scope: InventoryScope,
): Promise<InventorySession> {
  const [locked, rows] = await Promise.all([lockInventory(session, scope), load(session, scope)]);
  const loaded = exactlyOne(rows);
  const lockedCaps = new Set(locked.flatMap(({ capId }) => capId ?? []));
  const late = loaded.claimedCaps.find((id) => !lockedCaps.has(id));
  if (late !== undefined) throw new LookedTooEarly(`a reservation has got a part of cap ${late} meanwhile`);
  // A cap set after the lock does not exist yet for this transaction.
  const caps = loaded.caps.filter(({ cap }) => lockedCaps.has(cap.id));
  return new InventorySession(scope, { ...loaded, caps }, await loadQueues(session, scope, loaded));
}

/** Loads the entries of the backorder queues with open units. Most items have none, which costs no statement. */
function loadQueues(session: StepSession, { freesUnits }: InventoryScope, loaded: Loaded): Promise<Entries> {
  const open = loaded.queues.filter((queue) => queue.open > 0).map(({ sku }) => sku);
  if (open.length === 0) return Promise.resolve(new Map());
  return readEntries(storedEntries(session), walkedItems(open, loaded), {
    now: loaded.now,
    whole: freesUnits ?? false,
  });
}

/**
 * Locks every stock row of the scope's SKUs in key order, then every cap on these SKUs or claimed by the scope's
 * reservations. Reservations and queues change only under these locks. For an item without a stock row, the log's
 * unique (stream, version) makes one of two concurrent transactions fail.
 * @returns the locked caps
 */
function lockInventory(
  session: StepSession,
  scope: Pick<InventoryScope, 'skus'> & Named,
): Promise<readonly { readonly capId: string | null }[]> {
  // An Append node runs its parts in order, so every transaction locks stock before caps.
  return session.$queryRaw`
    SELECT NULL AS "capId"
    FROM (SELECT 1 FROM stock WHERE sku = ANY(${[...scope.skus]}) ORDER BY sku, node_id FOR UPDATE) s
    UNION ALL
    SELECT id FROM (
      SELECT id FROM sales_cap WHERE id IN (${capsInScope(scope)}) ORDER BY id FOR UPDATE) c`;
}

/** Selects the caps in force or still to begin on the SKUs, and any cap that a named reservation has claimed. */
function capsInScope({ skus, ...named }: Pick<InventoryScope, 'skus'> & Named) {
  return sql`
    SELECT id FROM sales_cap WHERE skus && ${[...skus]}::text[] AND is_active AND ends_at > statement_timestamp()
    UNION ${claimedCaps(named)}`;
}

function claimedCaps(named: Named) {
  return sql`SELECT cap_id FROM cap_claim JOIN reservation r ON r.id = reservation_id WHERE ${isNamed(named)}`;
}

function isNamed({ reservationIds, orderIds }: Named) {
  return sql`(r.id = ANY(${[...reservationIds]}) OR r.order_id = ANY(${[...orderIds]}))`;
}

/** The loaded scope, with the ids of the caps that its reservations have claimed. */
type Loaded = InventoryLoaded & { readonly claimedCaps: readonly string[] };

function load(session: StepSession, scope: InventoryScope): Promise<readonly Loaded[]> {
  const callers = scope.claims.map(({ caller }) => caller);
  const keys = scope.claims.map(({ key }) => key);
  const skus = [...scope.skus];
  return session.$queryRaw`
    SELECT iso(statement_timestamp()) AS now, ${storedAnswers(scope.step, scope.commandIds)} AS answers,
      ${factsColumns(
        skus,
        (scope.arrivals ?? []).map(({ nodeId }) => nodeId),
      )}, ${limitsColumns(scope)}, ${recentColumn(scope.refusals ?? [])} AS recent,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('sku', sku, 'name', name, 'backorder', backorder,
         'perOrderMax', per_order_max, 'tags', tags)), '[]') FROM item WHERE sku = ANY(${skus})) AS items,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'caller', caller, 'orderId', order_id, 'state', state,
         'buyer', buyer, 'lines', lines, 'allocations', allocations, 'backordered', backordered, 'caps', caps,
         'exclusions', exclusions, 'partnerRequests', partner_requests, 'consumed', consumed, 'filled', filled, 'extensions', extensions,
         'shipComplete', ship_complete, 'maxShipments', max_shipments, 'expiresAt', iso(expires_at), 'reason', reason,
         'version', stream_version)), '[]')
       FROM reservation r WHERE ${isNamed(scope)}) AS reservations,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('caller', caller, 'key', key, 'fingerprint', fingerprint,
         'reservationId', reservation_id)), '[]')
       FROM claim WHERE (caller, key) IN (SELECT * FROM unnest(${callers}::text[], ${keys}::text[]))) AS claims`;
}

/** The columns of a load with the limits beside stock: eligibility rules, caps and backorder queues. */
function limitsColumns(scope: Pick<InventoryScope, 'skus'> & Named) {
  return sql`
    ${rulesColumn(scope.skus)},
    (SELECT coalesce(jsonb_agg(jsonb_build_object('version', stream_version, 'isActive', is_active, 'used', used,
       'usedNow', used - (SELECT coalesce(sum(quantity), 0) FROM cap_claim
          WHERE cap_id = sales_cap.id AND expires_at <= statement_timestamp()),
       'cap', jsonb_build_object('id', id, 'skus', skus, 'channel', channel, 'customerId', customer_id,
          'start', iso(starts_at), 'end', iso(ends_at), 'limit', most)) ORDER BY id), '[]')
     FROM sales_cap WHERE id IN (${capsInScope(scope)})) AS caps,
    ARRAY(${claimedCaps(scope)}) AS "claimedCaps",
    (SELECT coalesce(jsonb_agg(jsonb_build_object('sku', sku, 'open', open, 'placed', placed,
       'version', stream_version)), '[]')
     FROM backorder_queue WHERE sku = ANY(${[...scope.skus]})) AS queues`;
}
