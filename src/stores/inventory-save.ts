import { sqltag as sql } from '@prisma/client/runtime/client';
import type { StepAnswer } from '../domain/decision';
import type { Reservation } from '../domain/inventory/reservation';
import { claimsCountFrom, type Stock } from '../domain/inventory/stock';
import type { InventorySession } from './inventory-session';
import { insertAnswers } from './step-answers';
import type { StoreSession } from './store-session';

/** Saves a transaction on the inventory in one statement: its log, answers, stock rows, reservations, allocations. */
export async function saveInventory(
  session: StoreSession,
  step: string,
  inventory: InventorySession,
  answers: ReadonlyMap<string, StepAnswer>,
): Promise<void> {
  const stock = inventory.touchedStock().map(({ state, version }) => ({ stock: state.stock, version }));
  const reservations = inventory.touchedReservations();
  const rows = reservations.map(({ reservation, version }) => ({ ...reservation, version }));
  const taking = reservations.flatMap(({ reservation }) => allocationRows(reservation, inventory.now));
  const ended = reservations
    .filter(({ reservation }) => !takesStock(reservation))
    .map(({ reservation }) => reservation.id);
  await session.$executeRaw`
    WITH logged AS (${inventory.log.insertion()}), answered AS (${insertAnswers(step, answers)}),
    shelved AS (${upsertStock(stock)}),
    reserved AS (
      INSERT INTO reservation (id, caller, order_id, state, lines, allocations, expires_at, reason, stream_version)
      SELECT id, caller, "orderId", state, lines, allocations, "expiresAt", reason, version
      FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(id text, caller text, "orderId" text,
        state text, lines jsonb, allocations jsonb, "expiresAt" timestamptz, reason text, version int)
      ORDER BY id
      ON CONFLICT (id) DO UPDATE SET order_id = excluded.order_id, state = excluded.state,
        expires_at = excluded.expires_at, reason = excluded.reason, stream_version = excluded.stream_version),
    claimed AS (
      INSERT INTO claim (caller, key, fingerprint, reservation_id)
      SELECT caller, key, fingerprint, "reservationId"
      FROM jsonb_to_recordset(${JSON.stringify(inventory.newClaims)}::jsonb) AS c(
        caller text, key text, fingerprint text, "reservationId" text)
      ORDER BY caller, key),
    given_back AS (DELETE FROM allocation WHERE reservation_id = ANY(${ended}))
    INSERT INTO allocation (reservation_id, sku, node_id, quantity, state, granted_at, expires_at)
    SELECT "reservationId", sku, "nodeId", quantity, state, "grantedAt", "expiresAt"
    FROM jsonb_to_recordset(${JSON.stringify(taking)}::jsonb) AS a("reservationId" text, sku text, "nodeId" text,
      quantity int, state text, "grantedAt" timestamptz, "expiresAt" timestamptz)
    ORDER BY "reservationId", sku, "nodeId"
    ON CONFLICT (reservation_id, sku, node_id) DO UPDATE SET state = excluded.state, expires_at = excluded.expires_at`;
}

function takesStock({ state }: Reservation): boolean {
  return state === 'HELD' || state === 'COMMITTED';
}

function allocationRows(reservation: Reservation, now: string) {
  if (!takesStock(reservation)) return [];
  const { id: reservationId, state, expiresAt } = reservation;
  return reservation.allocations.map((allocation) => ({
    reservationId,
    ...allocation,
    state,
    grantedAt: now,
    expiresAt,
  }));
}

/** The part of a save statement that writes stock rows. */
export function upsertStock(streams: readonly { readonly stock: Stock; readonly version: number }[]) {
  const rows = streams.map(({ stock, version }) => ({
    ...stock,
    claimsCountFrom: claimsCountFrom(stock),
    version,
  }));
  return sql`
    INSERT INTO stock (sku, node_id, supplies, unavailable, held, committed, claims_count_from, stream_version)
    SELECT sku, "nodeId", supplies, unavailable, held, committed, "claimsCountFrom", version
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS s(sku text, "nodeId" text, supplies jsonb,
      unavailable int, held int, committed int, "claimsCountFrom" timestamptz, version int)
    ORDER BY sku, "nodeId"
    ON CONFLICT (sku, node_id) DO UPDATE SET supplies = excluded.supplies, unavailable = excluded.unavailable,
      held = excluded.held, committed = excluded.committed, claims_count_from = excluded.claims_count_from,
      stream_version = excluded.stream_version`;
}
