import { createServer } from 'node:net';
import type { Prisma } from '../../../src/stores/generated/inventory/client';
import { databaseTrouble, isDataError } from '../../../src/stores/postgres/database-errors';
import { cause, openShop, openShops, type Shop } from '../shop';

/** The classification of real errors from Prisma. */
let shops: Awaited<ReturnType<typeof openShops>>;
let shop: Shop;

beforeAll(async () => {
  shops = await openShops(1, 3);
  const [first] = shops.shops;
  if (!first) throw new Error('no shop');
  shop = first;
});

afterAll(() => shops.close());

type Session = Prisma.TransactionClient;

const LIMITS = { maxWait: 5_000, timeout: 7_000 };
const transact = (work: (session: Session) => Promise<unknown>, limits = LIMITS) =>
  shop.stores.inventory.client.$transaction(work, limits);

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => {
      throw new Error('this should have failed');
    },
    (error: unknown) => error,
  );
}

const troubleOf = async (work: Promise<unknown>) => databaseTrouble(await errorOf(work));

const lease = { name: 'a', owner: 'x', expiresAt: new Date() };

test('a unique violation is a conflict, from SQL and from a model', async () => {
  const twice = transact(async (session) => {
    for (const _ of [1, 2]) await session.$executeRaw`INSERT INTO claim VALUES ('c', 'k', 'f', 'r')`;
  });
  expect(await troubleOf(twice)).toBe('conflict');
  const { client } = shop.stores.orders;
  await client.lease.create({ data: lease });
  expect(await troubleOf(client.lease.create({ data: lease }))).toBe('conflict');
});

test('a deadlock is a conflict', async () => {
  await shop.stores.inventory.client.$executeRaw`
    INSERT INTO claim VALUES ('d', '1', 'f', 'r'), ('d', '2', 'f', 'r')`;
  const bothAreIn = barrier(2);
  const crossing = (first: string, second: string) =>
    transact(async (session) => {
      await session.$executeRaw`UPDATE claim SET fingerprint = 'g' WHERE caller = 'd' AND key = ${first}`;
      await bothAreIn();
      await session.$executeRaw`UPDATE claim SET fingerprint = 'g' WHERE caller = 'd' AND key = ${second}`;
    });
  const ends = await Promise.allSettled([crossing('1', '2'), crossing('2', '1')]);
  const lost = ends.filter((end) => end.status === 'rejected');
  expect(lost.map(({ reason }) => databaseTrouble(reason))).toEqual(['conflict']);
});

test('a serialization failure is a conflict', async () => {
  const { client } = shop.stores.inventory;
  await client.$executeRaw`INSERT INTO claim VALUES ('s', '1', 'f', 'r')`;
  const late = client.$transaction(
    async (session) => {
      await session.$queryRaw`SELECT 1 FROM claim`;
      await client.$executeRaw`UPDATE claim SET fingerprint = 'g' WHERE caller = 's'`;
      await session.$executeRaw`UPDATE claim SET fingerprint = 'h' WHERE caller = 's'`;
    },
    { isolationLevel: 'RepeatableRead' },
  );
  expect(await troubleOf(late)).toBe('conflict');
});

test('a statement that takes too long is a timeout', async () => {
  const slow = transact(async (session) => {
    await session.$executeRaw`SET LOCAL statement_timeout = 50`;
    await session.$queryRaw`SELECT 1 FROM pg_sleep(5)`;
  });
  expect(await troubleOf(slow)).toBe('timeout');
});

test('a lock that is not granted in time is a timeout', async () => {
  await shop.stores.inventory.client.$executeRaw`INSERT INTO claim VALUES ('l', '1', 'f', 'r')`;
  const blocked = transact(async (session) => {
    await session.$executeRaw`UPDATE claim SET fingerprint = 'g' WHERE caller = 'l'`;
    await transact(async (other) => {
      await other.$executeRaw`SET LOCAL lock_timeout = 50`;
      await other.$executeRaw`UPDATE claim SET fingerprint = 'g' WHERE caller = 'l'`;
    });
  });
  expect(await troubleOf(blocked)).toBe('timeout');
});

