import { z } from 'zod';

/** The caller of a request. */
export const caller = z
  .object({
    caller: z.string().meta({ example: 'checkout' }),
    scopes: z.array(z.string()).meta({
      description: 'the scopes of the key or token; `admin` includes all others',
      example: ['orders:read', 'orders:write'],
    }),
  })
  .meta({ id: 'Caller' });

export type CallerView = z.output<typeof caller>;

/** The answer to a sign-out. */
export interface SignedOut {
  /** The address that ends the session at the issuer; null: the issuer has none, or does not answer. */
  readonly continueAt: string | null;
}
