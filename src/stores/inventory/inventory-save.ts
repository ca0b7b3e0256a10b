import { sqltag as sql } from '@prisma/client/runtime/client';
import type { Reservation } from '../../domain/inventory/reservation/reservation';
import { claimsCountFrom, type Stock } from '../../domain/inventory/supply/stock';
import { expiryWatch } from '../../domain/inventory/supply/supply-expiry';
import { insertAnswers } from '../log/step-answers';
import type { StepSession } from '../postgres/store-session';
import { saveDepartures } from './departures-save';
import type { InventorySession } from './inventory-session';
import { saveLimits } from './limits-save';

/**
 * Saves the events, answers, stock rows, reservations, claims and allocations of a transaction in one statement. Limits
 * and departures follow in statements of their own.
 */
export function saveInventory(
  session: StepSession,
  step: string,
  inventory: InventorySession,
  answers: ReadonlyMap<string, object>,
): void {
  const stock = inventory.touchedStock().map(({ state, version }) => ({ stock: state.stock, version }));
  const reservations = inventory.touchedReservations();
  const rows = reservations.map(({ reservation, version }) => ({ ...reservation, version }));
  const taking = reservations.flatMap(({ reservation }) => allocationRows(reservation));
  const changed = reservations.filter(({ isNew }) => !isNew).map(({ reservation }) => reservation.id);
  session.save(sql`
    WITH logged AS (${inventory.log.insertion()}), answered AS (${insertAnswers(step, answers)}),
    shelved AS (${upsertStock(stock)}),
    reserved AS (
      INSERT INTO reservation (id, caller, order_id, state, buyer, lines, allocations, backordered, caps, exclusions,
        partner_requests, consumed, filled, extensions, ship_complete, max_shipments, expires_at, reason,
        stream_version)
      SELECT id, caller, "orderId", state, buyer, lines, allocations, backordered, caps, exclusions,
        "partnerRequests", consumed, filled, extensions, "shipComplete", "maxShipments", "expiresAt", reason, version
      FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(id text, caller text, "orderId" text,
        state text, buyer jsonb, lines jsonb, allocations jsonb, backordered jsonb, caps jsonb, exclusions jsonb,
        "partnerRequests" jsonb, consumed jsonb, filled jsonb, extensions jsonb, "shipComplete" boolean,
        "maxShipments" int, "expiresAt" timestamptz, reason text, version int)
      ORDER BY id
      ON CONFLICT (id) DO UPDATE SET order_id = excluded.order_id, state = excluded.state, buyer = excluded.buyer,
        lines = excluded.lines, allocations = excluded.allocations, backordered = excluded.backordered,
        caps = excluded.caps, exclusions = excluded.exclusions,
        partner_requests = excluded.partner_requests, consumed = excluded.consumed, filled = excluded.filled,
        extensions = excluded.extensions, ship_complete = excluded.ship_complete,
        max_shipments = excluded.max_shipments, expires_at = excluded.expires_at, reason = excluded.reason,
        stream_version = excluded.stream_version),
    claimed AS (
      INSERT INTO claim (caller, key, fingerprint, reservation_id)
      SELECT caller, key, fingerprint, "reservationId"
      FROM jsonb_to_recordset(${JSON.stringify(inventory.newClaims)}::jsonb) AS c(
        caller text, key text, fingerprint text, "reservationId" text)
      ORDER BY caller, key),
    taking AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(taking)}::jsonb) AS a("reservationId" text, sku text,
        "nodeId" text, quantity bigint, state text, "grantedAt" timestamptz, "expiresAt" timestamptz)),
    given_back AS (
      DELETE FROM allocation a WHERE reservation_id = ANY(${changed}) AND NOT EXISTS (
        SELECT FROM taking t WHERE t."reservationId" = a.reservation_id AND t.sku = a.sku AND t."nodeId" = a.node_id
          AND t."grantedAt" = a.granted_at))
    INSERT INTO allocation (reservation_id, sku, node_id, quantity, state, granted_at, expires_at)
    SELECT "reservationId", sku, "nodeId", quantity, state, "grantedAt", "expiresAt" FROM taking
    ORDER BY "reservationId", sku, "nodeId", "grantedAt"
    ON CONFLICT (reservation_id, sku, node_id, granted_at)
      DO UPDATE SET quantity = excluded.quantity, state = excluded.state, expires_at = excluded.expires_at`);
  const isLimited = inventory.touchedCaps().length > 0 || inventory.touchedQueues().length > 0;
  if (isLimited) saveLimits(session, inventory);
  if (inventory.departures.length > 0) saveDepartures(session, inventory.departures);
}

function takesStock({ state }: Reservation): boolean {
  return state === 'HELD' || state === 'COMMITTED';
}

/** Returns the rows of what a reservation takes of stock. */
export function allocationRows(reservation: Reservation) {
  if (!takesStock(reservation)) return [];
  const { id: reservationId, state, expiresAt } = reservation;
  return reservation.allocations.map((allocation) => ({ reservationId, ...allocation, state, expiresAt }));
}

/**
 * Builds the part of a save statement that writes stock rows. An update never raises `supply_unnoted_since`, so it is a
 * lower bound: raising it on each count would update every index of the row. The sweep of silent feeds raises it.
 */
export function upsertStock(streams: readonly { readonly stock: Stock; readonly version: number }[]) {
  const rows = streams.map(({ stock, version }) => ({
    ...stock,
    claimsCountFrom: claimsCountFrom(stock),
    ...expiryWatch(stock),
    version,
  }));
  return sql`
    INSERT INTO stock (sku, node_id, supplies, unavailable, held, committed, claims_count_from, stream_version,
      zeroed_at, restored_at, supply_unnoted_since, supply_noted_ttl)
    SELECT sku, "nodeId", supplies, unavailable, held, committed, "claimsCountFrom", version,
      "zeroedAt", "restoredAt", "unnotedSince", "notedTtl"
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS s(sku text, "nodeId" text, supplies jsonb,
      unavailable bigint, held bigint, committed bigint, "claimsCountFrom" timestamptz, version int,
      "zeroedAt" timestamptz, "restoredAt" timestamptz, "unnotedSince" timestamptz, "notedTtl" int)
    ORDER BY sku, "nodeId"
    ON CONFLICT (sku, node_id) DO UPDATE SET supplies = excluded.supplies, unavailable = excluded.unavailable,
      held = excluded.held, committed = excluded.committed, claims_count_from = excluded.claims_count_from,
      stream_version = excluded.stream_version, zeroed_at = excluded.zeroed_at,
      restored_at = excluded.restored_at,
      supply_noted_ttl = excluded.supply_noted_ttl, supply_unnoted_since = CASE
        WHEN excluded.supply_unnoted_since IS NOT NULL
        THEN least(stock.supply_unnoted_since, excluded.supply_unnoted_since) END`;
}
