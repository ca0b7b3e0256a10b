import { setTimeout as sleep } from 'node:timers/promises';
import { sqltag as sql } from '@prisma/client/runtime/client';
import { Pool, type PoolClient, type PoolConfig } from 'pg';
import { InventoryStore } from '../../../src/stores/inventory/inventory-store';
import { databaseTrouble } from '../../../src/stores/postgres/database-errors';
import { statementNames } from '../../../src/stores/postgres/statement-names';
import { inStepTransaction } from '../../../src/stores/postgres/step-transaction';
import { StorePool } from '../../../src/stores/postgres/store-pool';
import type { StepSession, StoreSession } from '../../../src/stores/postgres/store-session';
import { CountingProxy } from '../../support/counting-proxy';
import { untilLockWait } from '../../support/lock-waits';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';

let database: TestDatabase;
let pool: StorePool;
let other: StorePool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new StorePool(database.url, 'inventory', 1);
  other = new StorePool(database.url, 'inventory', 1);
  await other.$executeRaw`CREATE TABLE parent (id int PRIMARY KEY)`;
  await other.$executeRaw`CREATE TABLE kept (id int PRIMARY KEY CHECK (id < 100),
    parent int REFERENCES parent DEFERRABLE INITIALLY DEFERRED)`;
});

afterEach(() => other.$executeRaw`TRUNCATE kept, parent`);

afterAll(async () => {
  await Promise.all([pool.close(), other.close()]);
  await database.drop();
});

const insertion = (id: number, parent: number | null = null) =>
  sql`INSERT INTO kept (id, parent) VALUES (${id}::int, ${parent}::int)`;

async function kept(): Promise<number[]> {
  const rows = await other.$queryRaw<{ id: number }[]>`SELECT id FROM kept ORDER BY id`;
  return rows.map(({ id }) => id);
}

async function backend(session: StoreSession): Promise<number> {
  const [own] = await session.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
  return own?.pid ?? 0;
}

async function terminate(pid: number): Promise<void> {
  await other.$queryRaw`SELECT pg_terminate_backend(${pid}::int)`;
  await isGone(pid);
}

async function isGone(pid: number): Promise<void> {
  const running = () => other.$queryRaw<object[]>`SELECT FROM pg_stat_activity WHERE pid = ${pid}::int`;
  while ((await running()).length > 0);
}

async function errorOf(
  work: Promise<unknown>,
): Promise<{ readonly code?: string; readonly message: string }> {
  return work.then(
    () => {
      throw new Error('this should have failed');
    },
    (error: Error & { code?: string }) => error,
  );
}

/** Checks that the only connection works and holds nothing of an earlier transaction. */
async function expectUsable(): Promise<void> {
  await pool.step(async (session) => {
    expect(await session.$queryRaw`SELECT id FROM kept WHERE id = 99`).toEqual([]);
    session.save(insertion(99));
  });
  expect(await kept()).toEqual([99]);
}

/** Runs `work` on a pool of the driver's own kind, with one connection. */
async function withPool(config: PoolConfig, work: (raw: Pool) => Promise<void>): Promise<void> {
  const raw = new Pool({
    connectionString: database.url,
    options: '-c search_path=inventory',
    max: 1,
    pipeline: true,
    ...config,
  });
  raw.on('error', () => undefined);
  try {
    await work(raw);
  } finally {
    await raw.end();
  }
}

/** Locks and loads at once, as a step does before `decide`. */
const lockAndLoad = (session: StepSession, load = sql`SELECT 2 AS loaded`) =>
  Promise.all([session.$queryRaw`SELECT 1 FROM parent FOR UPDATE`, session.$queryRaw(load)]);

