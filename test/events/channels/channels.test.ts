import { setTimeout as sleep } from 'node:timers/promises';
import { CloudEvent as ValidCloudEvent } from 'cloudevents';
import { LOGS, type LogName } from '../../../src/contracts/logs';
import type { Channel, ChannelMessage } from '../../../src/events/channels/channel';
import { channelSubscriptions } from '../../../src/events/channels/channel-subscriptions';
import { type CloudEvent, messageOf } from '../../../src/events/channels/cloud-event';
import { KafkaChannel } from '../../../src/events/channels/kafka-channel';
import { NatsChannel } from '../../../src/events/channels/nats-channel';
import { RedisChannel } from '../../../src/events/channels/redis-channel';
import { StoppedAt } from '../../../src/events/subscriptions/one-by-one';
import { Unavailable } from '../../../src/events/subscriptions/outage';
import { openStores, type Stores } from '../../../src/stores/stores';
import { BROKER_KINDS } from '../../../tools/brokers/broker-kinds';
import { BROKERS, type BrokerName, findProgram } from '../../../tools/brokers/broker-programs';
import { READERS } from '../../../tools/brokers/broker-readers';
import { LocalBroker } from '../../../tools/brokers/local-broker';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';
import { caughtUpWith, Relays } from '../following';
import { LogWriter } from '../log-writers';

const CHANNELS: Readonly<Record<BrokerName, (url: string) => Channel>> = {
  nats: (url) => new NatsChannel(url),
  redis: (url) => new RedisChannel(url),
  kafka: (url) => new KafkaChannel(url),
};

/** `npm run test:brokers` sets it: a broker that is missing is then an error, and otherwise skipped with its reason. */
const ALL_REQUIRED = process.env.HOLDFAST_TEST_BROKERS === 'all';

const installed = BROKERS.filter((name) => {
  const program = findProgram(name);
  if ('missing' in program && !ALL_REQUIRED)
    console.warn(`skipped: the channel to ${name}: ${program.missing}`);
  return !('missing' in program) || ALL_REQUIRED;
});

