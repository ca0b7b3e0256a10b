import { z } from 'zod';
import { FEED_REJECTIONS, type FeedRejection } from '../../domain/inventory/supply/supply-feed';
import { givenMoment, identifier, nodeId, sku, wholeNumber } from './fields';

export const MOST_FEED_ROWS = 10_000;

/**
 * Above any real stock of one item in one place. Ninety million movements of this size still add up exactly in a JSON
 * number (2^53).
 */
const MOST_COUNTED = 100_000_000;

/** A row that is newer than that of the demo data. */
export const feedRowExample = {
  messageId: 'msg-1',
  sequence: 2,
  sku: 'MUG-01',
  nodeId: 'wh-north',
  count: 500,
  observedAt: '2026-11-22T17:00:00+01:00',
};

/** One row of a feed: a count of an item in one section of a node, or a movement. */
export const feedRow = z
  .strictObject({
    messageId: identifier.meta({
      description: 'the causation of the events that the row leads to',
      example: 'msg-1',
    }),
    sequence: wholeNumber(0, Number.MAX_SAFE_INTEGER).meta({
      description:
        'orders the messages of this source for this item, node and section. Supply is the count with the highest ' +
        'sequence plus every movement with a higher one, in whatever order they arrive. A count with a lower sequence ' +
        'is stale, and so is a movement that the count contains. If two different messages have one sequence, the ' +
        'lower quantity counts.',
      example: 1,
    }),
    sku,
    nodeId,
    section: z.enum(['floor', 'backroom']).optional().meta({
      description:
        'of a store, where the source reports it by sections: every row of a source about a store has one, or none has',
    }),
    count: wholeNumber(0, MOST_COUNTED)
      .optional()
      .meta({ description: 'the units that are there', example: 25 }),
    movement: wholeNumber(-MOST_COUNTED, MOST_COUNTED)
      .optional()
      .meta({ description: 'the units that came or, below zero, went; instead of a count' }),
    observedAt: givenMoment,
  })
  .refine(({ count, movement }) => (count === undefined) !== (movement === undefined), {
    path: ['count'],
    message: 'is required unless movement is given, and excludes it',
  })
  .meta({
    id: 'FeedRow',
    example: feedRowExample,
  });

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
          row: z.int().meta({
            description: '1 is the first row after the header, the first line, or the first of the array',
          }),
          sku: z
            .string()
            .nullable()
            .meta({ description: 'null where it could not be read', example: 'MUG-01' }),
          messageId: z.string().nullable().meta({ example: 'msg-1' }),
          outcome: z.enum(['applied', 'duplicate', 'stale', 'rejected']),
          reason: z.enum(Object.keys(FEED_REJECTIONS) as FeedRejection[]).optional(),
          shortfall: z.int().optional().meta({
            description: 'of an applied row: the units that are committed, or have departed, beyond supply',
          }),
          detail: z
            .string()
            .optional()
            .meta({ example: 'count: must be a whole number from 0 to 100000000' }),
        }),
      )
      .meta({ description: 'one answer for each row, in the order of the rows' }),
  })
  .meta({ id: 'FeedAnswer' });
