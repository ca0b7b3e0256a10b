import { auditBooks } from '../audit/audit';
import { rebuildBooks } from '../audit/rebuild';
import { openStores } from '../stores/stores';
import { projectFromStart } from './roles/projections';
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
    const findings = await auditBooks(stores, { isQuiet: false });
    for (const finding of findings) console.log(finding);
    if (findings.length === 0) console.log('The books balance.');
    return findings.length === 0 ? 0 : 1;
  } finally {
    await stores.close();
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(`the rebuild failed: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  },
);
