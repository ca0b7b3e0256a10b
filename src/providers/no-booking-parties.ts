import type { BookingParties } from './booking-parties';

/** The answer of every call: nothing was sent, so the outcome of an earlier call stays unknown. */
const notConnected = async () =>
  ({ kind: 'unknown', detail: 'HOLDFAST_PARTNERS_URL is not set, so no third party can be asked' }) as const;

/**
 * Stands for the third parties of an installation that names none. A command that needs one waits, and then needs
 * attention.
 */
export const NO_BOOKING_PARTIES: BookingParties = {
  book: notConnected,
  lookUp: notConnected,
  cancel: notConnected,
  cancelReference: notConnected,
  reduce: notConnected,
};
