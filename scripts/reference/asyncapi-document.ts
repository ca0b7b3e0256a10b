import { z } from 'zod';
import { cloudEvent } from '../../src/contracts/api/cloud-event';
import { LOGS, type LogName } from '../../src/contracts/logs';
import { ADDRESSES } from '../../src/events/channels/addresses';
import { PARTITIONS } from '../../src/events/channels/channel';
import { cloudEventOf } from '../../src/events/channels/cloud-event';
import { type StreamKey, streamOf } from '../../src/names/stream-key';
import { type DeclaredEvent, type DeclaredStream, declaredEvents } from './event-declarations';
import { eventSample, type Json, MOMENT, textFor } from './event-sample';
import { eventSchema } from './event-schema';

const DESCRIPTION = `Every event of Holdfast, as the channels of HOLDFAST_CHANNELS publish it: a CloudEvent 1.0 in structured JSON.
Messages of one stream are in one partition and arrive in order; any message may come again. A consumer applies a message
whose \`sequence\` follows the last one of its \`subject\`, ignores one that is not higher, and else reads the gap from
\`GET /v1/events\`. A message may have fields that its schema does not name.`;

/** The brokers, by the names of their channels. */
const BROKERS = {
  nats: { title: 'NATS JetStream, stream HOLDFAST', port: 4222, where: 'subject' },
  redis: { title: 'Redis streams, field `event`', port: 6379, where: 'stream' },
  kafka: { title: 'Kafka, with the stream as the key', port: 9092, where: 'topic' },
} as const;

type BrokerName = keyof typeof BROKERS;

/** Returns the AsyncAPI 3 document of all channels and all events, as JSON text. */
export function asyncApiDocument(): string {
  const { checker, streams } = declaredEvents();
  const events = streams.flatMap((stream) => stream.events.map((event) => ({ event, stream })));
  const channels = LOGS.flatMap((log) =>
    (Object.keys(BROKERS) as BrokerName[]).map((broker) => {
      const types = events.map(({ event }) => event.type).filter((type) => logOf(type) === log);
      return { name: `${broker}-${log}`, broker, log, types };
    }),
  );
  const document = {
    asyncapi: '3.1.0',
    info: { title: 'Holdfast', version: '1', description: DESCRIPTION },
    defaultContentType: 'application/cloudevents+json',
    servers: Object.fromEntries(
      Object.entries(BROKERS).map(([name, { port }]) => [name, serverOf(name, port)]),
    ),
    channels: Object.fromEntries(channels.map((channel) => [channel.name, channelOf(channel)])),
    operations: Object.fromEntries(
      channels.map(({ name }) => [
        `publish-${name}`,
        { action: 'send', channel: { $ref: `#/channels/${name}` } },
      ]),
    ),
    components: {
      schemas: { CloudEvent: envelope() },
      messages: Object.fromEntries(
        events.map(({ event, stream }) => [
          event.type,
          messageOf(event, sampleMessage(event, stream, eventSample(event.data, checker).value), {
            ...eventSchema(event.data, checker),
          }),
        ]),
      ),
    },
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}

function logOf(type: string): LogName {
  return type.split('.')[0] as LogName;
}

function serverOf(protocol: string, port: number): object {
  return {
    host: '{host}',
    protocol,
    variables: { host: { default: `127.0.0.1:${port}`, description: 'as HOLDFAST_CHANNELS names it' } },
  };
}

interface DescribedChannel {
  readonly broker: BrokerName;
  readonly log: LogName;
  readonly types: readonly string[];
}

function channelOf({ broker, log, types }: DescribedChannel): object {
  const address = ADDRESSES[broker]({ log, partition: '{partition}', type: '{type}' });
  const parameters = {
    partition: {
      description: 'the partition of the stream',
      enum: Array.from({ length: PARTITIONS }, (_, partition) => String(partition)),
    },
    type: { description: 'the type of the event', enum: types },
  };
  const named = Object.entries(parameters).filter(([name]) => address.includes(`{${name}}`));
  return {
    address,
    title: BROKERS[broker].title,
    description: `Each ${BROKERS[broker].where} has events of the log \`${log}\`.`,
    servers: [{ $ref: `#/servers/${broker}` }],
    ...(named.length === 0 ? {} : { parameters: Object.fromEntries(named) }),
    messages: Object.fromEntries(types.map((type) => [type, { $ref: `#/components/messages/${type}` }])),
    ...(broker === 'kafka' ? { bindings: { kafka: { topic: address, partitions: PARTITIONS } } } : {}),
  };
}

/** Returns the JSON Schema of the envelope. AsyncAPI's own schemas follow draft 7. */
function envelope(): object {
  const { $schema: _, ...schema } = z.toJSONSchema(cloudEvent, { target: 'draft-7' });
  return { ...schema, additionalProperties: true };
}

function messageOf({ type, description }: DeclaredEvent, sample: object, data: object): object {
  return {
    name: type,
    summary: description,
    payload: {
      allOf: [
        { $ref: '#/components/schemas/CloudEvent' },
        { type: 'object', properties: { type: { const: type }, data } },
      ],
    },
    examples: [{ name: 'sample', payload: sample }],
  };
}

/** Returns the message of a sample event, as the channels make it. */
function sampleMessage({ type }: DeclaredEvent, stream: DeclaredStream, data: Json): object {
  const key = sampleKey(type, stream);
  return cloudEventOf(logOf(type), {
    position: 1,
    id: 'bce4f9ab-ea7d-4785-8308-4c2689a3aa10',
    stream: streamOf(key),
    key,
    version: 1,
    type,
    data: data as Readonly<Record<string, unknown>>,
    occurredAt: MOMENT,
    recordedAt: MOMENT,
    causation: String(textFor('commandId')),
    correlation: String(textFor('orderId')),
    traceparent: null,
    caller: 'web-shop',
  });
}

/** Makes a key from the names of streams in a description, such as `stock/{sku}/{nodeId}`. */
function sampleKey(type: string, { description }: DeclaredStream): StreamKey {
  const names = [...description.matchAll(/`([a-z]+)\/(\{[^`]+\})`/g)];
  const [, kind = '', ids = ''] = names.find(([, name]) => type.includes(`.${name}-`)) ?? names[0] ?? [];
  const fields = [...ids.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [
    name,
    textFor(name === 'id' ? `${kind}Id` : name),
  ]);
  return { kind, ...Object.fromEntries(fields) } as StreamKey;
}
