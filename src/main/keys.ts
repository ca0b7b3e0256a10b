import { POSTGRES_USER, readPassword } from '../../tools/postgres/postgres-directory';
import { identifier } from '../contracts/api/fields';
import { isScope, SCOPES } from '../http/framework/access';
import { openStores, type Stores } from '../stores/stores';
import { readLocalSettings } from './settings';

const USAGE = `usage: npm run keys -- create <caller> <scope...>
       npm run keys -- revoke <caller>
scopes: ${SCOPES.join(', ')}, feeds:write:<source>`;

/** Invalid command-line arguments. The message is ready to print. */
class UsageError extends Error {}

/** Creates and revokes API keys, in DATABASE_URL or in the database of the data folder of `npm start`. */
async function main([action, caller = '', ...scopes]: readonly string[]): Promise<void> {
  if (action !== 'create' && action !== 'revoke') throw new UsageError(USAGE);
  if (!identifier.safeParse(caller).success) throw new UsageError(`${caller} cannot be a caller\n${USAGE}`);
  const unknown = scopes.find((scope) => !isScope(scope));
  if (unknown !== undefined) throw new UsageError(`${unknown} is not a scope\n${USAGE}`);
  if (action === 'create' && scopes.length === 0) throw new UsageError(`a key needs a scope\n${USAGE}`);
  const url = databaseUrl();
  const stores = openStores({ orders: url, inventory: url, credit: url }, 1);
  try {
    await (action === 'create' ? create(stores, caller, scopes) : revoke(stores, caller));
  } finally {
    await stores.close();
  }
}

async function create(stores: Stores, caller: string, scopes: readonly string[]): Promise<void> {
  console.log(await stores.apiKeys.create({ caller, scopes }));
}

async function revoke(stores: Stores, caller: string): Promise<void> {
  const revoked = await stores.apiKeys.revoke(caller);
  console.log(
    `${revoked} ${revoked === 1 ? 'key' : 'keys'} of ${caller} revoked; within 5 s they stop working`,
  );
}

function databaseUrl(): string {
  const { databaseUrl: given, dataFolder, postgresPort } = readLocalSettings();
  if (given !== undefined) return given;
  return `postgresql://${POSTGRES_USER}:${readPassword(dataFolder)}@127.0.0.1:${postgresPort}/holdfast`;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
