import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { StoppedAt } from '../subscriptions/one-by-one';
import { ADDRESSES } from './addresses';
import { type BrokerAddress, brokerAddress } from './broker-address';
import { BrokerSession } from './broker-session';
import { type Channel, type ChannelMessage, PARTITIONS } from './channel';

const STREAM = 'HOLDFAST';
const SUBJECTS = 'holdfast.>';
const CONNECT_MS = 3_000;
const CONFIRM_MS = 5_000;

interface Session {
  readonly connection: NatsConnection;
  readonly client: JetStreamClient;
  readonly manager: () => Promise<JetStreamManager>;
}

/**
 * Publishes to the JetStream stream HOLDFAST, with subjects `holdfast.<log>.<partition>.<type>`. The id of the event is
 * the message id, so the server drops a repeat within its duplicate window (two minutes).
 */
export class NatsChannel implements Channel {
  readonly name = 'nats';
  readonly #session: BrokerSession<Session>;

  constructor(url: string) {
    const address = brokerAddress(url);
    this.#session = new BrokerSession({
      broker: `NATS at ${address.hosts}`,
      connect: () => connectTo(address),
      identify: async ({ manager }) => streamOf(await manager()),
      disconnect: ({ connection }) => connection.close(),
    });
  }

  identity(): Promise<string> {
    return this.#session.identity();
  }

  /** Partitions are published beside each other, and the messages of one partition one after the other. */
  async publish(messages: readonly ChannelMessage[], signal: AbortSignal): Promise<void> {
    const { client } = await this.#session.open();
    const lines: [index: number, ChannelMessage][][] = Array.from({ length: PARTITIONS }, () => []);
    for (const [index, message] of messages.entries()) lines[message.partition]?.push([index, message]);
    const stops = await Promise.all(lines.map((line) => this.#publishLine(client, line, signal)));
    const [first] = stops.filter((stop) => stop !== undefined).sort((a, b) => a.index - b.index);
    if (first) throw first;
  }

  close(): Promise<void> {
    return this.#session.drop();
  }

  async #publishLine(
    client: JetStreamClient,
    line: readonly (readonly [index: number, ChannelMessage])[],
    signal: AbortSignal,
  ): Promise<StoppedAt | undefined> {
    for (const [index, message] of line) {
      try {
        signal.throwIfAborted();
        const { id, body } = message;
        await client.publish(ADDRESSES.nats(message), body, { msgID: id, timeout: CONFIRM_MS });
      } catch (error) {
        if (signal.aborted || isTooLarge(error)) return new StoppedAt(index, error);
        await this.#session.drop();
        return new StoppedAt(index, this.#session.unavailable(error));
      }
    }
    return undefined;
  }
}

async function connectTo({ hosts, user, password }: BrokerAddress): Promise<Session> {
  const { connect } = await import('@nats-io/transport-node');
  const { jetstream, jetstreamManager } = await import('@nats-io/jetstream');
  const connection = await connect({
    servers: [...hosts],
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { pass: password }),
    name: 'holdfast',
    timeout: CONNECT_MS,
    reconnect: false,
  });
  return { connection, client: jetstream(connection), manager: () => jetstreamManager(connection) };
}

/** Creates the stream where it is missing. @returns its moment of creation, which tells a new stream from an old one */
async function streamOf({ streams }: JetStreamManager): Promise<string> {
  const { created } = await streams
    .info(STREAM)
    .catch(() => streams.add({ name: STREAM, subjects: [SUBJECTS] }));
  return String(created);
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && /max_?payload/i.test(error.message);
}
