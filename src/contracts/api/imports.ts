import { z } from 'zod';

export const importAnswer = z
  .object({
    applied: z.int(),
    rejected: z.int(),
    results: z
      .array(
        z.object({
          row: z.int().meta({ description: '1 is the first row after the header, or the first line' }),
          outcome: z.enum(['applied', 'rejected']),
          reason: z
            .string()
            .optional()
            .meta({ example: 'priority: must be a whole number from 0 to 1000000' }),
        }),
      )
      .meta({ description: 'one outcome a row, in their order' }),
  })
  .meta({ id: 'ImportAnswer' });
