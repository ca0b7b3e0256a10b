import { z } from 'zod';
import { moment, sku } from './fields';

/** Every term an item's promise is made of, node by node. */
export const stock = z
  .object({
    sku,
    nodes: z.array(
      z.object({
        nodeId: z.string(),
        supply: z.int().nullable().meta({ description: 'null: nobody has said; expired supply counts as 0' }),
        held: z.int(),
        committed: z.int(),
        unavailable: z.int(),
        safetyStock: z.int(),
        atp: z.int().meta({ description: 'available to promise' }),
        shortfall: z.int().optional().meta({ description: 'committed beyond what is there' }),
        freshness: z.enum(['fresh', 'expired', 'unknown']),
        observedAt: moment.nullable(),
      }),
    ),
    atp: z.int().meta({ description: 'over all nodes' }),
  })
  .meta({ id: 'Stock' });

export const stockPath = z.object({ sku });
