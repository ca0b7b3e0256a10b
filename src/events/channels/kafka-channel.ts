import type { Admin, ClusterMetadata, Producer } from '@platformatic/kafka';
import { LOGS } from '../../contracts/logs';
import { StoppedAt } from '../subscriptions/one-by-one';
import { ADDRESSES } from './addresses';
import { brokerAddress } from './broker-address';
import { answered, BrokerSession } from './broker-session';
import { type Channel, type ChannelMessage, PARTITIONS } from './channel';

const CONNECT_MS = 3_000;
const ANSWER_MS = 10_000;
const TOPICS = LOGS.map((log) => ADDRESSES.kafka({ log }));

type StringProducer = Producer<string, string, string, string>;

/**
 * Publishes to the Kafka topics `holdfast.<log>`, with the stream as key and the partition of `partitionOf`. Kafka drops
 * the repeats of one session of the producer.
 */
export class KafkaChannel implements Channel {
  readonly name = 'kafka';
  readonly #session: BrokerSession<StringProducer>;

  constructor(url: string) {
    const { hosts } = brokerAddress(url);
    const options = {
      clientId: 'holdfast',
      bootstrapBrokers: [...hosts],
      connectTimeout: CONNECT_MS,
      timeout: ANSWER_MS,
      retries: 0,
      autocreateTopics: false,
    };
    this.#session = new BrokerSession({
      broker: `Kafka at ${hosts}`,
      async connect() {
        const { ProduceAcks, Producer, stringSerializers } = await import('@platformatic/kafka');
        return new Producer({
          ...options,
          serializers: stringSerializers,
          acks: ProduceAcks.ALL,
          idempotent: true,
        });
      },
      async identify() {
        const { Admin } = await import('@platformatic/kafka');
        return identityOf(new Admin(options));
      },
      disconnect: (producer) => producer.close(),
    });
  }

  identity(): Promise<string> {
    return this.#session.identity();
  }

  /** Sends all messages in one request a partition. */
  async publish(messages: readonly ChannelMessage[], signal: AbortSignal): Promise<void> {
    const producer = await this.#session.open();
    signal.throwIfAborted();
    try {
      const sent = producer.send({
        messages: messages.map(({ log, stream, partition, body }) => ({
          topic: ADDRESSES.kafka({ log }),
          key: stream,
          value: body,
          partition,
        })),
      });
      await answered(sent);
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

function isTooLarge(error: unknown): boolean {
  return /MESSAGE_TOO_LARGE|RECORD_LIST_TOO_LARGE/.test(JSON.stringify(error, errorNames) ?? '');
}

/** Shows the messages and causes of nested errors, which JSON leaves out. */
function errorNames(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { message, cause } = value;
  return { ...value, message, cause, errors: (value as AggregateError).errors };
}
