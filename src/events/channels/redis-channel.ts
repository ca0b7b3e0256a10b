import { randomUUID } from 'node:crypto';
import { LOGS } from '../../contracts/logs';
import { StoppedAt } from '../subscriptions/one-by-one';
import { ADDRESSES } from './addresses';
import { allAnswered, BrokerSession } from './broker-session';
import { type Channel, type ChannelMessage, PARTITIONS } from './channel';

const IDENTITY_KEY = 'holdfast:identity';
const CONNECT_MS = 3_000;

async function clientOf(url: string) {
  const { createClient } = await import('redis');
  return createClient({
    url,
    disableOfflineQueue: true,
    socket: { connectTimeout: CONNECT_MS, reconnectStrategy: false },
  });
}

type Client = Awaited<ReturnType<typeof clientOf>>;

/** Publishes to the Redis streams `holdfast:<log>:<partition>`, in the field `event`. Redis drops no repeats. */
export class RedisChannel implements Channel {
  readonly name = 'redis';
  readonly #session: BrokerSession<Client>;

  constructor(url: string) {
    this.#session = new BrokerSession({
      broker: `Redis at ${new URL(url).host}`,
      connect: () => connectTo(url),
      identify: identityOf,
      disconnect: (client) => client.destroy(),
    });
  }

  identity(): Promise<string> {
    return this.#session.identity();
  }

  /** Sends all messages in one pipeline. A stream that is missing takes none, so that a wiped server is noticed. */
  async publish(messages: readonly ChannelMessage[], signal: AbortSignal): Promise<void> {
    const client = await this.#session.open();
    signal.throwIfAborted();
    const results = await allAnswered(
      messages.map((message) =>
        client.xAddNoMkStream(ADDRESSES.redis(message), '*', { event: message.body }),
      ),
    );
    const index = results.findIndex((result) => result.status === 'rejected' || result.value === null);
    const failed = results[index];
    if (!failed) return;
    await this.#session.drop();
    const cause = failed.status === 'rejected' ? failed.reason : new Error('its streams are gone');
    throw new StoppedAt(index, this.#session.unavailable(cause));
  }

  close(): Promise<void> {
    return this.#session.drop();
  }
}

async function connectTo(url: string): Promise<Client> {
  const client = await clientOf(url);
  // A lost connection shows in the commands on it; without a listener the event would end the process.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Reads the identity beside the streams. Where it is missing, creates the streams, and then the identity. */
async function identityOf(client: Client): Promise<string> {
  const known = await client.get(IDENTITY_KEY);
  if (known !== null) return known;
  for (const log of LOGS) {
    for (let partition = 0; partition < PARTITIONS; partition++)
      await createStream(client, ADDRESSES.redis({ log, partition }));
  }
  await client.set(IDENTITY_KEY, randomUUID(), { condition: 'NX' });
  return (await client.get(IDENTITY_KEY)) ?? '';
}

/**
 * Creates an empty stream if it is missing: the command for a consumer group creates the stream, and the group is
 * removed again.
 */
async function createStream(client: Client, key: string): Promise<void> {
  const group = randomUUID();
  await client.xGroupCreate(key, group, '0', { MKSTREAM: true });
  await client.xGroupDestroy(key, group);
}
