import { Admin, type ClusterMetadata, ProduceAcks, Producer, stringSerializers } from '@platformatic/kafka';
import { LOGS } from '../../contracts/logs';
import { StoppedAt } from '../subscriptions/one-by-one';
import { brokerAddress } from './broker-address';
import { BrokerSession } from './broker-session';
import { type Channel, type ChannelMessage, PARTITIONS } from './channel';

const CONNECT_MS = 3_000;
const ANSWER_MS = 10_000;
const TOPICS = LOGS.map(topicOf);

interface Session {
  readonly producer: Producer<string, string, string, string>;
  readonly identity: string;
}

/**
 * Publishes to the Kafka topics `holdfast.<log>`, with the stream as key and the partition of `partitionOf`. Kafka drops
 * the repeats of one session of the producer.
 */
export class KafkaChannel implements Channel {
  readonly name = 'kafka';
  readonly #session: BrokerSession<Session>;

  constructor(url: string) {
    const { hosts } = brokerAddress(url);
    this.#session = new BrokerSession({
      broker: `Kafka at ${hosts}`,
      connect: () => connectTo(hosts),
      disconnect: ({ producer }) => producer.close(),
    });
  }

  async identity(): Promise<string> {
    return (await this.#session.open()).identity;
  }

  /** Sends all messages in one request a partition. */
  async publish(messages: readonly ChannelMessage[], signal: AbortSignal): Promise<void> {
    const { producer } = await this.#session.open();
    signal.throwIfAborted();
    try {
      await producer.send({
        messages: messages.map(({ log, stream, partition, body }) => ({
          topic: topicOf(log),
          key: stream,
          value: body,
          partition,
        })),
      });
    } catch (error) {
      if (messages.length === 1 && isTooLarge(error)) throw new StoppedAt(0, error);
      if (isTooLarge(error)) throw error;
      await this.#session.drop();
      throw new StoppedAt(0, this.#session.unavailable(error));
    }
  }

  close(): Promise<void> {
    return this.#session.drop();
  }
}

async function connectTo(hosts: readonly string[]): Promise<Session> {
  const options = {
    clientId: 'holdfast',
    bootstrapBrokers: [...hosts],
    connectTimeout: CONNECT_MS,
    timeout: ANSWER_MS,
    retries: 0,
    autocreateTopics: false,
  };
  const identity = await identityOf(new Admin(options));
  const serializers = stringSerializers;
  return {
    producer: new Producer({ ...options, serializers, acks: ProduceAcks.ALL, idempotent: true }),
    identity,
  };
}

/** Creates the topics that are missing. @returns their ids, which are new where a topic was created again */
async function identityOf(admin: Admin): Promise<string> {
  try {
    const known = await admin.listTopics();
    const missing = TOPICS.filter((topic) => !known.includes(topic));
    if (missing.length > 0) await admin.createTopics({ topics: missing, partitions: PARTITIONS });
    const { topics }: ClusterMetadata = await admin.metadata({ topics: TOPICS, forceUpdate: true });
    return TOPICS.map((topic) => topics.get(topic)?.id).join();
  } finally {
    await admin.close();
  }
}

function topicOf(log: string): string {
  return `holdfast.${log}`;
}

function isTooLarge(error: unknown): boolean {
  return /MESSAGE_TOO_LARGE|RECORD_LIST_TOO_LARGE/.test(JSON.stringify(error, errorNames) ?? '');
}

/** Shows the messages and causes of nested errors, which JSON leaves out. */
function errorNames(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { message, cause } = value;
  return { ...value, message, cause, errors: (value as AggregateError).errors };
}
