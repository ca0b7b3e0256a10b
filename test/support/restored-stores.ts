import { randomBytes } from 'node:crypto';
import type { StoreUrls } from '../../src/stores/stores';
import { withDatabase, withServer } from './test-database';

/** Copies of a database, each with the three stores as of one moment. */
export interface Copies {
  /** Copies the database. No process may have it open. Returns the URL of the copy. */
  take(): Promise<string>;
  drop(): Promise<void>;
}

/** Copies a database file by file on its server, as a snapshot of its disk would. */
export function copiesOf(url: string): Copies {
  const source = new URL(url).pathname.slice(1);
  const names: string[] = [];
  return {
    async take() {
      const name = `copy_${randomBytes(6).toString('hex')}`;
      await withServer(withDatabase(url, 'postgres'), (client) =>
        client.query(`CREATE DATABASE ${name} TEMPLATE ${source}`),
      );
      names.push(name);
      return withDatabase(url, name);
    },
    async drop() {
      for (const name of names)
        await withServer(withDatabase(url, 'postgres'), (client) =>
          client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
        );
    },
  };
}

/** Returns the URLs of stores of which one was restored from a copy. */
export function restoredFrom(copy: string, store: keyof StoreUrls, url: string): StoreUrls {
  return { orders: url, inventory: url, credit: url, [store]: copy };
}
