import { never } from '../decision';
import type { SagaSteps } from '../saga-steps';
import { type Booking, type Party, type Trip, undoNameOf, undosOf } from './trip';

/** What is done of a trip, what remains and what was undone: its own record tells. */
export function stepsOfTrip(trip: Trip): SagaSteps {
  const { bookings } = trip;
  return {
    done: bookings.filter(wasBooked).map(({ party }) => stepNameOf(party)),
    remaining: remainingOf(trip),
    undone: bookings
      .filter(({ state }) => state === 'CANCELLED')
      .map(({ party }) => undoNameOf(party))
      .reverse(),
  };
}

/** Also one that was cancelled since: it keeps the party's name for it. */
function wasBooked({ state, reference }: Booking): boolean {
  return state === 'BOOKED' || (state === 'CANCELLED' && reference !== null);
}

function remainingOf(trip: Trip): readonly string[] {
  const { status, compensation, bookings } = trip;
  if (status === 'PENDING') {
    return bookings
      .filter(({ state }) => state === 'WANTED' || state === 'ASKED')
      .map(({ party }) => stepNameOf(party));
  }
  const isOpen = compensation === 'running' || compensation === 'needs_attention';
  return isOpen ? undosOf(trip).map(({ party }) => undoNameOf(party)) : [];
}

function stepNameOf(party: Party): string {
  switch (party) {
    case 'hotel':
      return 'bookHotel';
    case 'flight':
      return 'bookFlight';
    case 'car':
      return 'bookCar';
    default:
      return never(party);
  }
}
