import { z } from 'zod';
import { COMPENSATION_STATES } from '../../domain/order/order';
import { BOOKING_STATES, PARTIES, TRIP_REASONS, TRIP_STATUSES } from '../../domain/trip/trip';
import { moment, text, tripId, wholeNumber } from './fields';

const LONGEST_STAY = 365;
const place = text(100);

/** The content of a new trip. No field has a default, because the fingerprint covers the request as sent. */
export const tripRequest = z
  .strictObject({
    traveller: text(100).meta({ example: 'Mary Baker' }),
    hotel: z.strictObject({
      city: place.meta({ example: 'Lisbon' }),
      nights: wholeNumber(1, LONGEST_STAY).meta({ example: 3 }),
    }),
    flight: z.strictObject({ from: place.meta({ example: 'HAM' }), to: place.meta({ example: 'LIS' }) }),
    car: z
      .strictObject({
        days: wholeNumber(1, LONGEST_STAY).meta({ example: 3 }),
        optional: z
          .boolean()
          .optional()
          .meta({ description: 'true: a refusal of the car does not reject the trip; false when left out' }),
      })
      .optional(),
  })
  .refine(({ flight: { from, to } }) => from !== to, {
    path: ['flight', 'to'],
    error: 'must be another place than `from`',
  })
  .meta({
    id: 'TripRequest',
    example: {
      traveller: 'Mary Baker',
      hotel: { city: 'Lisbon', nights: 3 },
      flight: { from: 'HAM', to: 'LIS' },
      car: { days: 3, optional: true },
    },
  });

export type TripRequest = z.output<typeof tripRequest>;

export const tripPath = z.object({ id: tripId });

/** The answer to a recorded trip, before its decision. */
export const tripTaken = z
  .object({ id: tripId, status: z.enum(TRIP_STATUSES) })
  .meta({ id: 'TripTaken', example: { id: 'trp_7d3k9q2m4x8w1n6p', status: 'PENDING' } });

export const trip = z
  .object({
    id: tripId,
    status: z.enum(TRIP_STATUSES),
    reason: z.enum(TRIP_REASONS).optional().meta({ description: 'why the trip was rejected' }),
    traveller: z.string(),
    bookings: z
      .array(
        z.object({
          party: z.enum(PARTIES),
          what: z
            .record(z.string(), z.union([z.string(), z.int()]))
            .meta({ example: { city: 'Lisbon', nights: 3 } }),
          optional: z.boolean(),
          state: z.enum(BOOKING_STATES).meta({
            description:
              'ASKED and UNKNOWN: the party may have booked; a booking that is not needed is cancelled',
          }),
          reference: z.string().optional().meta({ description: "the party's own id of the booking" }),
          reason: z.string().optional().meta({ description: "the party's own reason for a refusal" }),
        }),
      )
      .meta({ description: 'one booking for each party, in the order in which the saga asks them' }),
    compensation: z
      .enum(COMPENSATION_STATES)
      .meta({ description: 'how far the bookings that the trip does not need have been cancelled' }),
    createdAt: moment,
    updatedAt: moment,
    links: z.object({
      self: z.string(),
      saga: z.string(),
      webUi: z.string().optional().meta({ description: 'the saga of the trip, in the Temporal Web UI' }),
    }),
  })
  .meta({ id: 'Trip' });

export type TripView = z.output<typeof trip>;
