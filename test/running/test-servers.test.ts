import { Client } from 'pg';
import { createTestDatabase } from '../support/test-database';

test('every test file gets an empty database of its own with the three stores in it', async () => {
  const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  expect(one.url).not.toBe(other.url);
  const client = new Client({ connectionString: one.url });
  await client.connect();
  const { rows } = await client.query(
    `SELECT nspname FROM pg_namespace WHERE nspname IN ('orders', 'inventory', 'credit') ORDER BY 1`,
  );
  await client.end();
  expect(rows.map((row) => row.nspname)).toEqual(['credit', 'inventory', 'orders']);
  await Promise.all([one.drop(), other.drop()]);
});
