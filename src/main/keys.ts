import { failureText } from '../contracts/failure-text';
import { manageKeys } from './cli/key-commands';
import { readStoreUrls } from './settings';

/** Creates, lists and revokes API keys in DATABASE_URL. */
manageKeys(process.argv.slice(2), () => readStoreUrls().orders).catch((error: unknown) => {
  console.error(failureText(error));
  process.exitCode = 1;
});
