import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { auditBooks } from '../../src/audit/audit';
import { reconcileStores } from '../../src/audit/reconcile/reconcile';
import { availability } from '../../src/events/projections/availability-projection';
import type { Reaction } from '../../src/events/subscriptions/subscription';
import type { PositionedEvent } from '../../src/stores/log/event-rows';
import { openStores, type Stores } from '../../src/stores/stores';
import { PROJECT_ROOT } from '../architecture/planted-tree';
import { blocksOf, pagesIn } from '../documents/markdown-pages';
import { caughtUp, Relays } from '../events/following';
import { ADMIN_KEY, startApi } from '../http/support/api-under-test';
import { cause, createOrders, openShop, order, type Shop, stockUp } from '../stores/shop';
import { findClientPostgres, startClientPostgres } from '../support/client-postgres';
import { withServer } from '../support/test-database';

const run = promisify(execFile);
const programs = findClientPostgres();
const withPrograms = programs === undefined ? test.skip : test;
if (programs === undefined)
  console.warn(
    'skipped: a dump and its restore: a PostgreSQL with pg_dump is needed (apt-get install postgresql)',
  );

const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-backup-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The commands of the guide that use PostgreSQL's client programs: the backup, the restore of the inventory, and the move. */
function commandsOfGuide(): readonly string[] {
  const [page] = pagesIn('docs').filter(({ path: file }) => file === 'docs/guides/back-up-and-restore.md');
  if (!page) throw new Error('there is no guide');
  return blocksOf(page)
    .filter(({ text }) => /pg_dump|pg_restore/.test(text))
    .map(({ text }) => text);
}

/** Starts a PostgreSQL, and passes it with the environment of the guide's commands to `work`. */
async function onServer(
  work: (url: string, bash: (script: string, more?: NodeJS.ProcessEnv) => Promise<string>) => Promise<void>,
): Promise<void> {
  const server = await startClientPostgres(programs ?? '');
  const environment = {
    ...process.env,
    PATH: `${programs}:${process.env.PATH}`,
    DATABASE_URL: server.url,
    INVENTORY_DATABASE_URL: '',
    BACKUPS: folder,
  };
  const bash = async (script: string, more: NodeJS.ProcessEnv = {}) => {
    const env = { ...environment, ...more };
    return (await run('bash', ['-euc', `${script}\necho $INVENTORY_DATABASE_URL`], { env })).stdout.trim();
  };
  try {
    await work(server.url, bash);
  } finally {
    await server.stop();
  }
}

async function migrate(url: string): Promise<void> {
  const migration = ['--import', 'tsx', 'src/main/migrate.ts'];
  await run(process.execPath, migration, { cwd: PROJECT_ROOT, env: { ...process.env, DATABASE_URL: url } });
}

/** Opens a shop with stock and a customer. */
async function openStockedShop(url: string): Promise<Shop> {
  await migrate(url);
  const shop = openShop(url);
  await stockUp(shop.stores, { apple: { n1: 10, n2: 10 } });
  await shop.stores.credit.setAccount('ann', { currency: 'EUR', limit: 1_000 }, cause);
  return shop;
}

withPrograms('a store restored from its dump is reconciled with the others, and the books balance', () =>
  onServer(async (url, bash) => {
    const shop = await openStockedShop(url);
    expect(await createOrders(shop, [order('a', [['apple', 2]])])).toEqual(['ord_a']);
    const [backUp = '', restore = ''] = commandsOfGuide();
    await bash(backUp);
    expect(await createOrders(shop, [order('b', [['apple', 3]])])).toEqual(['ord_b']);
    await shop.stores.close();

    const inventory = await bash(restore);
    const stores = openStores({ orders: url, inventory, credit: url }, 2);
    try {
      expect((await reconcileStores(stores, { safeMinutes: 0 })).lines[0]).toBe(
        'Order ord_b is APPROVED and has no reservation.',
      );
      const again = await createOrders({ ...shop, stores }, [order('c', [['apple', 18]])]);
      expect(again).toEqual(['ord_c']);
      expect(await auditBooks(stores)).toEqual([
        expect.stringMatching(/^Order ord_b is APPROVED and has no reservation/),
      ]);
    } finally {
      await stores.close();
    }
  }),
);

