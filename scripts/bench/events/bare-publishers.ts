import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { ProduceAcks, Producer, stringSerializers } from '@platformatic/kafka';
import { createClient } from 'redis';
import { brokerAddress } from '../../../src/events/channels/broker-address';
import { PARTITIONS } from '../../../src/events/channels/channel';
import type { ChannelKind } from '../../../src/events/channels/channel-kinds';

/** Publishes messages with nothing but the client of a broker, as many at once as the channel does. */
export interface BarePublisher {
  all(bodies: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** The size of a batch of a subscription. */
const BATCH = 500;

/** One message after the other on each of as many lines as there are partitions. */
async function bareNats(url: string): Promise<BarePublisher> {
  const connection = await connect({ servers: [...brokerAddress(url).hosts] });
  await (await jetstreamManager(connection)).streams.add({ name: 'BARE', subjects: ['bare'] });
  const client = jetstream(connection);
  return {
    async all(bodies) {
      const line = bodies.values();
      const publish = async () => {
        for (const body of line) await client.publish('bare', body);
      };
      await Promise.all(Array.from({ length: PARTITIONS }, publish));
    },
    close: () => connection.close(),
  };
}

async function bareRedis(url: string): Promise<BarePublisher> {
  const client = createClient({ url });
  await client.connect();
  return {
    async all(bodies) {
      for (const batch of batchesOf(bodies))
        await Promise.all(batch.map((event) => client.xAdd('bare', '*', { event })));
    },
    close: async () => client.destroy(),
  };
}

async function bareKafka(url: string): Promise<BarePublisher> {
  const producer = new Producer({
    clientId: 'bare',
    bootstrapBrokers: [...brokerAddress(url).hosts],
    serializers: stringSerializers,
    acks: ProduceAcks.ALL,
    idempotent: true,
    autocreateTopics: true,
  });
  // The first message creates the topic.
  await producer.send({ messages: [{ topic: 'bare', value: '' }] });
  return {
    async all(bodies) {
      for (const batch of batchesOf(bodies))
        await producer.send({ messages: batch.map((value) => ({ topic: 'bare', value })) });
    },
    close: () => producer.close(),
  };
}

function batchesOf(bodies: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(bodies.length / BATCH) }, (_, at) =>
    bodies.slice(at * BATCH, (at + 1) * BATCH),
  );
}

export const BARE_PUBLISHERS: Readonly<Record<ChannelKind, (url: string) => Promise<BarePublisher>>> = {
  nats: bareNats,
  redis: bareRedis,
  kafka: bareKafka,
};
