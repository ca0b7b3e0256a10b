import path from 'node:path';
import { migrateStore } from '../stores/postgres/migrate';
import { projectRoot } from './project-root';
import { runProgram } from './run-program';
import { readStoreUrls } from './settings';

/**
 * Migrates the three stores. Runs in its own process, because the engine that applies migrations keeps its process
 * alive for 10 s after its work.
 */
async function main(): Promise<number> {
  const urls = readStoreUrls();
  for (const store of ['orders', 'inventory', 'credit'] as const) {
    const migrationsFolder = path.join(projectRoot(), 'prisma', store, 'migrations');
    const applied = await migrateStore({ url: urls[store], schema: store, migrationsFolder });
    console.log(`${store}: ${applied.length === 0 ? 'up to date' : `applied ${applied.join(', ')}`}`);
  }
  return 0;
}

runProgram('migration failed', main);
