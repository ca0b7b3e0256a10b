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

export const availabilityQuery = z.strictObject({ sku: skus, region, channel: channel.optional() });

export const availabilityRequest = z
  .strictObject({ skus, region, channel: channel.optional() })
  .meta({ id: 'AvailabilityRequest' });

/** The sellable quantity of each item, with every term of its calculation. */
export const availability = z
  .object({
    items: z.array(
      z.object({
        sku,
        isKnown: z.boolean().meta({ description: 'false: there is no such item' }),
        sellable: z.int().meta({
          description: `what one order can have of it, from stock and from what is to come; at most ${MOST_UNITS}`,
        }),
        atp: z.int().meta({
          description: 'available to promise: over all nodes, less what the backorder queue claims',
        }),
        shippable: z
          .int()
          .meta({ description: 'of that, what one order can be sent: it goes in so many parcels at most' }),
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
              reason: z.string().meta({
                description: 'DISABLED, EXPIRED, UNKNOWN (it has never reported it), or what a rule says',
              }),
            }),
          )
          .meta({ description: 'the nodes that nothing is sold from, and why' }),
      }),
    ),
    asOf: moment.meta({ description: 'everything that happened until then is in it' }),
  })
  .meta({ id: 'Availability' });

export type AvailabilityView = z.output<typeof availability>;
