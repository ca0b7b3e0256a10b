import { z } from 'zod';
import { LOGS } from '../logs';
import { givenMoment, identifier, moment, nodeId } from './fields';
import { pageOf, pageQuery } from './paging';

const MOST_FILTERS = 100;
const LONGEST_URL = 2_000;

/** The states of a delivery. `failed`: given up after three days in which the endpoint accepted other messages. */
export const DELIVERY_STATES = ['pending', 'delivered', 'failed'] as const;

const webhookId = identifier.meta({ example: 'erp' });

function listOf(item: z.ZodType<string>) {
  return z
    .array(item)
    .min(1, 'must name at least one; leave it out for all')
    .max(MOST_FILTERS, `must name at most ${MOST_FILTERS}`);
}

const eventType = z
  .string()
  .regex(
    new RegExp(`^(${LOGS.join('|')})[.]([a-z0-9.-]+|[*])$`),
    'must be an event type such as inventory.stock-held.v1, or inventory.* for all of one store',
  )
  .meta({ example: 'orders.*' });

function hasUserInfo(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username !== '' || password !== '';
}

/** The ports below 1024 belong to other protocols. */
function isOddPort(text: string): boolean {
  const port = URL.canParse(text) ? Number(new URL(text).port || 443) : 443;
  return port < 1_024 && port !== 443 && port !== 80;
}

const url = z
  .string()
  .max(LONGEST_URL, `must have at most ${LONGEST_URL} characters`)
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), 'must be an https:// URL')
  .refine((text) => !isOddPort(text), 'must have the port 443 or 80, or one from 1024 on')
  .refine((text) => !hasUserInfo(text), 'must not contain a user name or a password')
  .meta({
    description: 'the endpoint; redirects are not followed',
    example: 'https://erp.example.com/holdfast',
  });

const filters = {
  types: listOf(eventType).optional().meta({ description: 'the types of events; left out: all' }),
  nodes: listOf(nodeId)
    .optional()
    .meta({ description: 'only events that name one of these nodes, and those of their stock' }),
  channels: listOf(identifier)
    .optional()
    .meta({ description: 'only events of orders and reservations of one of these sales channels' }),
};

export const webhookRequest = z
  .strictObject({
    url,
    ...filters,
    ordered: z
      .boolean()
      .default(false)
      .meta({ description: 'true: an event waits until the earlier events of its stream are delivered' }),
    enabled: z.boolean().default(true).meta({ description: 'false: events are kept and not delivered' }),
  })
  .meta({
    id: 'WebhookRequest',
    example: { url: 'https://erp.example.com/holdfast', types: ['orders.*', 'inventory.stock-held.v1'] },
  });

export type WebhookRequest = z.output<typeof webhookRequest>;

const secret = z.string().meta({
  description: 'signs the messages; it is shown once',
  example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
});

export const webhook = z
  .object({
    id: webhookId,
    url: z.string(),
    types: z.array(z.string()).optional(),
    nodes: z.array(z.string()).optional(),
    channels: z.array(z.string()).optional(),
    ordered: z.boolean(),
    enabled: z.boolean(),
    disabledReason: z.string().optional().meta({ description: 'why Holdfast has disabled it' }),
    secret: secret.optional(),
    waiting: z.int().meta({ description: 'events that are not delivered yet; counted up to 10,000' }),
    acceptedAt: moment.optional().meta({ description: 'when the endpoint last accepted a message' }),
    failing: z
      .object({
        failures: z.int().meta({ description: 'failed attempts since the endpoint last accepted a message' }),
        error: z.string(),
        pausedUntil: moment.optional().meta({ description: 'when the next attempt is made' }),
      })
      .optional()
      .meta({ description: 'absent while the endpoint accepts messages' }),
    replayFrom: moment.optional().meta({ description: 'the start of a replay that is not complete' }),
    createdAt: moment,
    updatedAt: moment,
  })
  .meta({ id: 'Webhook' });

export type WebhookView = z.output<typeof webhook>;

export const webhookPath = z.object({ id: webhookId });
export const webhookListQuery = z.strictObject(pageQuery);
export const webhookPage = pageOf(webhook).meta({ id: 'WebhookPage' });

export const webhookSecret = z
  .object({ secret, oldValidUntil: moment.meta({ description: 'until then messages are signed with both' }) })
  .meta({ id: 'WebhookSecret' });

export const webhookReplay = z
  .strictObject({
    from: givenMoment.meta({ description: 'events recorded from this moment on are delivered again' }),
  })
  .meta({ id: 'WebhookReplay', example: { from: '2026-11-22T00:00:00Z' } });

export const deliveriesQuery = z.strictObject({ state: z.enum(DELIVERY_STATES).optional(), ...pageQuery });

export const webhookDelivery = z
  .object({
    eventId: z.uuid().meta({ description: 'the id of the event, and the `webhook-id` of its message' }),
    type: z.string(),
    stream: z.string(),
    version: z.int(),
    state: z.enum(DELIVERY_STATES),
    attempts: z.int(),
    createdAt: moment,
    dueAt: moment.optional().meta({ description: 'the earliest next attempt of a pending delivery' }),
    deliveredAt: moment.optional(),
    lastAttemptAt: moment.optional(),
    lastStatus: z.int().optional().meta({ description: 'the status of the last answer' }),
    lastError: z.string().optional().meta({ description: 'why the last attempt failed' }),
    lastResponse: z
      .string()
      .optional()
      .meta({ description: 'the beginning of the last answer; only for keys with the scope `admin`' }),
  })
  .meta({ id: 'WebhookDelivery' });

export type WebhookDeliveryView = z.output<typeof webhookDelivery>;

export const webhookDeliveryPage = pageOf(webhookDelivery).meta({ id: 'WebhookDeliveryPage' });
