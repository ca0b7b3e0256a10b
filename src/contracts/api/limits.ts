import { z } from 'zod';
import { customerId, givenMoment, identifier, moment, nodeId, region, sku, wholeNumber } from './fields';

const MOST_SKUS = 1_000;
const HIGHEST_LIMIT = 1_000_000_000;

const limitId = identifier.meta({ example: 'drop-2026-11-22' });
const channel = identifier.meta({ description: 'where it is bought', example: 'web' });

const window = {
  start: givenMoment.meta({ description: 'the first moment of its window' }),
  end: givenMoment.meta({ description: 'the first moment after its window' }),
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
    .meta({ description: 'it limits sales through this channel only' }),
  customerId: customerId.nullable().default(null).meta({
    description: 'it limits sales to this customer only; a hold is claimed when an order adopts it',
  }),
  limit: wholeNumber(0, HIGHEST_LIMIT).meta({
    description: 'units; it may fall below what is used',
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
      'One cap is one window: what is used of it stays used when its dates are moved, so give each window a cap of its own. It counts what is promised while it is in force.',
  });

export const cap = z
  .object({
    id: limitId,
    ...capFields,
    start: moment,
    end: moment,
    used: z.int().meta({ description: 'units promised and not given back; a hold counts until it runs out' }),
    left: z.int().meta({ description: '0 where the limit was lowered below what is used' }),
  })
  .meta({ id: 'Cap' });

export const capPath = z.object({ id: limitId });

const deny = {
  sku: sku.nullable().default(null),
  nodeId: nodeId.nullable().default(null),
  region: region.nullable().default(null).meta({ description: 'where it ships to' }),
  channel: channel.nullable().default(null),
};

const ruleFields = {
  deny: z
    .strictObject(deny)
    .refine((named) => Object.values(named).some((value) => value !== null), {
      error: 'must name at least one of sku, nodeId, region, channel',
    })
    .meta({
      description:
        'whatever matches all that is named here may not be sold; it may name what is still to come',
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
