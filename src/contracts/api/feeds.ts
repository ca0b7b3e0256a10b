import { z } from 'zod';
import { givenMoment, identifier, nodeId, sku, wholeNumber } from './fields';

export const MOST_FEED_ROWS = 10_000;

/** Low enough that the counts of all sections of a node still add up to a 32-bit integer. */
const MOST_COUNTED = 100_000_000;

/** One row of a feed: how many there are of an item, in one section of a node. */
export const feedRow = z
  .strictObject({
    messageId: identifier.meta({
      description: 'shows up as the cause of what the row changes',
      example: 'msg-1',
    }),
    sequence: wholeNumber(0, Number.MAX_SAFE_INTEGER).meta({
      description: 'of this source for this item, node and section; a lower one than before is stale',
      example: 1,
    }),
    sku,
    nodeId,
    section: z.enum(['floor', 'backroom']).optional().meta({ description: 'of a store' }),
    count: wholeNumber(0, MOST_COUNTED).meta({ example: 25 }),
    observedAt: givenMoment,
  })
  .meta({ id: 'FeedRow' });

export type FeedRow = z.output<typeof feedRow>;

export const feedPath = z.object({ sourceId: identifier.meta({ example: 'wms' }) });

export const feedAnswer = z
  .object({
    applied: z.int(),
    duplicate: z.int(),
    stale: z.int(),
    rejected: z.int(),
    results: z
      .array(
        z.object({
          kind: z.enum(['applied', 'duplicate', 'stale', 'rejected']),
          reason: z
            .enum(['UNKNOWN_SKU', 'UNKNOWN_NODE', 'NODE_NOT_OF_SOURCE', 'OBSERVED_IN_FUTURE', 'INVALID'])
            .optional(),
          detail: z
            .string()
            .optional()
            .meta({ example: 'count: must be a whole number from 0 to 100000000' }),
        }),
      )
      .meta({ description: 'one answer a row, in their order' }),
  })
  .meta({ id: 'FeedAnswer' });
