import { randomUUID } from 'node:crypto';
import type { LogName } from '../../src/contracts/logs';
import type { StoreSession } from '../../src/stores/postgres/store-session';
import type { Stores } from '../../src/stores/stores';
import { randomOrderBody } from './bench-data';
import { printTable } from './bench-report';
import type { BenchServers } from './bench-servers';

const CALLERS = 32;
const REPORTS = ['accept', 'ship', 'deliver'] as const;

interface Relation {
  readonly store: LogName;
  readonly table: string;
  /** The name of an index; null for the table with its TOAST. */
  readonly index: string | null;
  readonly bytes: number;
  readonly rows: number;
}

/** The growth of one table by an order. Bytes and rows are means. */
interface Growth {
  readonly table: string;
  readonly rows: string;
  readonly tableBytes: number;
  readonly indexBytes: number;
}

/**
 * Measures what an order adds to each table and index of the stores: first to its decision, then until its shipments are
 * delivered. Sizes are taken after a VACUUM, so space that updates left for later rows counts once.
 */
export async function measureSize(servers: BenchServers, stores: Stores, orders: number) {
  const caller = new SizeCaller(servers);
  // The first orders fill pages, statements and caches that no later order needs again.
  await caller.each(Math.ceil(orders / 10), () => caller.create());
  const before = await snapshot(stores);
  const ids = await caller.each(orders, () => caller.create());
  const created = await snapshot(stores);
  await caller.each(orders, (at) => caller.deliver(ids[at] ?? ''));
  const delivered = await snapshot(stores);
  return {
    orders,
    created: shown('Bytes an order, created and decided', before, created, orders),
    delivered: shown('Bytes an order, from created to delivered', created, delivered, orders),
    whole: shown('Bytes an order, to its delivery', before, delivered, orders),
  };
}

interface Snapshot {
  readonly relations: readonly Relation[];
  /** The position in the write-ahead log, in bytes. */
  readonly walBytes: number;
}

async function snapshot({ logs }: Stores): Promise<Snapshot> {
  const relations: Relation[] = [];
  for (const [store, session] of Object.entries(logs) as [LogName, StoreSession][]) {
    const names = await session.$queryRaw<{ table: string }[]>`
      SELECT relname AS "table" FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace`;
    for (const { table } of names) {
      await rawStatement(session, `VACUUM "${table}"`);
      const [count] = await rawQuery<{ rows: number }>(
        session,
        `SELECT count(*)::int AS rows FROM "${table}"`,
      );
      const rows = count?.rows ?? 0;
      const sizes = await session.$queryRaw<{ index: string | null; bytes: number }[]>`
        SELECT NULL AS index, pg_table_size(quote_ident(${table})::regclass)::float8 AS bytes
        UNION ALL SELECT indexrelid::regclass::text, pg_relation_size(indexrelid)::float8
        FROM pg_index WHERE indrelid = quote_ident(${table})::regclass`;
      relations.push(...sizes.map((size) => ({ store, table, rows, ...size })));
    }
  }
  const [wal] = await logs.orders.$queryRaw<{ bytes: number }[]>`
    SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS bytes`;
  return { relations, walBytes: wal?.bytes ?? 0 };
}

/** Prints the growth between two snapshots, the largest tables first, then each index that grew. */
function shown(title: string, before: Snapshot, after: Snapshot, orders: number) {
  const grown = after.relations.map((now) => {
    const then = before.relations.find(
      (one) => one.store === now.store && one.table === now.table && one.index === now.index,
    );
    return {
      ...now,
      bytes: Math.round((now.bytes - (then?.bytes ?? 0)) / orders),
      rows: (now.rows - (then?.rows ?? 0)) / orders,
    };
  });
  const tables = grown
    .filter(({ index }) => index === null)
    .map(({ store, table, rows, bytes }): Growth => {
      const indexes = grown.filter((one) => one.store === store && one.table === table && one.index !== null);
      const indexBytes = indexes.reduce((sum, one) => sum + one.bytes, 0);
      return { table: `${store}.${table}`, rows: rows.toFixed(2), tableBytes: bytes, indexBytes };
    })
    .filter(({ tableBytes, indexBytes }) => tableBytes + indexBytes > 0)
    .sort((a, b) => b.tableBytes + b.indexBytes - a.tableBytes - a.indexBytes);
  const total = tables.reduce((sum, { tableBytes, indexBytes }) => sum + tableBytes + indexBytes, 0);
  const walBytes = Math.round((after.walBytes - before.walBytes) / orders);
  printTable(title, tables);
  console.log(`\nIn all ${total} bytes an order, and ${walBytes} bytes of write-ahead log.`);
  const indexes = grown
    .filter(({ index, bytes }) => index !== null && bytes > 0)
    .sort((a, b) => b.bytes - a.bytes)
    .map(({ store, index, bytes }) => ({ index: `${store}: ${index}`, bytes }));
  printTable(`${title}, by index`, indexes);
  return { tables, indexes, total, walBytes };
}

/** Runs a statement whose table has no parameter form. */
function rawStatement(session: StoreSession, text: string): Promise<number> {
  return session.$executeRaw(Object.assign([text], { raw: [text] }) as unknown as TemplateStringsArray);
}

function rawQuery<Row>(session: StoreSession, text: string): Promise<Row[]> {
  return session.$queryRaw(Object.assign([text], { raw: [text] }) as unknown as TemplateStringsArray);
}

/** Places orders over HTTP and reports on their shipments. */
class SizeCaller {
  constructor(private readonly servers: BenchServers) {}

  /** Runs a call `count` times, some at once. Returns the results in order. */
  async each<T>(count: number, call: (at: number) => Promise<T>): Promise<readonly T[]> {
    const results: T[] = [];
    let next = 0;
    const caller = async () => {
      for (let at = next++; at < count; at = next++) results[at] = await call(at);
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
    return results;
  }

  async create(): Promise<string> {
    const { id } = (await this.#call('POST', '/v1/orders', randomOrderBody())) as { readonly id: string };
    return id;
  }

  /** Accepts, ships and delivers every shipment of an order; a rejected order has none. */
  async deliver(id: string): Promise<void> {
    const { items } = (await this.#call('GET', `/v1/orders/${id}/shipments`)) as {
      readonly items: readonly { readonly id: string }[];
    };
    for (const shipment of items)
      for (const report of REPORTS) await this.#call('POST', `/v1/shipments/${shipment.id}/${report}`, {});
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    const { apiUrl, adminKey } = this.servers;
    const answer = await fetch(`${apiUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${adminKey}`,
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
        prefer: 'wait=30',
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }
}