describe.each(installed)('the channel to %s', (name) => {
  let broker: LocalBroker;
  let database: TestDatabase;
  let stores: Stores;
  let writers: Readonly<Record<LogName, LogWriter>>;
  let channel: Channel;
  const relays = new Relays();

  beforeEach(async () => {
    broker = await LocalBroker.start(BROKER_KINDS[name]);
    database = await createTestDatabase();
    stores = openStores({ orders: database.url, inventory: database.url, credit: database.url }, 3);
    const [orders, inventory, credit] = await Promise.all(
      LOGS.map((log) => LogWriter.connect(database.url, log)),
    );
    if (!orders || !inventory || !credit) throw new Error('there are three logs');
    writers = { orders, inventory, credit };
  });

  afterEach(async () => {
    await relays.stop();
    await channel.close();
    await broker.remove();
    await Promise.all(Object.values(writers).map((writer) => writer.end()));
    await stores.close();
    await database.drop();
  });

  function relay(): void {
    channel = CHANNELS[name](broker.url);
    for (const subscription of channelSubscriptions(channel)) relays.start(stores, subscription);
  }

  /** Appends events to ten streams of a log. */
  async function append(log: LogName, count: number, data: object = {}): Promise<void> {
    for (let n = 0; n < count; n++) await writers[log].append(`s${n % 10}`, 'test.happened.v1', data);
  }

  async function caughtUp(): Promise<void> {
    for (const log of LOGS) await caughtUpWith(stores.subscriptions[log], `${name}-${log}`);
  }

  async function received(): Promise<readonly CloudEvent[]> {
    return (await READERS[name](broker.url)).map((body) => JSON.parse(body) as CloudEvent);
  }

  /** Returns the versions of each stream in the order of their first arrival. */
  function versionsOf(events: readonly CloudEvent[]): Readonly<Record<string, readonly number[]>> {
    const seen: Record<string, number[]> = {};
    for (const { source, sequence } of events) {
      const versions = (seen[source] ??= []);
      if (!versions.includes(Number(sequence))) versions.push(Number(sequence));
    }
    return seen;
  }

  /** Expects that each log has this many events in each of its ten streams, in order. */
  function expectAll(events: readonly CloudEvent[], each: number, logs: readonly LogName[] = LOGS): void {
    const streams = logs.flatMap((log) => Array.from({ length: 10 }, (_, at) => `/holdfast/${log}/s${at}`));
    const versions = Array.from({ length: each }, (_, index) => index + 1);
    expect(versionsOf(events)).toEqual(Object.fromEntries(streams.map((stream) => [stream, versions])));
  }

  async function parked(): Promise<number> {
    const lists = await Promise.all(LOGS.map((log) => stores.subscriptions[log].list()));
    return lists.flat().reduce((sum, { parkedCount }) => sum + parkedCount, 0);
  }

  test('gets all events of every log, old and new, as valid CloudEvents, in order in each stream', async () => {
    for (const log of LOGS) await append(log, 20);
    relay();
    for (const log of LOGS) await append(log, 20);
    await caughtUp();
    const events = await received();
    expectAll(events, 4);
    expect(events).toHaveLength(120);
    for (const event of events) expect(() => new ValidCloudEvent({ ...event }).validate()).not.toThrow();
  });

  test('parks nothing while the broker is killed in the middle of the traffic, and loses nothing', async () => {
    relay();
    for (let round = 0; round < 3; round++) {
      await append('orders', 30);
      await broker.kill();
      await append('orders', 10);
      const failures = relays.errors.length;
      while (relays.errors.length === failures) await sleep(5);
      await broker.start();
    }
    await caughtUp();
    expectAll(await received(), 12, ['orders']);
    expect(await parked()).toBe(0);
    expect(relays.errors.every((error) => error instanceof Unavailable)).toBe(true);
  });

  test('publishes everything again after the broker has lost its data', async () => {
    for (const log of LOGS) await append(log, 20);
    relay();
    await caughtUp();
    await broker.wipe();
    await append('orders', 10);
    await broker.start();
    await append('credit', 10);
    await caughtUp();
    // The logs without new events notice the loss with their next look.
    while (versionsOf(await received())['/holdfast/inventory/s9']?.length !== 2) await sleep(100);
    const versions = versionsOf(await received());
    expect(versions['/holdfast/orders/s3']).toEqual([1, 2, 3]);
    expect(versions['/holdfast/credit/s3']).toEqual([1, 2, 3]);
    expect(versions['/holdfast/inventory/s3']).toEqual([1, 2]);
    expect(await parked()).toBe(0);
  });

  test('waits for a broker that accepts connections and confirms nothing', async () => {
    relay();
    await append('orders', 10);
    await caughtUp();
    broker.freeze();
    await append('orders', 10);
    const failures = relays.errors.length;
    while (relays.errors.length === failures) await sleep(50);
    broker.thaw();
    await caughtUp();
    expectAll(await received(), 2, ['orders']);
    expect(await parked()).toBe(0);
  });

  test('closes while it publishes: each message is confirmed, or the batch stops', async () => {
    channel = CHANNELS[name](broker.url);
    const messages = Array.from({ length: 200 }, (_, at) => messageAt(at + 1));
    await channel.identity();
    const publishing = channel
      .publish(messages, new AbortController().signal)
      .catch((error: unknown) => error);
    const [outcome] = await Promise.all([publishing, channel.close()]);
    const confirmed =
      outcome === undefined ? messages.length : outcome instanceof StoppedAt ? outcome.index : -1;
    expect(confirmed).toBeGreaterThanOrEqual(0);
    const versions = versionsOf(await received())['/holdfast/orders/s'] ?? [];
    expect(versions.slice(0, confirmed)).toEqual(Array.from({ length: confirmed }, (_, at) => at + 1));
  });
});

function messageAt(version: number): ChannelMessage {
  return messageOf('orders', {
    id: `00000000-0000-4000-8000-${String(version).padStart(12, '0')}`,
    position: version,
    stream: 's',
    version,
    type: 'test.happened.v1',
    data: {},
    occurredAt: '2026-11-30T00:00:00.000Z',
    recordedAt: '2026-11-30T00:00:00.000Z',
    causation: 'c',
    correlation: 'c',
    traceparent: null,
  });
}
