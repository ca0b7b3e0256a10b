import { z } from 'zod';
import { amount, currency, customerId } from './fields';

export const accountRequest = z
  .strictObject({ limit: amount, currency })
  .meta({ id: 'CreditAccountRequest' });

export const account = z
  .object({
    customerId,
    currency,
    limit: amount,
    held: z.int().meta({ description: 'for orders on their way' }),
    captured: z.int().meta({ description: 'shipped and not paid yet' }),
    available: z
      .int()
      .meta({ description: '`limit - held - captured`; below zero where the limit was lowered since' }),
  })
  .meta({ id: 'CreditAccount' });

export const accountPath = z.object({ customerId });
