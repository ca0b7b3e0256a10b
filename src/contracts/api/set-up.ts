import { z } from 'zod';
import { BACKORDER_MODES, NODE_KINDS, SUPPLY_BASES } from '../../domain/inventory/setup/set-up';
import { SUPPLY_FORMS } from '../../domain/inventory/setup/supply-form';
import { itemTag, MOST_UNITS, nodeId, region, sku, text, wholeNumber } from './fields';

const name = text(200).meta({ example: 'Warehouse North' });
const LONGEST_TTL_SECONDS = 31_536_000;

const nodeFields = {
  name,
  kind: z.enum(NODE_KINDS).meta({
    description:
      'once a source has reported stock here, a node cannot become a partner or cease to be one; a store stays a ' +
      'store while a source reports its sections',
  }),
  region,
  priority: wholeNumber(0, 1_000_000)
    .default(100)
    .meta({ description: 'sourcing prefers the node with the lower number', example: 10 }),
  enabled: z.boolean().default(true),
  safetyStock: wholeNumber(0, MOST_UNITS)
    .default(0)
    .meta({ description: 'units of each item that are never promised', example: 0 }),
  feedTtlSeconds: wholeNumber(1, LONGEST_TTL_SECONDS).nullable().default(null).meta({
    description:
      'supply counts as zero once the feed has been silent for longer; null: never. Required for a partner',
    example: 3_600,
  }),
};

export const nodeRequest = z
  .strictObject(nodeFields)
  .refine(({ kind, feedTtlSeconds }) => kind !== 'partner' || feedTtlSeconds !== null, {
    path: ['feedTtlSeconds'],
    error: 'is required for a partner',
  })
  .meta({ id: 'NodeRequest' });

export const node = z.object({ id: nodeId, ...nodeFields }).meta({ id: 'Node' });
export const nodePath = z.object({ id: nodeId });

const sourceFields = {
  name,
  basis: z.enum(SUPPLY_BASES).meta({
    description:
      '`on_hand`: the numbers count everything that is there; `available`: the source has already subtracted the claims ' +
      'that it knew of',
  }),
  nodes: z
    .array(nodeId)
    .min(1, 'must name at least one node')
    .max(1_000, 'must name at most 1000 nodes')
    .meta({ description: 'the nodes that the source may report' }),
  authority: wholeNumber(0, 1_000_000).default(0).meta({
    description: 'where several sources report one node, the one with the highest authority counts',
    example: 0,
  }),
  forms: z
    .record(nodeId, z.enum(SUPPLY_FORMS))
    .default({})
    .meta({
      description:
        'whether it reports a store `whole` or by `sections`, by node id. A store that is not named keeps the form ' +
        'that it has: the first row there fixes it. Another form starts its supply there anew',
      example: {},
    }),
};

export const sourceRequest = z
  .strictObject(sourceFields)
  .refine(({ nodes }) => new Set(nodes).size === nodes.length, {
    path: ['nodes'],
    error: 'must not name a node twice',
  })
  .refine(({ nodes, forms }) => Object.keys(forms).every((id) => nodes.includes(id)), {
    path: ['forms'],
    error: 'must only name nodes of the source',
  })
  .meta({ id: 'SourceRequest' });

const sourceId = nodeId.meta({ example: 'wms' });
export const source = z.object({ id: sourceId, ...sourceFields }).meta({ id: 'Source' });
export const sourcePath = z.object({ id: sourceId });

const backorder = z
  .strictObject({
    mode: z.enum(BACKORDER_MODES),
    limit: wholeNumber(1, MOST_UNITS).optional(),
    promiseDate: z.iso.date('must be a date such as 2026-12-24').optional(),
  })
  .refine(({ mode, limit }) => (mode === 'limited') === (limit !== undefined), {
    path: ['limit'],
    error: 'is required with the mode `limited`, and not allowed with another mode',
  });

const MOST_TAGS = 50;

const itemFields = {
  name,
  backorder: backorder.default({ mode: 'none' }),
  perOrderMax: wholeNumber(1, MOST_UNITS)
    .nullable()
    .default(null)
    .meta({ description: 'the most units that one order may have; null: no maximum', example: 10 }),
  tags: z
    .array(itemTag)
    .max(MOST_TAGS, `must have at most ${MOST_TAGS} tags`)
    .refine((tags) => new Set(tags).size === tags.length, 'must not name a tag twice')
    .default([])
    .meta({ description: 'eligibility rules may deny the items with a tag', example: ['alcohol'] }),
};

export const itemRequest = z.strictObject(itemFields).meta({ id: 'ItemRequest' });
export const item = z.object({ sku, ...itemFields }).meta({ id: 'Item' });
export const itemPath = z.object({ sku });
