import { Client } from 'pg';
import type { SagaFixture } from './saga-fixture';

type Sql = SagaFixture['sql'];

/** A refusal of certain writes by a table of a store. */
export interface Refusal {
  /** The schema and the table. */
  readonly table: string;
  readonly on: 'INSERT' | 'UPDATE';
  /** An SQL condition over NEW. */
  readonly when: string;
  /** The SQLSTATE: P0001 is a permanent fault, 57P03 a server that is not ready. */
  readonly code: string;
}

/** Makes the database refuse certain writes, until the returned function is called. */
export async function refusing(sql: Sql, { table, on, when, code }: Refusal): Promise<() => Promise<void>> {
  const [schema] = table.split('.');
  await sql(`CREATE OR REPLACE FUNCTION ${schema}.sabotage() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF ${when} THEN RAISE EXCEPTION 'sabotaged' USING ERRCODE = '${code}'; END IF;
      RETURN NEW;
    END $$`);
  await sql(
    `CREATE TRIGGER sabotage BEFORE ${on} ON ${table} FOR EACH ROW EXECUTE FUNCTION ${schema}.sabotage()`,
  );
  return async () => {
    await sql(`DROP TRIGGER sabotage ON ${table}`);
  };
}

/** Cuts every connection to a database and refuses new ones, until the returned function is called. */
export async function shutOut(databaseUrl: string): Promise<() => Promise<void>> {
  const name = new URL(databaseUrl).pathname.slice(1);
  const server = new Client({ connectionString: process.env.DATABASE_URL });
  await server.connect();
  await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  await server.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
  return async () => {
    await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    await server.end();
  };
}

/**
 * Makes the step that promises stock fail on its data for every order of one item, until the returned function is
 * called.
 */
export async function poison(sql: Sql, sku: string): Promise<() => Promise<void>> {
  const before = await sql<{ node_id: string; supplies: unknown }>(
    'SELECT node_id, supplies FROM inventory.stock WHERE sku = $1',
    [sku],
  );
  await sql(`UPDATE inventory.stock SET supplies = '{"broken": true}' WHERE sku = $1`, [sku]);
  return async () => {
    for (const { node_id, supplies } of before)
      await sql('UPDATE inventory.stock SET supplies = $3 WHERE sku = $1 AND node_id = $2', [
        sku,
        node_id,
        JSON.stringify(supplies),
      ]);
  };
}

/** Holds a step back until it is released; after `lose` every attempt at it fails. */
export function holdBack({ interpose }: SagaFixture, step: Parameters<SagaFixture['interpose']>[0]) {
  let end: (isLost: boolean) => void = () => undefined;
  const ended = new Promise<boolean>((resolve) => {
    end = resolve;
  });
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  interpose(step, async (run, input) => {
    begin();
    if (await ended) throw new Error('lost');
    return run(input);
  });
  return {
    begun,
    lose: () => end(true),
    goOn() {
      interpose(step, undefined);
      end(false);
    },
  };
}
