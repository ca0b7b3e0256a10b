import { sqltag as sql } from '@prisma/client/runtime/client';
import type { Trip } from '../../domain/trip/trip';

/** A trip as the program knows it, and how long its log is. */
export type TripRow = Trip & { readonly streamVersion: number };

export const tripRow = sql`jsonb_build_object('id', t.id, 'caller', t.caller, 'traveller', t.traveller,
  'status', t.status, 'reason', t.reason, 'bookings', t.bookings, 'streamVersion', t.stream_version,
  'createdAt', iso(t.created_at), 'updatedAt', iso(t.updated_at))`;

/** The trip without what only its store needs to know. */
export function toTrip({ streamVersion: _, ...trip }: TripRow): Trip {
  return trip;
}
