import { z } from 'zod';

export const importAnswer = z
  .object({
    applied: z.int(),
    rejected: z.int(),
    results: z
      .array(
        z.object({
          row: z.int().meta({ description: 'the number of the row, from 1; a CSV header does not count' }),
          outcome: z.enum(['applied', 'rejected']),
          reason: z
            .string()
            .optional()
            .meta({ example: 'priority: must be a whole number from 0 to 1000000' }),
        }),
      )
      .meta({ description: 'one outcome for each row, in the order of the rows' }),
  })
  .meta({ id: 'ImportAnswer' });
