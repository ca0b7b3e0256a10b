import { z } from 'zod';
import { RESERVATION_STATES } from '../../domain/inventory/reservation/reservation';
import {
  customerId,
  identifier,
  moment,
  nodeId,
  quantity,
  region,
  reservationId,
  sku,
  wholeNumber,
} from './fields';
import { MOST_LINES } from './orders';
import { pageOf, pageQuery } from './paging';

const LONGEST_HOLD_SECONDS = 86_400;
const ttlSeconds = wholeNumber(1, LONGEST_HOLD_SECONDS).meta({ example: 600 });

/** The content of a new hold. No field has a default, because the fingerprint covers the request as sent. */
export const reservationRequest = z
  .strictObject({
    lines: z
      .array(z.strictObject({ sku, quantity }))
      .min(1, 'must have at least one line')
      .max(MOST_LINES, `must have at most ${MOST_LINES} lines`),
    shipTo: z.strictObject({ region }),
    channel: identifier.optional().meta({ example: 'web' }),
    customerId: customerId.optional().meta({
      description:
        'the customer for whom it is held: caps that limit the customer count, and only their order has it',
    }),
    ttlSeconds: ttlSeconds.meta({ description: 'the hold gives its stock back by itself after this time' }),
  })
  .meta({ id: 'ReservationRequest' });

export type ReservationRequest = z.output<typeof reservationRequest>;

export const extendRequest = z
  .strictObject({
    ttlSeconds: ttlSeconds.meta({
      description: 'the hold lives this long from now; it never ends earlier than before',
    }),
  })
  .meta({ id: 'ExtendRequest' });

export const reservationListQuery = z.strictObject({
  sku: sku.optional().meta({ description: 'that hold the item, or wait for it' }),
  nodeId: nodeId.optional().meta({ description: 'that hold stock of the node' }),
  customerId: customerId.optional().meta({ description: 'of the customer: holds, and stock of orders' }),
  ...pageQuery,
});

export const reservationPath = z.object({ id: reservationId });

export const reservation = z
  .object({
    id: reservationId,
    state: z.enum(RESERVATION_STATES),
    expiresAt: moment.optional().meta({ description: 'of a hold that stands alone' }),
    orderId: z.string().optional().meta({ description: 'the order whose stock it is' }),
    customerId: z.string().optional(),
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

export const reservationPage = pageOf(reservation).meta({ id: 'ReservationPage' });

export type ReservationView = z.output<typeof reservation>;
