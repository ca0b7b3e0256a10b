import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { auditBooks } from '../../src/audit/audit';
import { reconcileStores } from '../../src/audit/reconcile/reconcile';
import { openStores } from '../../src/stores/stores';
import { PROJECT_ROOT } from '../architecture/planted-tree';
import { blocksOf, pagesIn } from '../documents/markdown-pages';
import { cause, createOrders, openShop, order, stockUp } from '../stores/shop';
import { findClientPostgres, startClientPostgres } from '../support/client-postgres';

const run = promisify(execFile);
const programs = findClientPostgres();
const withPrograms = programs === undefined ? test.skip : test;
if (programs === undefined)
  console.warn(
    'skipped: a dump and its restore: a PostgreSQL with pg_dump is needed (apt-get install postgresql)',
  );

const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-backup-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The commands of the guide that use PostgreSQL's client programs: the backup, and the restore of the inventory. */
function commandsOfGuide(): readonly string[] {
  const [page] = pagesIn('docs').filter(({ path: file }) => file === 'docs/guides/back-up-and-restore.md');
  if (!page) throw new Error('there is no guide');
  return blocksOf(page)
    .filter(({ text }) => /pg_dump|pg_restore/.test(text))
    .map(({ text }) => text);
}

withPrograms(
  'a store restored from its dump is reconciled with the others, and the books balance',
  async () => {
    const server = await startClientPostgres(programs ?? '');
    const environment = {
      ...process.env,
      PATH: `${programs}:${process.env.PATH}`,
      DATABASE_URL: server.url,
      BACKUPS: folder,
    };
    try {
      const migration = ['--import', 'tsx', 'src/main/migrate.ts'];
      await run(process.execPath, migration, { cwd: PROJECT_ROOT, env: environment });
      const shop = openShop(server.url);
      await stockUp(shop.stores, { apple: { n1: 10, n2: 10 } });
      await shop.stores.credit.setAccount('ann', { currency: 'EUR', limit: 1_000 }, cause);
      expect(await createOrders(shop, [order('a', [['apple', 2]])])).toEqual(['ord_a']);
      const [backUp = '', restore = ''] = commandsOfGuide();
      const bash = (script: string) =>
        run('bash', ['-euc', `${script}\necho $INVENTORY_DATABASE_URL`], {
          env: { ...environment, INVENTORY_DATABASE_URL: '' },
        });
      await bash(backUp);
      expect(await createOrders(shop, [order('b', [['apple', 3]])])).toEqual(['ord_b']);
      await shop.stores.close();

      const inventory = (await bash(restore)).stdout.trim();
      const stores = openStores({ orders: server.url, inventory, credit: server.url }, 2);
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
    } finally {
      await server.stop();
    }
  },
);
