import { manageKeys } from '../../src/main/cli/key-commands';
import { localDatabaseUrl } from './local-database';
import { readLocalSettings } from './local-settings';

/** Runs `npm run keys`: creates, lists and revokes API keys, in DATABASE_URL or in the database of `npm start`. */
async function main(): Promise<void> {
  await manageKeys(process.argv.slice(2), () => localDatabaseUrl(readLocalSettings()));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
