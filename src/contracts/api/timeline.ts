import { z } from 'zod';
import { eventCaller, streamKey } from './events';
import { moment } from './fields';

/** One event of an order, from any of the stores. */
const timelineEvent = z
  .object({
    id: z.string(),
    store: z.enum(['orders', 'credit', 'inventory']),
    stream: z.string().meta({ example: 'order/ord_7d3k9q2m4x8w1n6p' }),
    key: streamKey,
    version: z.int().meta({ description: '1, 2, 3 and so on in its stream, without a gap' }),
    type: z.string().meta({ example: 'orders.order-approved.v1' }),
    data: z.record(z.string(), z.unknown()),
    occurredAt: moment,
    recordedAt: moment,
    causation: z.string().meta({ description: 'the command that caused it' }),
    correlation: z.string(),
    traceparent: z.string().optional(),
    caller: eventCaller,
  })
  .meta({ id: 'TimelineEvent' });

export type TimelineEvent = z.output<typeof timelineEvent>;

export const timeline = z
  .object({
    items: z.array(timelineEvent),
    archivedUntil: moment.optional().meta({
      description: 'the events of the order until this moment are archived, and may be missing here',
    }),
  })
  .meta({ id: 'Timeline' });

export type TimelineView = z.output<typeof timeline>;

/** A message to a follower of an order, in the fields of a server-sent event. */
const timelineMessage = z
  .object({
    id: z
      .string()
      .meta({ description: 'opaque; sent as `Last-Event-ID`, the stream resumes after this message' }),
    event: timelineEvent.shape.type,
    data: timelineEvent,
  })
  .meta({ id: 'TimelineMessage' });

export type TimelineMessage = z.output<typeof timelineMessage>;

/** The messages of a stream, for the OpenAPI document. */
export const timelineMessages = z.array(timelineMessage);

export const timelineHeaders = z.object({
  'Last-Event-ID': z.string().optional().meta({
    description: 'the `id` of the last message that the caller received; left out: from the first event',
  }),
});