test('a transaction that does not end in time is a timeout', async () => {
  const expired = transact(
    async (session) => {
      for (;;) await session.$queryRaw`SELECT 1 FROM pg_sleep(0.05)`;
    },
    { maxWait: 5_000, timeout: 100 },
  );
  expect(await troubleOf(expired)).toBe('timeout');
});

test('a transaction that idles too long is a timeout or a lost connection, and not a fault', async () => {
  const { client } = shop.stores.inventory;
  const idle = transact(async (session) => {
    await session.$executeRaw`SET LOCAL idle_in_transaction_session_timeout = 50`;
    const [own] = await session.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
    await isGone(client, own?.pid ?? 0);
    await session.$queryRaw`SELECT 1`;
  });
  expect(['timeout', 'unavailable']).toContain(await troubleOf(idle));
});

test('a terminated connection is unavailable, during a statement and between two', async () => {
  const { client } = shop.stores.inventory;
  const during = transact((session) => session.$queryRaw`SELECT pg_terminate_backend(pg_backend_pid())`);
  expect(await troubleOf(during)).toBe('unavailable');
  const between = transact(async (session) => {
    const [own] = await session.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
    await client.$queryRaw`SELECT pg_terminate_backend(${own?.pid}::int)`;
    await isGone(client, own?.pid ?? 0);
    await session.$queryRaw`SELECT 1`;
  });
  expect(await troubleOf(between)).toBe('unavailable');
});

test('a server that does not listen is unavailable', async () => {
  const closed = await closedPort();
  const away = openShop(`postgresql://holdfast:x@127.0.0.1:${closed}/nowhere`, 1);
  const { client } = away.stores.inventory;
  expect(await troubleOf(client.$queryRaw`SELECT 1`)).toBe('unavailable');
  expect(await troubleOf(client.$transaction(async (session) => session.$queryRaw`SELECT 1`, LIMITS))).toBe(
    'unavailable',
  );
  expect(await troubleOf(client.item.findMany())).toBe('unavailable');
  expect(await troubleOf(away.stores.inventorySetUp.setItem(item, cause))).toBe('unavailable');
  await away.stores.close();
});

test('a server that takes no more connections is unavailable', async () => {
  const url = new URL(shops.database.url);
  const name = url.pathname.slice(1);
  const { client } = shop.stores.orders;
  await client.$queryRaw`SELECT 1`;
  await client.$executeRawUnsafe(`ALTER DATABASE ${name} CONNECTION LIMIT 0`);
  await client.$executeRawUnsafe(`CREATE ROLE "guest_${name}" LOGIN PASSWORD 'guest'`);
  url.username = `guest_${name}`;
  url.password = 'guest';
  const late = openShop(url.href, 1);
  try {
    expect(await troubleOf(late.stores.inventory.client.$queryRaw`SELECT 1`)).toBe('unavailable');
  } finally {
    await late.stores.close();
    await client.$executeRawUnsafe(`ALTER DATABASE ${name} CONNECTION LIMIT -1`);
    await client.$executeRawUnsafe(`DROP ROLE "guest_${name}"`);
  }
});

test('a pool with no free connection is overload, and not a data fault', async () => {
  const narrow = openShop(shops.database.url, 1);
  const { client } = narrow.stores.inventory;
  const full = client.$transaction(async (session) => {
    await session.$queryRaw`SELECT 1`;
    await client.$transaction(async () => undefined, { maxWait: 100, timeout: 1_000 });
  }, LIMITS);
  expect(await troubleOf(full)).toBe('unavailable');
  await narrow.stores.close();
});

test('a violated CHECK and a NUL byte are data faults', async () => {
  const { client } = shop.stores.inventory;
  const negative = client.$executeRaw`INSERT INTO stock VALUES ('s', 'n', '[]', 0, -1, 0, NULL, 1)`;
  const nul = { ...item, sku: 'a\0b' };
  const errors = [
    await errorOf(negative),
    await errorOf(shop.stores.inventorySetUp.setItem(nul, cause)),
    await errorOf(client.$queryRaw`SELECT ${'a\0b'}`),
    await errorOf(shop.stores.orders.pool.$queryRaw`SELECT ${'a\0b'}`),
    await errorOf(shop.stores.orders.pool.$executeRaw`INSERT INTO lease (name) VALUES ('a')`),
  ];
  for (const error of errors) expect([databaseTrouble(error), isDataError(error)]).toEqual(['fault', true]);
});

