import { READERS } from '../../../scripts/broker-loss/broker-readers';
import type { CloudEvent } from '../../../src/contracts/api/cloud-event';
import { LOGS, type LogName } from '../../../src/contracts/logs';
import type { Channel } from '../../../src/events/channels/channel';
import { CHANNEL_KINDS } from '../../../src/events/channels/channel-kinds';
import { channelSubscriptions } from '../../../src/events/channels/channel-subscriptions';
import { openStores, type Stores } from '../../../src/stores/stores';
import { BROKER_KINDS } from '../../../tools/brokers/broker-kinds';
import type { BrokerName } from '../../../tools/brokers/broker-programs';
import { LocalBroker } from '../../../tools/brokers/local-broker';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';
import { caughtUpWith, Relays } from '../following';
import { LogWriter } from '../log-writers';

/** The streams of each log that the tests append to. */
const STREAMS = 10;

type PerLog<T> = Readonly<Record<LogName, T>>;

/** A broker, and a database whose logs a relay publishes to it. */
export class PublishedLogs {
  readonly relays = new Relays();
  #channel: Channel | undefined;

  private constructor(
    readonly name: BrokerName,
    readonly broker: LocalBroker,
    private readonly database: TestDatabase,
    private readonly stores: Stores,
    private readonly writers: PerLog<LogWriter>,
  ) {}

  static async open(name: BrokerName): Promise<PublishedLogs> {
    const broker = await LocalBroker.start(BROKER_KINDS[name]);
    const database = await createTestDatabase();
    const stores = openStores({ orders: database.url, inventory: database.url, credit: database.url }, 3);
    const [orders, inventory, credit] = await Promise.all([
      LogWriter.connect(database.url, 'orders'),
      LogWriter.connect(database.url, 'inventory'),
      LogWriter.connect(database.url, 'credit'),
    ]);
    return new PublishedLogs(name, broker, database, stores, { orders, inventory, credit });
  }

  async close(): Promise<void> {
    await this.relays.stop();
    await this.#channel?.close();
    await this.broker.remove();
    await Promise.all(Object.values(this.writers).map((writer) => writer.end()));
    await this.stores.close();
    await this.database.drop();
  }

  relay(): void {
    this.#channel = CHANNEL_KINDS[this.name](this.broker.url);
    for (const subscription of channelSubscriptions(this.#channel))
      this.relays.start(this.stores, subscription);
  }

  /** Appends events to the ten streams of a log in turn. */
  async append(log: LogName, count: number): Promise<void> {
    for (let n = 0; n < count; n++) await this.writers[log].append(`s${n % STREAMS}`, 'test.happened.v1');
  }

  async caughtUp(): Promise<void> {
    for (const log of LOGS) await caughtUpWith(this.stores.subscriptions[log], `${this.name}-${log}`);
  }

  async received(): Promise<readonly CloudEvent[]> {
    return (await READERS[this.name](this.broker.url)).map((body) => JSON.parse(body) as CloudEvent);
  }

  async parked(): Promise<number> {
    const lists = await Promise.all(LOGS.map((log) => this.stores.subscriptions[log].list()));
    return lists.flat().reduce((sum, { parkedCount }) => sum + parkedCount, 0);
  }
}

/** Returns the versions of each stream in the order of their first arrival. */
export function versionsOf(events: readonly CloudEvent[]): Readonly<Record<string, readonly number[]>> {
  const seen = new Map<string, Set<number>>();
  for (const { source, sequence } of events) {
    seen.set(source, (seen.get(source) ?? new Set()).add(Number(sequence)));
  }
  return Object.fromEntries([...seen].map(([source, versions]) => [source, [...versions]]));
}

/** Returns what `versionsOf` gives when every stream of these logs has this many events, in order. */
export function allInOrder(
  each: number,
  logs: readonly LogName[] = LOGS,
): Readonly<Record<string, readonly number[]>> {
  const streams = logs.flatMap((log) =>
    Array.from({ length: STREAMS }, (_, at) => `/holdfast/${log}/s${at}`),
  );
  const versions = Array.from({ length: each }, (_, index) => index + 1);
  return Object.fromEntries(streams.map((stream) => [stream, versions]));
}
