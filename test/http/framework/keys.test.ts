import { execFile } from 'node:child_process';
import path from 'node:path';
import { openStores } from '../../../src/stores/stores';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';

const ROOT = path.resolve(__dirname, '..', '..', '..');
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

function keys(...words: string[]): Promise<{ code: number; out: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', 'src/main/keys.ts', ...words],
      { cwd: ROOT, env: { ...process.env, DATABASE_URL: database.url } },
      (error, out, complaint) => resolve({ code: error ? 1 : 0, out: out + complaint }),
    );
  });
}

describe('npm run keys', () => {
  it('makes a key that works and revokes it', async () => {
    const made = await keys('create', 'partner-1', 'feeds:write:wms', 'shipments:write:wh:1');
    expect(made).toEqual({ code: 0, out: expect.stringMatching(/^hf_\S{20,}\n$/) });
    const stores = openStores({ orders: database.url, inventory: database.url, credit: database.url }, 1);
    const holder = await stores.apiKeys.holderOf(made.out.trim());
    expect(holder).toEqual({ caller: 'partner-1', scopes: ['feeds:write:wms', 'shipments:write:wh:1'] });
    expect((await keys('revoke', 'partner-1')).out).toContain('revoked 1 key of partner-1');
    expect(await stores.apiKeys.holderOf(made.out.trim())).toBeUndefined();
    await stores.close();
  });

  it('refuses unknown actions, scopes and invalid callers', async () => {
    const scopes = ['orders:all', 'shipments:write:', 'feeds:write'].map((scope) => ['create', 'x', scope]);
    for (const words of [[], ['create', 'x'], ...scopes, ['create', ' a', 'admin']]) {
      const { code, out } = await keys(...words);
      expect([code, out]).toEqual([1, expect.stringContaining('usage: npm run keys')]);
    }
  });
});
