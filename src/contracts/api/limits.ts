import { z } from 'zod';
import {
  customerId,
  givenMoment,
  identifier,
  itemTag,
  moment,
  nodeId,
  region,
  shippingMethod,
  sku,
  wholeNumber,
} from './fields';

const MOST_SKUS = 1_000;
const HIGHEST_LIMIT = 1_000_000_000;

const limitId = identifier.meta({ example: 'drop-2026-11-22' });
const channel = identifier.meta({ description: 'the sales channel of the buyer', example: 'web' });

const window = {
  start: givenMoment.meta({ description: 'the first moment of the window' }),
  end: givenMoment.meta({ description: 'the first moment after the window' }),
};

const capFields = {
  skus: z
    .array(sku)
    .min(1, 'must name at least one item')
    .max(MOST_SKUS, `must name at most ${MOST_SKUS} items`)
    .meta({ description: 'the items whose units are counted together' }),
  channel: channel
    .nullable()
    .default(null)
    .meta({ description: 'the cap limits sales through this channel only; null: through all' }),
  customerId: customerId
    .nullable()
    .default(null)
    .meta({
      description:
        'the cap limits sales to this customer only; null: to all. A hold that names no customer takes its share when ' +
        'an order of this customer takes it over',
    }),
  limit: wholeNumber(0, HIGHEST_LIMIT).meta({
    description: 'the most units that may be promised; it may be lowered below `used`',
    example: 500,
  }),
};

export const capRequest = z
  .strictObject({ ...capFields, ...window })
  .refine(({ skus }) => new Set(skus).size === skus.length, {
    path: ['skus'],
    error: 'must not name an item twice',
  })
  .refine(({ start, end }) => Date.parse(start) < Date.parse(end), {
    path: ['end'],
    error: 'must lie after the start',
  })
  .meta({
    id: 'CapRequest',
    description:
      'A cap counts the units that are promised during its window. Moving the window keeps `used`, so give each window a ' +
      'cap of its own.',
  });

export const cap = z
  .object({
    id: limitId,
    ...capFields,
    start: moment,
    end: moment,
    used: z.int().meta({ description: 'units promised and not given back; a hold counts until it expires' }),
    left: z.int().meta({ description: '`limit - used`, at least 0' }),
  })
  .meta({ id: 'Cap' });

export const capPath = z.object({ id: limitId });

const deny = {
  sku: sku.nullable().default(null),
  itemTag: itemTag.nullable().default(null),
  nodeId: nodeId.nullable().default(null),
  region: region.nullable().default(null).meta({ description: 'the region of the delivery' }),
  channel: channel.nullable().default(null),
  shippingMethod: shippingMethod.nullable().default(null),
};

const ruleFields = {
  deny: z
    .strictObject(deny)
    .refine((named) => Object.values(named).some((value) => value !== null), {
      error: `must name at least one of ${Object.keys(deny).join(', ')}`,
    })
    .meta({
      description:
        'the rule denies every request that matches all fields given here; they may name things that do not exist yet',
    }),
  reason: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'must be a code such as AGE_RESTRICTED')
    .meta({ example: 'AGE_RESTRICTED' }),
};

export const ruleRequest = z.strictObject(ruleFields).meta({ id: 'EligibilityRuleRequest' });
export const rule = z
  .object({ id: limitId, deny: z.object(deny), reason: z.string() })
  .meta({ id: 'EligibilityRule' });
export const rulePath = z.object({ id: limitId });
