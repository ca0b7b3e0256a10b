import type { TripProgress, TripReason } from '../../src/domain/trip/trip';
import { markdownTable } from '../engine/markdown-table';
import { withRoom } from '../engine/saga-page';

type Booking = TripProgress['bookings'][number];

/**
 * Writes the page on a trip for the Web UI, as Markdown: the verdict, what is left, and then each booking. `need` is the
 * request to an operator, if the trip needs one.
 */
export function tripPage(trip: TripProgress, need?: string): string {
  const left = trip.kind === 'ask' ? [] : trip.undos.map(({ party }) => party);
  const rows = trip.bookings.map((booking) => [
    booking.party,
    resultOf(booking),
    left.includes(booking.party) ? 'to be cancelled' : '',
  ]);
  const table = markdownTable(['booking', 'result', 'left to do'], rows);
  const verdict =
    need === undefined
      ? `**${stateOf(trip)}** ${nextOf(trip)}`
      : `**NEEDS A PERSON. ${stateOf(trip)} ${need}**`;
  return withRoom(`${verdict}\n\n${table}`);
}

/** Returns the state of a trip in plain words. */
export function stateOf(trip: TripProgress): string {
  switch (trip.kind) {
    case 'ask':
      return 'NOT DECIDED YET.';
    case 'booked':
      return 'BOOKED.';
    case 'rejected':
      return `REJECTED: ${causeOf(trip)}.`;
  }
}

/** Returns the reason of a rejection in plain words: the last refused booking decided. */
function causeOf({ reason, bookings }: Extract<TripProgress, { readonly kind: 'rejected' }>): string {
  const refused = bookings.filter(({ state }) => state === 'REFUSED').at(-1);
  return reason === 'BOOKING_REFUSED' && refused
    ? `the ${refused.party} was refused (${refused.reason ?? 'without a reason'})`
    : CAUSES[reason];
}

/** The reasons of a rejection in plain words. The booking that failed has its own reason in its row. */
const CAUSES: Readonly<Record<TripReason, string>> = {
  BOOKING_REFUSED: 'a party refused a booking that the trip needs',
  PARTY_UNREACHABLE: 'a party did not answer to a booking that the trip needs',
  PROCESSING_FAILED: 'a step failed on the data of the trip',
};

function nextOf(trip: TripProgress): string {
  if (trip.kind === 'ask') return `Now: Ask for the ${trip.asking.party}.`;
  const [undo] = trip.undos;
  if (undo) return `Now: Cancel the ${undo.party}.`;
  return trip.kind === 'rejected' ? 'Nothing is booked. Nothing is left to do.' : 'Nothing is left to do.';
}

function resultOf({ state, reference, reason }: Booking): string {
  switch (state) {
    case 'WANTED':
      return 'not asked yet';
    case 'ASKED':
      return 'asked';
    case 'BOOKED':
      return `booked as ${reference}`;
    case 'REFUSED':
      return `refused: ${reason ?? 'without a reason'}`;
    case 'UNKNOWN':
      return 'no answer: it may be booked';
    case 'CANCELLED':
      return reference === null ? 'cancelled' : `booked as ${reference}, then cancelled`;
  }
}
