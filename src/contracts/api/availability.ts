import { z } from 'zod';
import { identifier, MOST_UNITS, moment, pastMoment, region, shippingMethod, sku } from './fields';
import { stockNode } from './stock';

const MOST_SKUS = 1_000;
/** The most items that are folded from the log for one request. */
const MOST_PAST_SKUS = 50;

const skus = z
  .array(sku)
  .min(1, 'must name at least one item')
  .max(MOST_SKUS, `must name at most ${MOST_SKUS} items`)
  .refine((all) => new Set(all).size === all.length, 'must not name an item twice')
  .meta({ example: ['MUG-01', 'VASE-01'] });
const channel = identifier.meta({ description: 'the sales channel of the buyer', example: 'web' });

const EXPLAIN = 'true: the answer has every term of the calculation';

export const availabilityQuery = z
  .strictObject({
    sku: skus,
    region,
    channel: channel.optional(),
    shippingMethod: shippingMethod.optional(),
    explain: z
      .enum(['true', 'false'], 'must be true or false')
      .default('false')
      .transform((text) => text === 'true')
      .meta({ description: EXPLAIN }),
    asOf: pastMoment('everything that the answer depends on'),
  })
  .refine(({ sku: all, asOf }) => asOf === undefined || all.length <= MOST_PAST_SKUS, {
    path: ['sku'],
    error: `must name at most ${MOST_PAST_SKUS} items with asOf`,
  });

export const availabilityRequest = z
  .strictObject({
    skus,
    region,
    channel: channel.optional(),
    shippingMethod: shippingMethod.optional(),
    explain: z.boolean().default(false).meta({ description: EXPLAIN }),
  })
  .meta({
    id: 'AvailabilityRequest',
    example: { skus: ['MUG-01', 'VASE-01'], region: 'north', channel: 'web', explain: true },
  });

/** The terms of an item's sellable quantity, for callers that ask for an explanation. */
const explained = z.object({
  isKnown: z.boolean().meta({ description: 'false: no item has this SKU' }),
  openBackorders: z.int().meta({ description: 'units promised without stock, in all open backorders' }),
  backorderRoom: z
    .int()
    .nullable()
    .meta({ description: 'further units that may be backordered; null: no limit' }),
  promiseDate: z.iso
    .date()
    .optional()
    .meta({ description: 'the date for which backordered units are promised' }),
  capRoom: z.int().nullable().meta({ description: 'what the sales caps leave; null: no cap applies' }),
  perOrderMax: z.int().nullable().meta({ description: 'the maximum of one order; null: no maximum' }),
  nodes: z.array(stockNode).meta({ description: 'every node for which a source has ever reported the item' }),
  excluded: z
    .array(
      z.object({
        nodeId: z.string(),
        reason: z
          .string()
          .meta({ description: 'DISABLED, EXPIRED, UNKNOWN, or the reason of an eligibility rule' }),
      }),
    )
    .meta({ description: 'the nodes from which the item is not sold, and why' }),
});

/** The sellable quantity of each item. */
export const availability = z
  .object({
    items: z.array(
      z.object({
        sku,
        sellable: z.int().meta({
          description: `the most units that one order without a limit of shipments can have, from stock and as backorders; at most ${MOST_UNITS}`,
        }),
        atp: z.int().meta({
          description:
            'available to promise: the sum over all nodes, less the units that the backorder queue claims',
        }),
        ...explained.partial().shape,
      }),
    ),
    asOf: moment.meta({
      description: 'the answer includes every event up to this moment; the `asOf` of a request that has one',
    }),
  })
  .meta({ id: 'Availability' });

export type AvailabilityView = z.output<typeof availability>;
