import { sqltag as sql } from '@prisma/client/runtime/client';
import type { Trip } from '../../domain/trip/trip';

/** A trip with the version of its stream. */
export type TripRow = Trip & { readonly streamVersion: number };

export const tripRow = sql`jsonb_build_object('id', t.id, 'caller', t.caller, 'traveller', t.traveller,
  'status', t.status, 'reason', t.reason, 'bookings', t.bookings, 'streamVersion', t.stream_version,
  'createdAt', iso(t.created_at), 'updatedAt', iso(t.updated_at))`;

/** Drops the stream version, which only the store needs. */
export function toTrip({ streamVersion: _, ...trip }: TripRow): Trip {
  return trip;
}
