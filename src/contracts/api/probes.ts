import { z } from 'zod';

export const alive = z.object({ status: z.literal('ok') }).meta({ id: 'Alive' });

export const readiness = z
  .object({ status: z.enum(['ready', 'not-ready']), temporal: z.boolean(), stores: z.boolean() })
  .meta({ id: 'Readiness' });
