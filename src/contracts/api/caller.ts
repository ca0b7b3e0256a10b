import { z } from 'zod';

/** The owner of an API key. */
export const caller = z
  .object({
    caller: z.string().meta({ example: 'checkout' }),
    scopes: z.array(z.string()).meta({
      description: 'the scopes of the key; `admin` includes all others',
      example: ['orders:read', 'orders:write'],
    }),
  })
  .meta({ id: 'Caller' });

export type CallerView = z.output<typeof caller>;
