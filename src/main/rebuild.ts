import { rebuildBooks } from '../audit/rebuild';
import { openStores } from '../stores/stores';
import { reportBooks } from './report-books';
import { projectFromStart } from './roles/projections';
import { runProgram } from './run-program';
import { readStoreUrls } from './settings';

/**
 * Runs `npm run rebuild`: recreates all state rows and projections of the three stores from their event logs alone, then
 * audits the books. Stop every API, worker and relay first; it refuses while a relay runs or a process writes. The exit
 * code is 1 when the audit has a finding.
 */
async function main(): Promise<number> {
  const stores = openStores(readStoreUrls(), 2);
  try {
    for (const { store, events, tables } of await rebuildBooks(stores))
      console.log(`${store}: ${tables.length} tables from ${events} events`);
    for (const [name, events] of await projectFromStart(stores))
      console.log(`projection ${name}: ${events} events`);
    return await reportBooks(stores, { isQuiet: false });
  } finally {
    await stores.close();
  }
}

runProgram('the rebuild failed', main);
