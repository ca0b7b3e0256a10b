import { auditBooks } from '../audit/audit';
import { openStores } from '../stores/stores';
import { readStoreUrls } from './settings';

/**
 * Runs `npm run audit`: checks that the books of the three stores balance and prints one line per finding. The exit
 * code is 1 when there is a finding. `--busy` accepts orders in progress; without it every order must be final.
 */
async function main(): Promise<number> {
  const stores = openStores(readStoreUrls(), 2);
  try {
    const findings = await auditBooks(stores, { isQuiet: !process.argv.includes('--busy') });
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
    console.error(`the audit failed: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  },
);
