import { manageKeys } from './cli/key-commands';
import { readStoreUrls } from './settings';

/** Creates, lists and revokes API keys in DATABASE_URL. */
manageKeys(process.argv.slice(2), () => readStoreUrls().orders).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