describe('a step transaction', () => {
  let told = 0;
  let stopListening: () => void;

  beforeEach(() => {
    told = 0;
    stopListening = pool.saved.listen(() => {
      told += 1;
    });
  });

  afterEach(() => stopListening());

  test('commits its save, returns its result and wakes listeners', async () => {
    const answer = await pool.step(async (session) => {
      const [, loaded] = await lockAndLoad(session);
      session.save(insertion(1));
      session.save(insertion(2));
      return loaded;
    });
    expect(answer).toEqual([{ loaded: 2 }]);
    expect(await kept()).toEqual([1, 2]);
    expect(told).toBe(1);
  });

  test('commits its executed statements', async () => {
    expect(await pool.step((session) => session.$executeRaw(insertion(1)))).toBe(1);
    expect(await kept()).toEqual([1]);
  });

  test('is rolled back without a save, and wakes no listener', async () => {
    const claimed = await pool.step((session) => session.$queryRaw`INSERT INTO kept VALUES (1) RETURNING id`);
    expect(claimed).toEqual([{ id: 1 }]);
    expect(await kept()).toEqual([]);
    expect(told).toBe(0);
    await expectUsable();
  });

  test('is rolled back where the decision throws, on a connection that is used again', async () => {
    const before = await backend(pool);
    const decided = pool.step(async (session) => {
      await lockAndLoad(session);
      await session.$executeRaw(insertion(1));
      session.save(insertion(2));
      throw new RangeError('no such decision');
    });
    expect(await errorOf(decided)).toBeInstanceOf(RangeError);
    expect(await kept()).toEqual([]);
    expect(await backend(pool)).toBe(before);
    expect(told).toBe(0);
    await expectUsable();
  });

  test('is rolled back where it throws before the server has answered anything', async () => {
    const thrown = pool.step((session) => {
      session.$executeRaw(insertion(1));
      throw new RangeError('no such decision');
    });
    expect(await errorOf(thrown)).toBeInstanceOf(RangeError);
    expect(await kept()).toEqual([]);
    await expectUsable();
  });

  test('wakes no listener where none is wanted', async () => {
    await pool.transaction(async (session) => session.save(insertion(1)));
    expect(await kept()).toEqual([1]);
    expect(told).toBe(0);
  });

  test('takes no statement after its end', async () => {
    let late: StepSession | undefined;
    await pool.step(async (session) => {
      late = session;
    });
    expect((await errorOf((late as StepSession).$queryRaw`SELECT 1`)).message).toMatch(/after the end/);
  });
});

describe('an error', () => {
  test('in a lock is thrown unchanged, whichever answer is awaited first', async () => {
    const locked = pool.step(async (session) => {
      const locking = session.$queryRaw`SELECT 1 FROM nowhere FOR UPDATE`;
      await session.$queryRaw`SELECT 2`;
      await locking;
    });
    expect(await errorOf(locked)).toMatchObject({ code: '42P01' });
    await expectUsable();
  });

  test('in a load is thrown unchanged', async () => {
    const load = sql`SELECT 1 / ${0}::int`;
    expect(await errorOf(pool.step((session) => lockAndLoad(session, load)))).toMatchObject({
      code: '22012',
    });
    await expectUsable();
  });

  test('in a save is thrown unchanged, and nothing is committed', async () => {
    const saved = pool.step(async (session) => {
      session.save(insertion(1));
      session.save(insertion(100));
      session.save(insertion(2));
    });
    expect(await errorOf(saved)).toMatchObject({ code: '23514' });
    expect(await kept()).toEqual([]);
    await expectUsable();
  });

  test('in the commit is thrown unchanged, and nothing is committed', async () => {
    const saved = pool.step(async (session) => session.save(insertion(1, 7)));
    expect(await errorOf(saved)).toMatchObject({ code: '23503' });
    expect(await kept()).toEqual([]);
    await expectUsable();
  });

  test.each([
    ['a save', [insertion(1)]],
    ['nothing to save', []],
  ])('that was caught before %s is thrown at the end', async (_, saves) => {
    const caught = pool.step(async (session) => {
      await session.$queryRaw`SELECT 1 FROM nowhere`.catch(() => undefined);
      for (const save of saves) session.save(save);
    });
    expect(await errorOf(caught)).toMatchObject({ code: '42P01' });
    await expectUsable();
  });

  test('that the caller ignored leaves a transaction that cannot commit, which is an error too', async () => {
    await withPool({}, async (raw) => {
      let client: PoolClient | undefined;
      raw.on('acquire', (acquired) => {
        client = acquired;
      });
      const unseen = inStepTransaction({ pool: raw, nameOf: statementNames() }, async (session) => {
        await client?.query('SELECT 1 / 0').catch(() => undefined);
        session.save(insertion(1));
        session.save(insertion(2));
      });
      expect(await errorOf(unseen)).toMatchObject({ code: '25P02' });
      const empty = inStepTransaction({ pool: raw, nameOf: statementNames() }, async (session) => {
        await session.$executeRaw(insertion(1));
        await client?.query('SELECT 1 / 0').catch(() => undefined);
      });
      expect((await errorOf(empty)).message).toMatch(/ended with ROLLBACK/);
      expect(await kept()).toEqual([]);
      expect(raw.idleCount).toBe(1);
    });
  });
});

