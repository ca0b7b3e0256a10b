import { execFile } from 'node:child_process';
import path from 'node:path';
import { manageKeys } from '../../../src/main/cli/key-commands';
import { UsageError } from '../../../src/main/cli/usage-error';
import { openStores } from '../../../src/stores/stores';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';

const ROOT = path.resolve(__dirname, '..', '..', '..');
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
afterEach(() => jest.restoreAllMocks());

/** Runs the program. */
function keysProgram(...words: string[]): Promise<{ code: number; out: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', 'src/main/keys.ts', ...words],
      { cwd: ROOT, env: { ...process.env, DATABASE_URL: database.url } },
      (error, out, complaint) => resolve({ code: error ? 1 : 0, out: out + complaint }),
    );
  });
}

/** Runs the function behind the program, which saves the start of a process. Returns the printed text. */
async function keys(...words: string[]): Promise<string> {
  const print = jest.spyOn(console, 'log').mockReturnValue();
  await manageKeys(words, () => database.url);
  return String(print.mock.lastCall?.[0]);
}

describe('npm run keys', () => {
  it('makes keys that work, lists them, and revokes one', async () => {
    const made = await keysProgram('create', 'partner-1', 'feeds:write:wms', 'shipments:write:wh:1');
    expect(made).toEqual({ code: 0, out: expect.stringMatching(/^hf_\S{20,}\n$/) });
    const brief = await keys('create', 'partner-1', 'admin', '--expires', '2199-01-01T00:00:00Z');
    const stores = openStores({ orders: database.url, inventory: database.url, credit: database.url }, 1);
    const found = await stores.apiKeys.find(made.out.trim());
    const scopes = ['feeds:write:wms', 'shipments:write:wh:1'];
    expect(found?.holder).toMatchObject({ caller: 'partner-1', scopes });
    const keyId = found?.holder.keyId ?? '';
    const table = await keys('list', 'partner-1');
    expect(table).toMatch(/^key +caller +scopes +created +expires +last used +revoked\n/);
    expect(table).toMatch(new RegExp(`^${keyId} +partner-1 +${scopes.join(' ')} +20\\S+$`, 'm'));
    expect(table).toMatch(/ partner-1 +admin +20\S+ +2199-01-01T00:00:00.000Z$/m);
    expect(await keys('list', 'no-caller')).toBe('No key');
    expect(await keys('revoke', keyId)).toContain(`revoked ${keyId}`);
    expect(await stores.apiKeys.find(made.out.trim())).toBeUndefined();
    expect(await stores.apiKeys.find(brief)).toBeDefined();
    await stores.close();
  });

  it.each([
    ['no action', []],
    ['no scope', ['create', 'x']],
    ['an unknown scope', ['create', 'x', 'orders:all']],
    ['a scope of one node without the node', ['create', 'x', 'shipments:write:']],
    ['a scope of one source without the source', ['create', 'x', 'feeds:write']],
    ['an invalid caller', ['create', ' a', 'admin']],
    ['an expiry in the past', ['create', 'x', 'admin', '--expires', '2026-01-01T00:00:00Z']],
    ['an unknown option', ['create', 'x', 'admin', '--nonsense']],
    ['no id', ['revoke']],
    ['an invalid id', ['revoke', 'x']],
    ['more than one id', ['revoke', 'key_0000000000000000', 'key_1111111111111111']],
  ])('refuses %s', async (_, words) => {
    const refused = keys(...words);
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow('usage: npm run keys');
  });

  it('refuses to revoke a key that does not exist', async () => {
    const refused = { code: 1, out: 'key key_0000000000000000 does not exist\n' };
    expect(await keysProgram('revoke', 'key_0000000000000000')).toEqual(refused);
  });
});
