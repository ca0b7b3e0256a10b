import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { createTestDatabase, type TestDatabase, withServer } from '../support/test-database';

const run = promisify(execFile);
let database: TestDatabase;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-migrations-'));
  database = await createTestDatabase();
});

afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await database.drop();
});

function write(name: string, sql: string): void {
  mkdirSync(path.join(folder, name));
  writeFileSync(path.join(folder, name, 'migration.sql'), sql);
}

async function migrate(): Promise<string[]> {
  const script = path.join(__dirname, 'migrate-folder.ts');
  const { stdout } = await run(process.execPath, ['--import', 'tsx', script, database.url, 'shop', folder]);
  return JSON.parse(stdout);
}

const WITH_A_TRIGGER = `
  CREATE TABLE note (id int PRIMARY KEY, body text NOT NULL);
  CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    RAISE EXCEPTION 'notes stay as they are; all of them';
  END;
  $$;
  CREATE TRIGGER no_change BEFORE UPDATE ON note FOR EACH ROW EXECUTE FUNCTION refuse_change();
`;

test('functions and triggers arrive whole, in the schema of the store', async () => {
  write('20260101000000_first', WITH_A_TRIGGER);
  expect(await migrate()).toEqual(['20260101000000_first']);
  await withServer(database.url, async (client) => {
    await client.query(`INSERT INTO shop.note VALUES (1, 'a')`);
    await expect(client.query(`UPDATE shop.note SET body = 'b'`)).rejects.toThrow('notes stay as they are');
  });
});

test('what is applied is not applied again, and what is new is', async () => {
  write('20260101000000_first', WITH_A_TRIGGER);
  await migrate();
  expect(await migrate()).toEqual([]);
  write('20260102000000_second', 'ALTER TABLE note ADD COLUMN author text;');
  expect(await migrate()).toEqual(['20260102000000_second']);
});

test('two at once apply it once', async () => {
  write('20260101000000_first', WITH_A_TRIGGER);
  const applied = await Promise.all([migrate(), migrate()]);
  expect(applied.flat()).toEqual(['20260101000000_first']);
});

test('a migration that fails is reported with its name and the reason', async () => {
  write('20260101000000_broken', 'CREATE TABLE note (id nothing_like_it);');
  await expect(migrate()).rejects.toThrow(
    /shop: 20260101000000_broken: error: type "nothing_like_it" does not exist/,
  );
  await expect(migrate()).rejects.toThrow(/found failed migrations/);
});