describe('a conflict', () => {
  test.each(['40001', '40P01', '23505'])('(%s) is retried and then committed', async (code) => {
    let attempts = 0;
    await pool.step(async (session) => {
      attempts += 1;
      const raised = `DO $$ BEGIN RAISE EXCEPTION 'a test' USING ERRCODE = '${code}'; END $$`;
      if (attempts < 3) session.save(sql([raised]));
      session.save(insertion(attempts));
    });
    expect(await kept()).toEqual([3]);
  });

  test('that never ends is thrown', async () => {
    let attempts = 0;
    const lost = pool.step(async (session) => {
      attempts += 1;
      session.save(sql`DO $$ BEGIN RAISE EXCEPTION 'a test' USING ERRCODE = '40001'; END $$`);
    });
    expect(await errorOf(lost)).toMatchObject({ code: '40001' });
    expect(attempts).toBe(8);
  });
});

describe('a connection', () => {
  test('that ends between load and save is unavailable, and replaced', async () => {
    const cut = pool.step(async (session) => {
      await lockAndLoad(session);
      session.save(insertion(1));
      await terminate(await backend(session));
    });
    expect(databaseTrouble(await errorOf(cut))).toBe('unavailable');
    expect(await kept()).toEqual([]);
    await expectUsable();
  });

  test('that ends during a statement is unavailable, and replaced', async () => {
    const cut = pool.step((session) =>
      lockAndLoad(session, sql`SELECT pg_terminate_backend(pg_backend_pid())`),
    );
    expect(databaseTrouble(await errorOf(cut))).toBe('unavailable');
    await expectUsable();
  });

  test('that ends while it is idle is replaced, and ends no process', async () => {
    await terminate(await backend(pool));
    // The end of a connection arrives a moment after the end of its backend.
    while (pool.load.open > 0) await sleep(5);
    await expectUsable();
  });

  test('that a proxy cuts silently is unavailable, and replaced', async () => {
    const proxy = await CountingProxy.before(database.url);
    const far = new StorePool(proxy.url, 'inventory', 1);
    const cut = far.step(async (session) => {
      await lockAndLoad(session);
      proxy.cut();
      session.save(insertion(1));
    });
    expect(databaseTrouble(await errorOf(cut))).toBe('unavailable');
    expect(await far.$queryRaw`SELECT 1 AS one`).toEqual([{ one: 1 }]);
    expect(await kept()).toEqual([]);
    await far.close();
    await proxy.close();
  });

  test('that is not opened in time is unavailable', async () => {
    await withPool({ connectionTimeoutMillis: 100 }, async (raw) => {
      const held = await raw.connect();
      const waiting = inStepTransaction({ pool: raw, nameOf: statementNames() }, async () => undefined);
      expect(databaseTrouble(await errorOf(waiting))).toBe('unavailable');
      held.release();
    });
  });

  test('whose transaction takes too long is a timeout, and is closed with its locks', async () => {
    await withPool({}, async (raw) => {
      const connections = { pool: raw, nameOf: statementNames(), timeoutMs: 100 };
      let pid = 0;
      const slow = inStepTransaction(connections, async (session) => {
        pid = await backend(session);
        await session.$executeRaw(insertion(1));
        await new Promise(() => undefined);
      });
      expect(databaseTrouble(await errorOf(slow))).toBe('timeout');
      await isGone(pid);
      const waiting = inStepTransaction(connections, (session) => session.$queryRaw`SELECT pg_sleep(60)`);
      expect(databaseTrouble(await errorOf(waiting))).toBe('timeout');
      expect(raw.totalCount).toBe(0);
      await inStepTransaction(connections, async (session) => session.save(insertion(1)));
      expect(await kept()).toEqual([1]);
    });
  });
});

