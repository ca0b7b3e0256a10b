import { z } from 'zod';
import { SUPPLY_BASES } from '../../domain/inventory/set-up';
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
        shortfall: z.int().optional().meta({ description: 'committed or gone beyond what is there' }),
        freshness: z.enum(['fresh', 'expired', 'unknown']),
        observedAt: moment.nullable(),
        sourceId: z
          .string()
          .nullable()
          .meta({ description: 'the source that counts: of the highest authority' }),
        others: z
          .array(
            z.object({
              sourceId: z.string(),
              basis: z.enum(SUPPLY_BASES),
              supply: z.int().nullable(),
              freshness: z.enum(['fresh', 'expired', 'unknown']),
              observedAt: moment.nullable(),
              difference: z.int().nullable().meta({
                description: 'more than the source that counts; null where the two do not count alike',
              }),
            }),
          )
          .optional()
          .meta({ description: 'what other sources say of this node' }),
        zeroedAt: moment
          .optional()
          .meta({ description: 'supply counts as 0 since then, because somebody found none' }),
      }),
    ),
    atp: z.int().meta({ description: 'over all nodes' }),
  })
  .meta({ id: 'Stock' });

export const stockPath = z.object({ sku });
