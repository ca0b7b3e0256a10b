import { follow } from '../../src/events/follow';
import type { Subscription } from '../../src/events/subscription';
import type { PositionedEvent } from '../../src/stores/event-rows';
import { LOGS, type LogName } from '../../src/stores/log-cursor';
import type { StoreSession } from '../../src/stores/store-session';
import { SubscriptionStore } from '../../src/stores/subscription-store';
import { sourceFilesIn } from '../architecture/source-files';
import { caughtUpWith } from '../events/following';
import { eventually, type SagaFixture } from './saga-fixture';

type Fixture = Pick<SagaFixture, 'context' | 'sql'>;

/** What befalls a follower that has done its work on some events, before that is committed. */
export const MISHAPS = ['fails', 'loses its connection', 'is replaced'] as const;
export type Mishap = (typeof MISHAPS)[number];

const NAME = 'heard';

const TYPES = [
  ...new Set(
    sourceFilesIn('src/domain').flatMap(
      ({ text }) => text.match(/(?:orders|inventory|credit)[.][a-z-]+[.]v\d+/g) ?? [],
    ),
  ),
];

interface Heard {
  readonly stream: string;
  readonly version: number;
}

/** Follows the log of one store as a relay does: of every event there is to be one row in the end. */
class FollowedLog {
  /** Everything it was ever told, also what came to nothing. */
  readonly #told: Heard[] = [];
  readonly #store: SubscriptionStore;
  #mishap: Mishap | undefined;
  #stopping = new AbortController();
  #ended: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly log: LogName,
    { stores }: Fixture['context'],
    private readonly sql: Fixture['sql'],
  ) {
    this.#store = new SubscriptionStore(stores[log].pool);
  }

  async open(): Promise<void> {
    const { log, sql } = this;
    // Only the inventory has followers today.
    for (const table of ['subscription', 'parked_event'])
      await sql(`CREATE TABLE IF NOT EXISTS ${log}.${table} (LIKE inventory.${table} INCLUDING ALL)`);
    await sql(`CREATE TABLE ${log}.heard (number bigserial, stream text, version int)`);
    this.#follow();
  }

  meet(mishap: Mishap): void {
    this.#mishap = mishap;
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
  }

  /**
   * I5: each event was told at least once, none before the one ahead of it in its stream, and counts once. What a step
   * of a saga that was ended from outside still writes may come between two looks.
   */
  check(): Promise<void> {
    return eventually(() => this.#look());
  }

  async #look(): Promise<void> {
    await caughtUpWith(this.#store, NAME);
    const logged = await this.sql<Heard>(
      `SELECT stream, version FROM ${this.log}.event ORDER BY stream, version`,
    );
    const heard = await this.sql<Heard>(`SELECT stream, version FROM ${this.log}.heard ORDER BY number`);
    const streams = versionsByStream(logged);
    expect(gapsIn(streams)).toEqual([]);
    expect(versionsByStream(heard)).toEqual(streams);
    const told = versionsByStream(this.#told);
    expect(Object.keys(told).sort()).toEqual(Object.keys(streams).sort());
    const ahead = Object.entries(told).filter(([, versions]) =>
      versions.some((version, at) => version > (versions[at - 1] ?? 0) + 1),
    );
    expect(ahead).toEqual([]);
  }

  #follow(): void {
    const stopping = new AbortController();
    const { signal } = stopping;
    this.#stopping = stopping;
    const following = follow(this.#subscription(), { store: this.#store, signal, onError: () => undefined });
    this.#ended = Promise.all([this.#ended, following]);
  }

  #subscription(): Subscription {
    const apply = async (session: StoreSession, events: readonly PositionedEvent[]) => {
      for (const { stream, version } of events) {
        this.#told.push({ stream, version });
        await session.$executeRaw`INSERT INTO heard (stream, version) VALUES (${stream}, ${version})`;
      }
      await this.#suffer(session);
    };
    const clear = () => Promise.reject(new Error('nobody asked for it'));
    return { name: NAME, revision: 1, types: TYPES, handler: { kind: 'projection', apply, clear } };
  }

  async #suffer(session: StoreSession): Promise<void> {
    const mishap = this.#mishap;
    this.#mishap = undefined;
    if (mishap === 'fails') throw new Error('a test');
    if (mishap === 'loses its connection')
      await session.$executeRaw`SELECT pg_terminate_backend(pg_backend_pid())`;
    if (mishap !== 'is replaced') return;
    this.#stopping.abort();
    this.#follow();
  }
}

/** Somebody who follows the logs of all three stores, come what may. */
export class FollowedLogs {
  readonly #logs: Readonly<Record<LogName, FollowedLog>>;

  private constructor({ context, sql }: Fixture) {
    const followed = (name: LogName) => new FollowedLog(name, context, sql);
    this.#logs = { orders: followed('orders'), inventory: followed('inventory'), credit: followed('credit') };
  }

  static async open(fixture: Fixture): Promise<FollowedLogs> {
    const followed = new FollowedLogs(fixture);
    await followed.#each((log) => log.open());
    return followed;
  }

  /** Something befalls the follower of a log with the next events. */
  meet(log: LogName, mishap: Mishap): void {
    this.#logs[log].meet(mishap);
  }

  async check(): Promise<void> {
    await this.#each((log) => log.check());
  }

  async close(): Promise<void> {
    await this.#each((log) => log.close());
  }

  async #each(work: (log: FollowedLog) => Promise<void>): Promise<void> {
    await Promise.all(LOGS.map((name) => work(this.#logs[name])));
  }
}

/** As they came. */
function versionsByStream(events: readonly Heard[]): Readonly<Record<string, readonly number[]>> {
  const streams: Record<string, number[]> = {};
  for (const { stream, version } of events) {
    const versions = streams[stream] ?? [];
    versions.push(version);
    streams[stream] = versions;
  }
  return streams;
}

function gapsIn(streams: Readonly<Record<string, readonly number[]>>): readonly string[] {
  return Object.keys(streams).filter((name) => streams[name]?.some((version, at) => version !== at + 1));
}