test('a lock that is not granted in time is a timeout', async () => {
  await other.$executeRaw`INSERT INTO parent VALUES (1)`;
  await other.transaction(async (holder) => {
    await holder.$queryRaw`SELECT 1 FROM parent FOR UPDATE`;
    const waiting = pool.step(async (session) => {
      await Promise.all([session.$executeRaw`SET LOCAL lock_timeout = 50`, lockAndLoad(session)]);
    });
    expect(await errorOf(waiting)).toMatchObject({ code: '55P03' });
    expect(databaseTrouble({ code: '55P03' })).toBe('timeout');
  });
  await expectUsable();
});

test('a step takes two round trips: begin, lock and load; save and commit', async () => {
  const proxy = await CountingProxy.before(database.url);
  const far = new StorePool(proxy.url, 'inventory', 1);
  const step = (id: number) =>
    far.step(async (session) => {
      await lockAndLoad(session);
      session.save(insertion(id));
      session.save(insertion(id + 1));
    });
  await step(1);
  proxy.roundTrips = 0;
  await step(11);
  expect(proxy.roundTrips).toBe(2);
  expect(await kept()).toEqual([1, 2, 11, 12]);
  await far.close();
  await proxy.close();
});

test('a step sends its statements in two writes', async () => {
  await withPool({}, async (raw) => {
    let writes = 0;
    raw.on('connect', ({ connection: { stream } }: PoolClient) => {
      const { _write, _writev } = stream;
      stream._write = (...args) => {
        writes += 1;
        _write.apply(stream, args);
      };
      stream._writev = (...args) => {
        writes += 1;
        _writev?.apply(stream, args);
      };
    });
    await raw.query('SELECT 1');
    writes = 0;
    await inStepTransaction({ pool: raw, nameOf: statementNames() }, async (session) => {
      await lockAndLoad(session);
      session.save(insertion(1));
      session.save(insertion(2));
    });
    expect(writes).toBe(2);
  });
  expect(await kept()).toEqual([1, 2]);
});

test('a load sees the commit of the transaction for which its lock waited', async () => {
  await other.$executeRaw`INSERT INTO parent VALUES (1)`;
  let step: Promise<unknown> = Promise.resolve();
  await other.transaction(async (holder) => {
    await holder.$executeRaw`UPDATE parent SET id = 2`;
    step = pool.step((session) => lockAndLoad(session, sql`SELECT id FROM parent`));
    await untilLockWait(holder);
  });
  expect(await step).toEqual([expect.anything(), [{ id: 2 }]]);
});

test('statements are prepared and planned once for each connection', async () => {
  for (const id of [1, 2, 3]) {
    await pool.step(async (session) => {
      await session.$queryRaw`SELECT ${id}::int AS once_prepared`;
      session.save(sql`INSERT INTO kept (id) VALUES (${id}::int)`);
    });
  }
  const prepared = await pool.$queryRaw<object[]>`
    SELECT generic_plans AS generic, custom_plans AS custom FROM pg_prepared_statements
    WHERE statement LIKE '%int AS once_prepared' OR statement LIKE 'INSERT INTO kept (id) VALUES%'`;
  expect(prepared).toEqual(Array(2).fill({ generic: 3n, custom: 0n }));
});

test('values are encoded and decoded as Prisma does', async () => {
  const store = new InventoryStore(database.url, 2);
  const values = sql`SELECT 9007199254740993 AS big, 0.1 AS exact, 1.5::float8 AS rough, 7 AS whole, true AS truth,
    now() AS moment, '{"a":[1,{"b":null}]}'::jsonb AS jsonb, '[1]'::json AS json, 'text' AS said, NULL::text AS nothing,
    ARRAY['a','b"c'] AS texts, ARRAY[1,2] AS numbers, '00000000-0000-0000-0000-000000000001'::uuid AS id,
    ${['x', 'y']}::text[] AS listed, ${12}::int AS given, ${null}::text AS absent, ${true}::bool AS told`;
  const [[ours], [theirs]] = await Promise.all([
    store.pool.$queryRaw<object[]>(values),
    store.client.$queryRaw<object[]>(values),
  ]);
  expect({ ...ours, moment: null }).toEqual({ ...theirs, moment: null });
  expect(ours).toMatchObject({ moment: expect.any(Date), big: 9007199254740993n });
  await store.client.$disconnect();
  await store.pool.close();
});
