import { z } from 'zod';
import { amount, currency, customerId, wholeNumber } from './fields';

export const accountRequest = z
  .strictObject({ limit: amount, currency })
  .meta({ id: 'CreditAccountRequest' });

export const account = z
  .object({
    customerId,
    currency,
    limit: amount,
    held: z.int().meta({ description: 'for orders on their way' }),
    captured: z.int().meta({
      description:
        'shipped and not paid yet; below zero where more was paid, which counts for what ships next',
    }),
    available: z
      .int()
      .meta({ description: '`limit - held - captured`; below zero where the limit was lowered since' }),
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
  .meta({ id: 'PaymentRequest' });

export type PaymentRequest = z.output<typeof paymentRequest>;
