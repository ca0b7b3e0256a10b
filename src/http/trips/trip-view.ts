import type { TripView } from '../../contracts/api/trips';
import type { CommandRow } from '../../domain/command/recorded-command';
import type { Booking, Trip, Wish } from '../../domain/trip/trip';
import type { WebUiLinks } from '../framework/web-ui-links';

/** Converts a trip to its API view. */
export function tripView(trip: Trip, row: CommandRow, webUi: WebUiLinks): TripView {
  return {
    id: trip.id,
    status: trip.status,
    ...(trip.reason === null ? {} : { reason: trip.reason }),
    traveller: trip.traveller,
    bookings: trip.bookings.map(bookingView),
    compensation: compensationOf(trip, row),
    createdAt: trip.createdAt,
    updatedAt: trip.updatedAt,
    links: { ...linksOf(trip.id), ...webUi.toWorkflow(row.workflowId) },
  };
}

/** Returns how far the bookings that a trip does not need have been cancelled. */
function compensationOf({ status, bookings }: Trip, row: CommandRow): TripView['compensation'] {
  if (row.attention) return 'needs_attention';
  if (status === 'PENDING') return 'none';
  if (!row.isClosed) return 'running';
  return bookings.some(({ isUndone }) => isUndone) ? 'done' : 'none';
}

function bookingView({ state, reference, reason, ...wish }: Booking): TripView['bookings'][number] {
  return {
    ...wanted(wish),
    state,
    ...(reference === null ? {} : { reference }),
    ...(reason === null ? {} : { reason }),
  };
}

function wanted({ party, what, isOptional }: Wish) {
  return { party, what: { ...what }, optional: isOptional };
}

function linksOf(id: string) {
  return { self: tripPathOf(id), saga: `/v1/sagas/${id}` };
}

export function tripPathOf(id: string): string {
  return `/v1/trips/${id}`;
}