/** Uses up ids of transactions. */
async function spendTransactions(url: string): Promise<void> {
  await withServer(url, (client) =>
    client.query('DO $$ BEGIN FOR n IN 1..20000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$'),
  );
}

/** Reads the event feed over HTTP from a cursor to its end. */
async function feedAfter(stores: Stores, cursor: string): Promise<{ read: string[]; cursor: string }> {
  await stores.apiKeys.put(ADMIN_KEY, { caller: 'tester', scopes: ['admin'] });
  const api = await startApi({ stores });
  try {
    const read: string[] = [];
    for (let after = cursor; ; ) {
      const { json } = await api.call('GET', `/v1/events?limit=7${after && `&after=${after}`}`);
      read.push(...json.items.map(named));
      after = json.next;
      if (!json.more) return { read, cursor: after };
    }
  } finally {
    await api.close();
  }
}

const named = ({ stream, version }: { readonly stream: string; readonly version: number }) =>
  `${stream} ${version}`;

/** Lets a subscription to the inventory hear what it has not heard. */
async function hear(stores: Stores, heard: string[]): Promise<void> {
  const relays = new Relays();
  const react = async (events: readonly PositionedEvent[]) => {
    heard.push(...events.map(named));
  };
  const handler: Reaction = { kind: 'reaction', react };
  relays.start(stores, { name: 'noted', log: 'inventory', revision: 1, types: null, handler });
  relays.start(stores, availability);
  await caughtUp(stores, 'noted');
  await caughtUp(stores, 'availability');
  await relays.stop();
  expect(relays.errors).toEqual([]);
}

/** Returns the logged events in order of position, which is that of their streams. */
async function logged(url: string, ...schemas: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  await withServer(url, async (client) => {
    for (const schema of schemas) {
      const { rows } = await client.query(`SELECT stream, version FROM ${schema}.event ORDER BY position`);
      found.push(...rows.map(named));
    }
  });
  return found;
}

withPrograms.each(['old', 'new'])(
  'readers continue after a move to another PostgreSQL, where the %s one has counted more transactions',
  (ahead) =>
    onServer((oldUrl, bash) =>
      onServer(async (newUrl) => {
        const shop = await openStockedShop(oldUrl);
        await spendTransactions(ahead === 'old' ? oldUrl : newUrl);
        expect(await createOrders(shop, [order('a', [['apple', 2]])])).toEqual(['ord_a']);
        const heard: string[] = [];
        await hear(shop.stores, heard);
        const before = await feedAfter(shop.stores, '');
        expect(await createOrders(shop, [order('b', [['apple', 3]])])).toEqual(['ord_b']);
        await shop.stores.close();
        const [backUp = '', , move = ''] = commandsOfGuide();
        await bash(backUp);
        await bash(move, { NEW_DATABASE_URL: newUrl });

        const moved = openShop(newUrl);
        try {
          await hear(moved.stores, heard);
          const after = await feedAfter(moved.stores, before.cursor);
          expect(await createOrders(moved, [order('c', [['apple', 1]])])).toEqual(['ord_c']);
          await hear(moved.stores, heard);
          const last = await feedAfter(moved.stores, after.cursor);
          expect(last.read).toContain('order/ord_c 1');
          expect(heard).toEqual(await logged(newUrl, 'inventory'));
          const read = [...before.read, ...after.read, ...last.read];
          expect(read.toSorted()).toEqual((await logged(newUrl, 'orders', 'inventory', 'credit')).toSorted());
          expect(await auditBooks(moved.stores)).toEqual([]);
        } finally {
          await moved.stores.close();
        }
      }),
    ),
);
