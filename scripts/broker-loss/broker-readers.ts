import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { Consumer, stringDeserializers } from '@platformatic/kafka';
import { createClient } from 'redis';
import { LOGS } from '../../src/contracts/logs';
import { ADDRESSES } from '../../src/events/channels/addresses';
import { brokerAddress } from '../../src/events/channels/broker-address';
import { PARTITIONS } from '../../src/events/channels/channel';
import type { ChannelKind } from '../../src/events/channels/channel-kinds';

/** Reads all that a broker has of Holdfast's events, in the order of each partition. */
export type ReadBroker = (url: string) => Promise<readonly string[]>;

async function readNats(url: string): Promise<readonly string[]> {
  const connection = await connect({ servers: [...brokerAddress(url).hosts] });
  try {
    const client = jetstream(connection);
    const consumer = await client.consumers.get('HOLDFAST');
    const bodies: string[] = [];
    let { num_pending: left } = await consumer.info();
    for (; left > 0; left--) bodies.push((await consumer.next())?.string() ?? '');
    return bodies;
  } finally {
    await connection.close();
  }
}

async function readRedis(url: string): Promise<readonly string[]> {
  // Without a listener a lost connection ends the process. The commands fail with the same error, and a new reader tries again.
  const client = createClient({ url, socket: { reconnectStrategy: false } }).on('error', () => undefined);
  await client.connect();
  try {
    const keys = LOGS.flatMap((log) =>
      Array.from({ length: PARTITIONS }, (_, partition) => ADDRESSES.redis({ log, partition })),
    );
    const entries = await Promise.all(keys.map((key) => client.xRange(key, '-', '+')));
    return entries.flat().map(({ message }) => message.event ?? '');
  } finally {
    if (client.isOpen) client.destroy();
  }
}

async function readKafka(url: string): Promise<readonly string[]> {
  const consumer = new Consumer({
    groupId: `reader-${Math.random()}`,
    clientId: 'reader',
    bootstrapBrokers: [...brokerAddress(url).hosts],
    deserializers: stringDeserializers,
    autocommit: false,
  });
  try {
    const topics = LOGS.map((log) => ADDRESSES.kafka({ log }));
    const ends = await consumer.listOffsets({ topics });
    let left = Number([...ends.values()].flat().reduce((sum, end) => sum + end, 0n));
    const bodies: string[] = [];
    if (left === 0) return bodies;
    const stream = await consumer.consume({ topics, mode: 'earliest', maxWaitTime: 100 });
    for await (const { value } of stream) {
      bodies.push(value ?? '');
      if (--left === 0) break;
    }
    await stream.close();
    return bodies;
  } finally {
    await consumer.close(true);
  }
}

export const READERS: Readonly<Record<ChannelKind, ReadBroker>> = {
  nats: readNats,
  redis: readRedis,
  kafka: readKafka,
};
