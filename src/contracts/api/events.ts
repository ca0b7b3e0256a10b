import { z } from 'zod';
import { LOGS } from '../logs';
import { givenMoment, moment, text } from './fields';
import { waitHeaders } from './headers';
import { limitUpTo } from './paging';

const MOST_EVENTS = 1_000;
const USUAL_EVENTS = 100;
const MOST_TYPES = 100;
const LONGEST_CURSOR = 20_000;

/** A cursor contains database snapshots, which list every transaction in progress: hence the high limit. */
const cursor = z.string().max(LONGEST_CURSOR, 'is not a cursor of the event feed');

/** A stream of two ids of 100 characters, of four bytes each, has 2,407 characters. */
const STREAM_NAME = /^[a-z]+\/[A-Za-z0-9%._~!*'()/-]{1,2500}$/;

/** The thing that a stream is about. */
export const streamKeyFields = z.union([
  z.object({
    kind: z.enum(['order', 'trip', 'node', 'source', 'rule', 'cap', 'reservation']),
    id: z.string(),
  }),
  z.object({ kind: z.literal('credit'), customerId: z.string() }),
  z.object({ kind: z.enum(['item', 'backorder']), sku: z.string() }),
  z.object({ kind: z.literal('stock'), sku: z.string(), nodeId: z.string() }),
  z.object({ kind: z.literal('freshness'), sourceId: z.string(), nodeId: z.string() }),
]);

export const streamKey = streamKeyFields.meta({
  id: 'StreamKey',
  description: 'what the stream is about: its kind, and the ids that name the thing',
  example: { kind: 'stock', sku: 'MUG-01', nodeId: 'wh-north' },
});

export const eventsQuery = z.strictObject({
  after: cursor.optional().meta({
    description:
      '`next` of the previous page; `now`: only events after this request; left out: from the start of the logs',
  }),
  types: z
    .string()
    .regex(
      /^[a-z]+[.]([a-z0-9.-]+|[*])(,[a-z]+[.]([a-z0-9.-]+|[*]))*$/,
      'must be a comma-separated list of event types such as inventory.stock-held.v1, or inventory.* for all of one store',
    )
    .transform((types) => types.split(','))
    .refine((types) => types.length <= MOST_TYPES, `must name at most ${MOST_TYPES} types`)
    .optional()
    .meta({
      override: { type: 'string' },
      description: 'comma-separated event types; `inventory.*` stands for all types of that store',
      example: 'inventory.*',
    }),
  stream: z
    .string()
    .regex(STREAM_NAME, 'must be the name of a stream, such as stock/MUG-01/wh-north')
    .optional()
    .meta({ example: 'stock/MUG-01/wh-north' }),
  limit: limitUpTo(MOST_EVENTS, USUAL_EVENTS),
});

/** The caller of an event, the same in every list of events. */
export const eventCaller = z.string().meta({
  description: 'the owner of the API key that caused it; `system`: Holdfast itself, as for a passed deadline',
  example: 'web-shop',
});

export const event = z
  .object({
    id: z.uuid(),
    stream: z.string().meta({
      description: 'the name of its stream: the kind and the ids of `key`, percent-encoded',
      example: 'stock/MUG-01/wh-north',
    }),
    key: streamKey,
    version: z.int().meta({ description: '1, 2, 3 and so on in its stream, without a gap' }),
    type: z.string(),
    data: z.record(z.string(), z.unknown()),
    occurredAt: moment,
    recordedAt: moment,
    causation: z.string().meta({ description: 'the command that caused it' }),
    correlation: z
      .string()
      .meta({ description: 'the order, trip, reservation or request that it belongs to' }),
    traceparent: z.string().optional(),
    caller: eventCaller,
  })
  .meta({ id: 'Event' });

export const eventPage = z
  .object({
    items: z.array(event),
    next: z.string().meta({ description: 'the cursor after this page, for `after`; opaque' }),
    more: z.boolean().meta({ description: 'true: the next page has events already' }),
    archivedUntil: z
      .partialRecord(z.enum(LOGS), moment)
      .optional()
      .meta({
        description:
          'on the first page of a reader without `after`, of each log that does not begin with its first event: the ' +
          'moment until which events are archived',
      }),
  })
  .meta({ id: 'EventPage' });

/** The messages of a stream, for the OpenAPI document. */
export const eventMessages = z.array(
  z
    .object({
      id: z
        .string()
        .optional()
        .meta({ description: 'the cursor after this message; the last message of a page has it' }),
      event: event.shape.type,
      data: event,
    })
    .meta({ id: 'EventMessage' }),
);

export const eventFeedHeaders = waitHeaders.extend({
  'Last-Event-ID': cursor
    .optional()
    .meta({ description: 'the last `id` that the caller received, instead of `after`' }),
});

export type EventView = z.output<typeof event>;
export type EventPageView = z.output<typeof eventPage>;

export const snapshotQuery = z.strictObject({
  cursor: cursor.optional().meta({ description: '`nextCursor` of the previous page' }),
  limit: limitUpTo(MOST_EVENTS, USUAL_EVENTS),
});

export const latestQuery = z.strictObject({
  after: cursor.optional().meta({ description: '`next` of the previous answer' }),
  limit: limitUpTo(MOST_EVENTS, USUAL_EVENTS),
});

const foldedStream = z.object({
  stream: z.string(),
  key: streamKey,
  version: z
    .int()
    .meta({ description: 'the last event of the stream that `state` contains: skip events up to it' }),
  state: z.unknown().meta({ description: 'the fold of the stream up to `version`' }),
});

export const latestStock = z
  .object({
    items: z.array(foldedStream),
    next: z.string().meta({ description: 'the cursor after these states, for `after`; opaque' }),
    more: z.boolean().meta({ description: 'true: the next answer has states already' }),
  })
  .meta({ id: 'LatestStock' });

export type LatestStockView = z.output<typeof latestStock>;

export const stockSnapshot = z
  .object({
    items: z.array(foldedStream),
    events: z
      .string()
      .meta({ description: 'the cursor for `after` of the event feed, once all pages are read' }),
    nextCursor: z.string().optional(),
  })
  .meta({ id: 'StockSnapshot' });

export type StockSnapshotView = z.output<typeof stockSnapshot>;

const subscriptionName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/, 'must be the name of a subscription')
  .meta({ example: 'order-fills' });

