import { z } from 'zod';
import { RESERVATION_STATES } from '../../domain/inventory/reservation/reservation';
import { identifier, moment, quantity, region, reservationId, sku, wholeNumber } from './fields';
import { MOST_LINES } from './orders';

const LONGEST_HOLD_SECONDS = 86_400;

/** The content of a new hold. No field has a default, because the fingerprint covers the request as sent. */
export const reservationRequest = z
  .strictObject({
    lines: z
      .array(z.strictObject({ sku, quantity }))
      .min(1, 'must have at least one line')
      .max(MOST_LINES, `must have at most ${MOST_LINES} lines`),
    shipTo: z.strictObject({ region }),
    channel: identifier.optional().meta({ example: 'web' }),
    ttlSeconds: wholeNumber(1, LONGEST_HOLD_SECONDS).meta({
      description: 'the hold gives its stock back by itself after this time',
      example: 600,
    }),
  })
  .meta({ id: 'ReservationRequest' });

export type ReservationRequest = z.output<typeof reservationRequest>;

export const reservationPath = z.object({ id: reservationId });

export const reservation = z
  .object({
    id: reservationId,
    state: z.enum(RESERVATION_STATES),
    expiresAt: moment.optional().meta({ description: 'of a hold that stands alone' }),
    orderId: z.string().optional().meta({ description: 'the order whose stock it is' }),
    lines: z
      .array(
        z.object({
          sku,
          quantity: z.int(),
          sources: z.array(z.object({ nodeId: z.string(), quantity: z.int() })),
        }),
      )
      .meta({ description: 'summed by SKU' }),
  })
  .meta({ id: 'Reservation' });

export type ReservationView = z.output<typeof reservation>;
