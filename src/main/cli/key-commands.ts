import { identifier } from '../../contracts/api/fields';
import { isScope, SCOPE_NAMES } from '../../http/framework/scopes';
import { openStores, type Stores } from '../../stores/stores';
import { UsageError } from './usage-error';

const USAGE = `usage: npm run keys -- create <caller> <scope...>
       npm run keys -- revoke <caller>
scopes: ${SCOPE_NAMES.join(', ')}`;

/**
 * Creates or revokes API keys in the orders store and prints the result. Calls `databaseUrl` only for valid arguments.
 * @throws UsageError, ready to print, when the arguments are invalid
 */
export async function manageKeys(args: readonly string[], databaseUrl: () => string): Promise<void> {
  const [action, caller = '', ...scopes] = args;
  if (action !== 'create' && action !== 'revoke') throw new UsageError(USAGE);
  if (!identifier.safeParse(caller).success)
    throw new UsageError(`${JSON.stringify(caller)} is not a valid name of a caller\n${USAGE}`);
  const unknown = scopes.find((scope) => !isScope(scope));
  if (unknown !== undefined) throw new UsageError(`${unknown} is not a scope\n${USAGE}`);
  if (action === 'create' && scopes.length === 0)
    throw new UsageError(`a key must have at least one scope\n${USAGE}`);
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
    `revoked ${revoked} ${revoked === 1 ? 'key' : 'keys'} of ${caller}; every process refuses them within 5 s`,
  );
}
