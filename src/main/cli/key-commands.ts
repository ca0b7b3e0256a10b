import { parseArgs } from 'node:util';
import type { z } from 'zod';
import { keyListQuery, keyPath, keyRequest } from '../../contracts/api/keys';
import { SCOPE_NAMES } from '../../contracts/api/scopes';
import { SYSTEM } from '../../contracts/commands';
import { failureText } from '../../contracts/failure-text';
import { faultText, fieldErrors } from '../../http/framework/field-errors';
import type { ApiKeys, ListedKey } from '../../stores/orders/api-keys';
import { openStores } from '../../stores/stores';
import { keyTable, revoked } from './key-table';
import { UsageError } from './usage-error';

const USAGE = `usage: npm run keys -- create CALLER SCOPE... [--expires MOMENT]
       npm run keys -- list [CALLER]
       npm run keys -- revoke ID
scopes: ${SCOPE_NAMES.join(', ')}`;

const PAGE = 200;

/** An action whose arguments are valid; it returns the text to print. */
type Action = (keys: ApiKeys) => Promise<string>;

/**
 * Creates, lists or revokes API keys in the orders store and prints the result. Calls `databaseUrl` only for valid
 * arguments.
 * @throws UsageError, ready to print, when the arguments are invalid
 */
export async function manageKeys(args: readonly string[], databaseUrl: () => string): Promise<void> {
  const action = actionOf(args);
  const url = databaseUrl();
  const stores = openStores({ orders: url, inventory: url, credit: url }, 1);
  try {
    console.log(await action(stores.apiKeys));
  } finally {
    await stores.close();
  }
}

function actionOf(args: readonly string[]): Action {
  const {
    values: { expires: expiresAt },
    positionals: [verb, first, ...rest],
  } = parse(args);
  if (verb === 'create') {
    const request = valid(keyRequest, {
      caller: first,
      scopes: rest,
      ...(expiresAt === undefined ? {} : { expiresAt }),
    });
    return (keys) => create(keys, request);
  }
  if (expiresAt !== undefined || rest.length > 0) throw new UsageError(USAGE);
  if (verb === 'list') {
    const { caller } = valid(keyListQuery.pick({ caller: true }), { caller: first });
    return (keys) => list(keys, caller);
  }
  if (verb !== 'revoke') throw new UsageError(USAGE);
  const { id } = valid(keyPath, { id: first });
  return (keys) => revoke(keys, id);
}

function parse(args: readonly string[]) {
  const options = { expires: { type: 'string' } } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${failureText(error)}\n${USAGE}`);
  }
}

function valid<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UsageError(`${faultText(fieldErrors(parsed.error, 'arguments'))}\n${USAGE}`);
}

async function create(keys: ApiKeys, request: z.output<typeof keyRequest>): Promise<string> {
  const made = await keys.create(request, SYSTEM);
  if (!made) throw new UsageError(`expiresAt: must lie in the future\n${USAGE}`);
  return made.key;
}

async function list(keys: ApiKeys, caller: string | undefined): Promise<string> {
  const all: ListedKey[] = [];
  for (let page: readonly ListedKey[] | undefined; page === undefined || page.length === PAGE; ) {
    const last = all.at(-1);
    const after = last && ([last.caller, last.createdAt, last.id] as const);
    page = await keys.list({ caller, limit: PAGE, after });
    all.push(...page);
  }
  return keyTable(all);
}

async function revoke(keys: ApiKeys, id: string): Promise<string> {
  if (!(await keys.revoke(id, SYSTEM))) throw new UsageError(`key ${id} does not exist`);
  return revoked(id);
}
