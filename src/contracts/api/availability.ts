import { z } from 'zod';
import { identifier, MOST_UNITS, moment, region, sku } from './fields';
import { stockNode } from './stock';

const MOST_SKUS = 1_000;

const skus = z
  .array(sku)
  .min(1, 'must name at least one item')
  .max(MOST_SKUS, `must name at most ${MOST_SKUS} items`)
  .refine((all) => new Set(all).size === all.length, 'must not name an item twice');
const channel = identifier.meta({ description: 'where it is bought', example: 'web' });

const EXPLAIN = 'true: with every term of the calculation';

export const availabilityQuery = z.strictObject({
  sku: skus,
  region,
  channel: channel.optional(),
  explain: z
    .enum(['true', 'false'], 'must be true or false')
    .default('false')
    .transform((text) => text === 'true')
    .meta({ description: EXPLAIN }),
});

export const availabilityRequest = z
  .strictObject({
    skus,
    region,
    channel: channel.optional(),
    explain: z.boolean().default(false).meta({ description: EXPLAIN }),
  })
  .meta({ id: 'AvailabilityRequest' });

/** The terms of an item's sellable quantity, for callers that ask for an explanation. */
const explained = z.object({
  isKnown: z.boolean().meta({ description: 'false: there is no such item' }),
  openBackorders: z.int(),
  backorderRoom: z.int().nullable().meta({ description: 'null: without limit' }),
  promiseDate: z.iso.date().optional().meta({ description: 'of what is sold without stock' }),
  capRoom: z.int().nullable().meta({ description: 'null: no cap applies' }),
  perOrderMax: z.int().nullable(),
  nodes: z.array(stockNode).meta({ description: 'every node that has ever reported it' }),
  excluded: z
    .array(
      z.object({
        nodeId: z.string(),
        reason: z.string().meta({ description: 'DISABLED, EXPIRED, UNKNOWN, or the reason of the rule' }),
      }),
    )
    .meta({ description: 'the nodes that nothing is sold from, and why' }),
});

/** The sellable quantity of each item. */
export const availability = z
  .object({
    items: z.array(
      z.object({
        sku,
        sellable: z.int().meta({
          description: `the most that one order without a limit of shipments can have; at most ${MOST_UNITS}`,
        }),
        atp: z.int().meta({
          description: 'available to promise: over all nodes, less what the backorder queue claims',
        }),
        ...explained.partial().shape,
      }),
    ),
    asOf: moment.meta({ description: 'everything that happened until then is in it' }),
  })
  .meta({ id: 'Availability' });

export type AvailabilityView = z.output<typeof availability>;
