import { sqltag as sql } from '@prisma/client/runtime/client';
import { nextRetry } from '../../domain/inventory/limits/exclusion';
import type { Reservation } from '../../domain/inventory/reservation/reservation';
import { entryOf } from '../../domain/inventory/reservation/reservation-changes';
import type { StepSession } from '../postgres/store-session';
import type { InventorySession } from './inventory-session';

/**
 * Saves the caps and backorder queues that a transaction has changed, with the cap claims and backorders of its changed
 * reservations. It is a separate statement, because most transactions change none.
 */
export function saveLimits(session: StepSession, inventory: InventorySession): void {
  const reservations = inventory.touchedReservations().map(({ reservation }) => reservation);
  const caps = inventory
    .touchedCaps()
    .map(({ state: { cap, used }, version }) => ({ id: cap.id, used, version }));
  const queues = inventory.touchedQueues().map(({ state, version }) => ({ ...state, version }));
  const named = reservations.map(({ id }) => id);
  session.save(sql`
    WITH capped AS (
      UPDATE sales_cap SET used = c.used, stream_version = c.version
      FROM jsonb_to_recordset(${JSON.stringify(caps)}::jsonb) AS c(id text, used bigint, version int)
      WHERE sales_cap.id = c.id),
    queued AS (
      INSERT INTO backorder_queue (sku, open, placed, stream_version)
      SELECT sku, open, placed, version
      FROM jsonb_to_recordset(${JSON.stringify(queues)}::jsonb) AS q(sku text, open bigint, placed int, version int)
      ORDER BY sku
      ON CONFLICT (sku) DO UPDATE SET open = excluded.open, placed = excluded.placed,
        stream_version = excluded.stream_version),
    claiming AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(reservations.flatMap(claimRows))}::jsonb) AS c(
        "reservationId" text, "capId" text, quantity bigint, "expiresAt" timestamptz)),
    returned AS (
      DELETE FROM cap_claim WHERE reservation_id = ANY(${named})
        AND (reservation_id, cap_id) NOT IN (SELECT "reservationId", "capId" FROM claiming)),
    claimed AS (
      INSERT INTO cap_claim (reservation_id, cap_id, quantity, expires_at)
      SELECT "reservationId", "capId", quantity, "expiresAt" FROM claiming ORDER BY "reservationId", "capId"
      ON CONFLICT (reservation_id, cap_id) DO UPDATE
        SET quantity = excluded.quantity, expires_at = excluded.expires_at),
    waiting AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(reservations.flatMap(turnRows))}::jsonb) AS t(
        sku text, place int, "reservationId" text, quantity bigint, buyer jsonb, exclusions jsonb,
        "retryAt" timestamptz)),
    left_queue AS (
      DELETE FROM backorder WHERE reservation_id = ANY(${named})
        AND (sku, place) NOT IN (SELECT sku, place FROM waiting))
    INSERT INTO backorder (sku, place, reservation_id, quantity, buyer, exclusions, retry_at)
    SELECT sku, place, "reservationId", quantity, buyer, exclusions, "retryAt" FROM waiting ORDER BY sku, place
    ON CONFLICT (sku, place) DO UPDATE SET quantity = excluded.quantity, exclusions = excluded.exclusions,
      retry_at = excluded.retry_at`);
}

/** Returns the rows of a reservation's claims on caps. */
export function claimRows({ id: reservationId, state, caps, expiresAt }: Reservation) {
  return isReturned(state) ? [] : caps.map((claim) => ({ reservationId, ...claim, expiresAt }));
}

/** Returns the rows of a reservation's entries in backorder queues. */
export function turnRows(reservation: Reservation) {
  const { state, backordered } = reservation;
  return isReturned(state)
    ? []
    : backordered.map((turn) => {
        const entry = entryOf(reservation, turn);
        return { sku: turn.sku, ...entry, retryAt: nextRetry(entry.exclusions) };
      });
}

/** Returns true when a reservation has given back its cap claims; a consumed one keeps them. */
function isReturned(state: Reservation['state']): boolean {
  return state === 'RELEASED' || state === 'EXPIRED';
}
