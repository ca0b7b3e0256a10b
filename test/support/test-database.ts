import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

export interface TestDatabase {
  /** The address of all three stores, migrated and empty. */
  readonly url: string;
  /** Cuts the open connections and drops the database. */
  drop(): Promise<void>;
}

/** The template, migrated once a run; every test database is a copy of it. */
export const TEMPLATE_DATABASE = 'holdfast_template';

/** Creates a database for a test file, on the server of the test run. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = process.env.DATABASE_URL;
  if (serverUrl === undefined)
    throw new Error('DATABASE_URL is not set: the global setup of jest starts the servers');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await withServer(serverUrl, (client) =>
    client.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE_DATABASE}`),
  );
  return {
    url: withDatabase(serverUrl, name),
    drop: () =>
      withServer(serverUrl, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
  };
}

export function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

export async function withServer(url: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
