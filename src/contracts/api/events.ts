import { z } from 'zod';
import { givenMoment, moment } from './fields';

const MOST_EVENTS = 1_000;
const USUAL_EVENTS = 100;
const MOST_TYPES = 100;
const LONGEST_CURSOR = 20_000;

/** A cursor contains database snapshots, which list every transaction in progress: hence the high limit. */
const cursor = z.string().max(LONGEST_CURSOR, 'is not a place in the logs of events');

function limitUpTo(most: number, usual: number) {
  const message = `must be a whole number from 1 to ${most}`;
  return z
    .string()
    .regex(/^[1-9]\d{0,3}$/, message)
    .transform(Number)
    .refine((limit) => limit <= most, message)
    .prefault(String(usual))
    .meta({ override: { type: 'integer', minimum: 1, maximum: most, default: usual } });
}

export const eventsQuery = z.strictObject({
  after: cursor
    .optional()
    .meta({ description: '`next` of the answer before; left out: from the first event' }),
  types: z
    .string()
    .regex(
      /^[a-z]+[.]([a-z0-9.-]+|[*])(,[a-z]+[.]([a-z0-9.-]+|[*]))*$/,
      'must be names of event types such as inventory.stock-held.v1, or inventory.* for all of one store, with commas between',
    )
    .transform((types) => types.split(','))
    .refine((types) => types.length <= MOST_TYPES, `must name at most ${MOST_TYPES} types`)
    .optional()
    .meta({
      override: { type: 'string' },
      description: 'names of types; `inventory.*` names all of that store',
      example: 'inventory.stock-held.v1,credit.*',
    }),
  stream: z
    .string()
    .regex(/^[a-z]+\/[A-Za-z0-9._:/-]{1,140}$/, 'must be the name of a stream')
    .optional()
    .meta({ example: 'stock/SKU-0001/wh-north' }),
  limit: limitUpTo(MOST_EVENTS, USUAL_EVENTS),
});

export const event = z
  .object({
    id: z.uuid(),
    stream: z.string().meta({ example: 'stock/SKU-0001/wh-north' }),
    version: z.int().meta({ description: '1, 2, 3, ... within its stream' }),
    type: z.string(),
    data: z.record(z.string(), z.unknown()),
    occurredAt: moment,
    recordedAt: moment,
    causation: z.string().meta({ description: 'the command that caused it' }),
    correlation: z.string().meta({ description: 'the order or reservation it belongs to' }),
    traceparent: z.string().optional(),
  })
  .meta({ id: 'Event' });

export const eventPage = z
  .object({
    items: z.array(event),
    next: z.string().meta({ description: 'goes on from here; opaque' }),
    more: z.boolean().meta({ description: 'there is more to read at once' }),
  })
  .meta({ id: 'EventPage' });

export type EventView = z.output<typeof event>;
export type EventPageView = z.output<typeof eventPage>;

export const snapshotQuery = z.strictObject({
  cursor: cursor.optional().meta({ description: '`nextCursor` of the page before' }),
  limit: limitUpTo(MOST_EVENTS, USUAL_EVENTS),
});

export const stockSnapshot = z
  .object({
    items: z.array(
      z.object({
        stream: z.string(),
        version: z.int().meta({ description: 'leave out events of the stream up to this one' }),
        state: z.unknown().meta({ description: 'what folding the stream up to there gives' }),
      }),
    ),
    events: z.string().meta({ description: '`after` of the event feed, once all pages are read' }),
    nextCursor: z.string().optional(),
  })
  .meta({ id: 'StockSnapshot' });

export type StockSnapshotView = z.output<typeof stockSnapshot>;

export const subscriptionPath = z.object({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'must be the name of a subscription'),
});

export const subscriptionReset = z
  .strictObject({
    to: z.union([z.literal('start'), givenMoment], { error: 'must be `start` or a moment' }).meta({
      description:
        '`start`, or a moment: everything recorded from then on comes again, and some seconds more',
      example: 'start',
    }),
  })
  .meta({ id: 'SubscriptionReset' });

export const subscription = z
  .object({
    name: z.string(),
    kind: z.enum(['projection', 'reaction']).meta({
      description: 'rows folded from events, or commands given because of them',
    }),
    revision: z.int(),
    lagMs: z.int().meta({ description: 'since the oldest event was recorded that it has not handled' }),
    movedAt: moment.meta({ description: 'when it last moved on' }),
    cursor: z.string().meta({ description: '`after` of the event feed that stands where it stands' }),
    restartAt: z.string().optional().meta({ description: 'it will begin again from there at its next turn' }),
    failure: z
      .object({ message: z.string(), at: moment })
      .optional()
      .meta({ description: 'what keeps it from going on' }),
    parked: z
      .array(
        z.object({
          eventId: z.uuid(),
          stream: z.string(),
          type: z.string(),
          failure: z.string(),
          parkedAt: moment,
        }),
      )
      .meta({ description: 'events it could not handle and left aside, the last 100' }),
  })
  .meta({ id: 'Subscription' });

export type SubscriptionView = z.output<typeof subscription>;

export const subscriptionList = z.object({ items: z.array(subscription) }).meta({ id: 'SubscriptionList' });
