import { Pool } from 'pg';
import type { Stores } from '../../../src/stores/stores';
import { createTestDatabase } from '../../support/test-database';
import { setUpNodes } from './grounds';
import { openProcess } from './saga-process';

/** Two processes on one database that play commands against each other. */
export interface Matrix {
  readonly first: Stores;
  readonly second: Stores;
  readonly sql: Pool;
  /** Returns a name that no grounds of this matrix have had. */
  nextName(): string;
  close(): Promise<void>;
}

export async function openMatrix(): Promise<Matrix> {
  const database = await createTestDatabase();
  const [first, second] = [openProcess(database.url), openProcess(database.url)];
  await setUpNodes(first);
  const sql = new Pool({ connectionString: database.url, max: 4 });
  // The pool's connections may still be closing when the database is dropped.
  sql.on('error', () => undefined);
  let names = 0;
  return {
    first,
    second,
    sql,
    nextName: () => `g${++names}x`,
    async close() {
      await Promise.all([first.close(), second.close(), sql.end()]);
      await database.drop();
    },
  };
}

/** The number of cases in parallel. */
const AT_ONCE = 6;

export async function atOnce<One, Result>(
  all: readonly One[],
  play: (one: One) => Promise<Result>,
): Promise<readonly Result[]> {
  const open = [...all];
  const results: Result[] = [];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let next = open.shift(); next !== undefined; next = open.shift()) results.push(await play(next));
    }),
  );
  return results;
}