test('an error thrown by our own code is a data fault', () => {
  const error = new TypeError('a bug of ours');
  expect([databaseTrouble(error), isDataError(error)]).toEqual(['fault', true]);
});

test('a unique violation is not a data fault', async () => {
  const { pool } = shop.stores.orders;
  const insert = () => pool.$executeRaw`INSERT INTO lease (name, owner, expires_at) VALUES ('d', 'x', now())`;
  await insert();
  const error = await errorOf(insert());
  expect([databaseTrouble(error), isDataError(error)]).toEqual(['conflict', false]);
});

describe('an error of the server is unavailable, and not a data fault', () => {
  const unavailable = async (work: Promise<unknown>) => {
    const error = await errorOf(work);
    expect([databaseTrouble(error), isDataError(error)]).toEqual(['unavailable', false]);
  };

  test('a table, a column or a function that is not there', async () => {
    const { client, pool } = shop.stores.inventory;
    for (const session of [client, pool]) {
      await unavailable(session.$queryRaw`SELECT * FROM nothing_like_it`);
      await unavailable(session.$queryRaw`SELECT nothing_like_it FROM stock`);
      await unavailable(session.$queryRaw`SELECT nothing_like_it()`);
    }
    await unavailable(pool.step((session) => session.$queryRaw`SELECT * FROM nothing_like_it`));
  });

  test('a missing privilege', async () => {
    const { pool } = shop.stores.orders;
    await unavailable(pool.$executeRaw`UPDATE event SET type = 'x' WHERE false`.then(() => logChange()));
  });

  test.each([
    ['a password that is wrong', (url: URL) => Object.assign(url, { password: 'wrong' })],
    ['a role that is not there', (url: URL) => Object.assign(url, { username: 'nobody' })],
    ['a database that is not there', (url: URL) => Object.assign(url, { pathname: '/nothing_like_it' })],
  ])('%s', async (_what, change) => {
    const { href } = change(new URL(shops.database.url));
    const away = openShop(href, 1);
    await unavailable(away.stores.orders.pool.$queryRaw`SELECT 1`);
    await unavailable(away.stores.orders.pool.step((session) => session.$queryRaw`SELECT 1`));
    await unavailable(away.stores.orders.client.$queryRaw`SELECT 1`);
    await away.stores.close();
  });

  /** Tries to change the log, which fails like a missing right. */
  function logChange(): Promise<unknown> {
    const { pool } = shop.stores.orders;
    return pool.transaction(async (session) => {
      await session.$executeRaw`INSERT INTO event (stream, key, version, type, data, occurred_at, causation, correlation)
        VALUES ('s', '{}', 1, 't', '{}', now(), 'c', 'c')`;
      await session.$executeRaw`DELETE FROM event`;
    });
  }
});

test.each([
  '28P01',
  '28000',
  '3D000',
  '3F000',
  '42P01',
  '42501',
  '42804',
  '08006',
  '53300',
  '57P01',
  '58030',
])('SQLSTATE %s is unavailable, wherever Prisma has put it', (state) => {
  const errors = [
    Object.assign(new Error('as the driver says it'), { code: state }),
    Object.assign(new Error('as Prisma says it'), {
      code: 'P2010',
      meta: { driverAdapterError: { cause: { originalCode: state } } },
    }),
  ];
  for (const error of errors)
    expect([databaseTrouble(error), isDataError(error)]).toEqual(['unavailable', false]);
});

const item = { sku: 's', name: 's', backorder: { mode: 'none' }, perOrderMax: null, tags: [] } as const;

function barrier(parties: number): () => Promise<void> {
  let arrived = 0;
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    arrived += 1;
    if (arrived === parties) open();
    return opened;
  };
}

async function isGone(client: Shop['stores']['inventory']['client'], pid: number): Promise<void> {
  for (;;) {
    const backends = await client.$queryRaw<object[]>`SELECT 1 FROM pg_stat_activity WHERE pid = ${pid}`;
    if (backends.length === 0) return;
  }
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 1;
}