export const subscriptionPath = z.object({ name: subscriptionName });

export const parkedEventPath = z.object({
  name: subscriptionName,
  eventId: z.uuid('must be the id of an event').meta({ example: 'bce4f9ab-ea7d-4785-8308-4c2689a3aa10' }),
});

export const parkedEventDrop = z
  .strictObject({
    note: text(500).meta({
      description: 'why the event need not be handled; it is kept',
      example: 'the customer was told by phone',
    }),
  })
  .meta({ id: 'ParkedEventDrop', example: { note: 'the customer was told by phone' } });

export const subscriptionReset = z
  .strictObject({
    to: z.union([z.literal('start'), givenMoment], { error: 'must be `start` or a moment' }).meta({
      description:
        '`start`, or a moment: the subscription processes the events recorded from then on again, and those of some ' +
        'seconds before it',
      example: 'start',
    }),
  })
  .meta({ id: 'SubscriptionReset', example: { to: 'start' } });

const parkedEvent = z.object({
  eventId: z.uuid(),
  stream: z.string(),
  type: z.string(),
  failure: z.string(),
  parkedAt: moment,
  retryAt: moment.optional().meta({ description: 'when a retry was requested that has not run yet' }),
});

export const subscription = z
  .object({
    name: z.string(),
    log: z.enum(LOGS).meta({ description: 'the store whose log it reads' }),
    kind: z.enum(['projection', 'reaction']).meta({
      description: 'projection: folds events into rows; reaction: issues commands or calls others',
    }),
    revision: z.int(),
    lagMs: z.int().meta({ description: 'milliseconds since the oldest unprocessed event was recorded' }),
    movedAt: moment.meta({ description: 'when its checkpoint last moved' }),
    running: z.boolean().meta({
      description: 'false: no relay has run it for half a minute; a reaction may then be removed',
    }),
    cursor: z.string().meta({ description: 'its checkpoint, as a cursor for `after` of the event feed' }),
    restartAt: z
      .string()
      .optional()
      .meta({ description: 'where it will restart, after a reset that is not carried out yet' }),
    failure: z
      .object({ message: z.string(), at: moment })
      .optional()
      .meta({ description: 'the error that stops it; absent while it runs' }),
    parkedCount: z.int().meta({ description: 'how many events are parked: its handler failed on them' }),
    parked: z.array(parkedEvent).meta({ description: 'the newest parked events, at most 100' }),
  })
  .meta({ id: 'Subscription' });

export type SubscriptionView = z.output<typeof subscription>;

export const subscriptionList = z.object({ items: z.array(subscription) }).meta({ id: 'SubscriptionList' });
