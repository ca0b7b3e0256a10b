import { z } from 'zod';
import { RESERVATION_STATES } from '../../domain/inventory/reservation/reservation';
import {
  customerId,
  identifier,
  MOST_LINES,
  moment,
  nodeId,
  quantity,
  region,
  reservationId,
  shippingMethod,
  sku,
  wholeNumber,
} from './fields';
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
    shippingMethod: shippingMethod.optional(),
    customerId: customerId.optional().meta({
      description:
        'the customer for whom the stock is held: the caps of this customer apply, and only an order of this customer can ' +
        'take the hold over',
    }),
    ttlSeconds: ttlSeconds.meta({
      description: 'the hold expires after this time, and its stock can be sold again',
    }),
  })
  .meta({ id: 'ReservationRequest' });

export type ReservationRequest = z.output<typeof reservationRequest>;

export const extendRequest = z
  .strictObject({
    ttlSeconds: ttlSeconds.meta({
      description: 'the hold expires this long from now, but never earlier than before',
    }),
  })
  .meta({ id: 'ExtendRequest' });

export const reservationListQuery = z.strictObject({
  sku: sku.optional().meta({ description: 'reservations that hold the item, or wait for it' }),
  nodeId: nodeId.optional().meta({ description: 'reservations that hold stock at the node' }),
  customerId: customerId
    .optional()
    .meta({ description: 'reservations of the customer: holds, and stock of orders' }),
  ...pageQuery,
});

export const reservationPath = z.object({ id: reservationId });

export const reservation = z
  .object({
    id: reservationId,
    state: z.enum(RESERVATION_STATES),
    expiresAt: moment
      .optional()
      .meta({ description: 'when the hold expires; absent for the stock of an order' }),
    orderId: z.string().optional().meta({ description: 'the order that has the stock' }),
    customerId: z.string().optional(),
    lines: z
      .array(
        z.object({
          sku,
          quantity: z.int(),
          sources: z.array(z.object({ nodeId: z.string(), quantity: z.int() })),
        }),
      )
      .meta({ description: 'one line for each SKU' }),
  })
  .meta({ id: 'Reservation' });

export const reservationPage = pageOf(reservation).meta({ id: 'ReservationPage' });

export type ReservationView = z.output<typeof reservation>;
