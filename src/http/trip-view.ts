import type { TripView } from '../contracts/api/trips';
import type { BookTrip } from '../contracts/trips';
import type { Booking, Trip, Wish } from '../domain/trip/trip';
import type { WebUiLinks } from './web-ui-links';

/** A trip as the API shows it. */
export function tripView(trip: Trip, webUi: WebUiLinks): TripView {
  return {
    id: trip.id,
    status: trip.status,
    ...(trip.reason === null ? {} : { reason: trip.reason }),
    traveller: trip.traveller,
    bookings: trip.bookings.map(bookingView),
    compensation: trip.compensation,
    createdAt: trip.createdAt,
    updatedAt: trip.updatedAt,
    links: { ...linksOf(trip.id), ...webUi.toWorkflow(trip.sagaId) },
  };
}

/** A trip that was taken in this process and that no step has recorded yet. */
export function takenTripView({ commandId, traveller, wishes }: BookTrip, webUi: WebUiLinks): TripView {
  return {
    id: commandId,
    status: 'PENDING',
    traveller,
    bookings: wishes.map((wish) => ({ ...wanted(wish), state: 'WANTED' })),
    compensation: 'none',
    links: { ...linksOf(commandId), ...webUi.toOrder(commandId) },
  };
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
