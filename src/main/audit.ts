import { openStores } from '../stores/stores';
import { reportBooks } from './report-books';
import { runProgram } from './run-program';
import { readStoreUrls } from './settings';

/**
 * Runs `npm run audit`: checks that the books of the three stores balance and prints one line per finding. The exit
 * code is 1 when there is a finding. `--busy` accepts orders in progress; without it every order must be final.
 */
async function main(): Promise<number> {
  const stores = openStores(readStoreUrls(), 2);
  try {
    return await reportBooks(stores, { isQuiet: !process.argv.includes('--busy') });
  } finally {
    await stores.close();
  }
}

runProgram('the audit failed', main);
