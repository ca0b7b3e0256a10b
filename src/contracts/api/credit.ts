import { z } from 'zod';
import { ASKED_MOMENT, amount, currency, customerId, moment, wholeNumber } from './fields';

export const accountRequest = z
  .strictObject({ limit: amount, currency })
  .meta({ id: 'CreditAccountRequest', example: { limit: 5_000_000, currency: 'EUR' } });

export const account = z
  .object({
    customerId,
    currency,
    limit: amount,
    held: z.int().meta({ description: 'credit that is set aside for orders that have not shipped' }),
    captured: z.int().meta({
      description:
        'the worth of shipped units that the customer has not paid; below zero after a payment ahead, which counts for ' +
        'the next shipments',
    }),
    available: z
      .int()
      .meta({ description: '`limit - held - captured`; may be below zero after the limit was lowered' }),
    asOf: moment.optional().meta(ASKED_MOMENT),
  })
  .meta({ id: 'CreditAccount' });

export const accountPath = z.object({ customerId });

/** No field has a default, because the fingerprint covers the request as sent. */
export const paymentRequest = z
  .strictObject({
    amount: wholeNumber(1, 1_000_000_000_000).meta({
      description: 'minor units of the currency of the account',
      example: 12_500,
    }),
  })
  .meta({ id: 'PaymentRequest', example: { amount: 12_500 } });

export type PaymentRequest = z.output<typeof paymentRequest>;
