import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Client } from 'pg';
import { createTestDatabase, type TestDatabase, withServer } from '../../support/test-database';

const run = promisify(execFile);
const ROOT = path.resolve(__dirname, '..', '..', '..');
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.drop());

/**
 * Returns the content of a schema, as far as a Prisma schema can state it: columns with type, nullability and default,
 * keys and indexes. Checks, partial indexes, triggers, views and functions belong to the migrations alone.
 */
async function describe(client: Client, schema: string, store = schema): Promise<string[]> {
  await client.query(`SET search_path = ${schema}, ${store}`);
  const { rows } = await client.query<{ line: string }>(
    `SELECT format('%s.%s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
        CASE WHEN a.attnotnull THEN 'NOT NULL' ELSE 'NULL' END, pg_get_expr(d.adbin, d.adrelid)) AS line
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
      LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
      WHERE c.relnamespace = to_regnamespace($1::text) AND a.attnum > 0 AND NOT a.attisdropped
        AND c.relname <> '_prisma_migrations'
      UNION ALL SELECT replace(indexdef, $1::text || '.', '') FROM pg_indexes
      WHERE schemaname = $1::text AND indexdef NOT LIKE '% WHERE %' AND tablename <> '_prisma_migrations'
      ORDER BY 1`,
    [schema],
  );
  return rows.map(({ line }) => line);
}

async function expected(client: Client, store: string): Promise<string[]> {
  const script = path.join(__dirname, 'schema-script.ts');
  const file = path.join(ROOT, 'prisma', store, 'schema.prisma');
  const { stdout } = await run(process.execPath, ['--import', 'tsx', script, database.url, file], {
    cwd: ROOT,
  });
  // Defaults call functions of the store.
  await client.query(
    `CREATE SCHEMA expected_${store}; SET search_path = expected_${store}, ${store}; ${stdout}`,
  );
  return describe(client, `expected_${store}`, store);
}

test.each(['orders', 'inventory', 'credit'])('schema and migrations of %s agree', async (store) => {
  await withServer(database.url, async (client) => {
    const should = await expected(client, store);
    const is = await describe(client, store);
    expect(should.length).toBeGreaterThan(20);
    expect(is).toEqual(should);
    for (const drift of [
      'ALTER TABLE event ADD COLUMN surplus int',
      'ALTER TABLE event ALTER COLUMN causation DROP NOT NULL',
      'ALTER TABLE event ALTER COLUMN recorded_at DROP DEFAULT',
      'DROP INDEX event_correlation_idx',
    ]) {
      await client.query(`BEGIN; SET LOCAL search_path = ${store}; ${drift}`);
      expect(await describe(client, store)).not.toEqual(should);
      await client.query('ROLLBACK');
    }
  });
});
