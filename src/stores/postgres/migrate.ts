import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { Pool } from 'pg';
import { failureText } from '../../contracts/failure-text';
import { loadSchemaEngine } from './migration-engine';

export interface StoreMigration {
  readonly url: string;
  /** The schema of the store's tables and its own `_prisma_migrations`; created when missing. */
  readonly schema: string;
  /** A Prisma migrations folder: `<timestamp>_<name>/migration.sql`. */
  readonly migrationsFolder: string;
}

/** The advisory lock that serialises schema creation: concurrent `CREATE SCHEMA IF NOT EXISTS` may fail. */
const SCHEMA_LOCK = 7_154_331;

/**
 * Applies the pending migrations of one store, as `prisma migrate deploy` does; the table of applied migrations stays
 * compatible with it. Several processes may call it at once.
 *
 * The engine leaves a 10 s timer behind, so the calling process must exit explicitly.
 * @returns the names of the migrations that this call applied
 * @throws Error with the engine's report when a migration fails or an applied one was changed
 */
export async function migrateStore({ url, schema, migrationsFolder }: StoreMigration): Promise<string[]> {
  if (!/^[a-z][a-z0-9_]*$/.test(schema)) throw new Error(`${schema} is not a valid name of a schema`);
  const pool = new Pool({ connectionString: url, options: `-c search_path=${schema}`, max: 2 });
  const refusals: unknown[] = [];
  try {
    await createSchema(pool, schema);
    const adapter = bindMigrationAwareSqlAdapterFactory(scriptsAsTheyAre(pool, schema, refusals));
    const engine = await loadSchemaEngine().new({ datamodels: undefined }, () => undefined, adapter);
    const { appliedMigrationNames } = await engine.applyMigrations({
      migrationsList: readMigrations(migrationsFolder),
      filters: { externalTables: [], externalEnums: [] },
    });
    return appliedMigrationNames;
  } catch (error) {
    throw readable(error, schema, refusals);
  } finally {
    // The engine's advisory lock lives as long as its connection.
    await pool.end();
  }
}

async function createSchema(pool: Pool, schema: string): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [SCHEMA_LOCK]);
    await client.query(`CREATE SCHEMA IF NOT EXISTS "${schema}"`);
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}

/**
 * Makes the adapter send each script to PostgreSQL whole. The adapter itself would split it at every semicolon, even
 * inside a function body.
 * @param refusals receives PostgreSQL's errors, which the engine's report omits
 */
function scriptsAsTheyAre(pool: Pool, schema: string, refusals: unknown[]): PrismaPg {
  const factory = new PrismaPg(pool, { schema });
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const connection = await connect();
    connection.executeScript = async (script) => {
      try {
        await pool.query(script);
      } catch (error) {
        refusals.push(error);
        throw error;
      }
    };
    return connection;
  };
  return factory;
}

function readable(error: unknown, schema: string, refusals: readonly unknown[]): Error {
  const report = failureText(error);
  const name = /migration_name=\\?"([^"\\]+)/.exec(report)?.[1];
  if (refusals.length === 0 || name === undefined) return new Error(`${schema}: ${report}`, { cause: error });
  return new Error(`${schema}: ${name}: ${refusals.map(String).join('; ')}`, { cause: error });
}

function readMigrations(folder: string) {
  const lockfile = path.join(folder, 'migration_lock.toml');
  const names = existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name)
        .sort()
    : [];
  return {
    baseDir: folder,
    lockfile: {
      path: 'migration_lock.toml',
      content: existsSync(lockfile) ? readFileSync(lockfile, 'utf8') : null,
    },
    shadowDbInitScript: '',
    migrationDirectories: names.map((name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: {
          tag: 'ok' as const,
          value: readFileSync(path.join(folder, name, 'migration.sql'), 'utf8'),
        },
      },
    })),
  };
}
