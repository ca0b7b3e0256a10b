import { parseArgs } from 'node:util';
import { reconcileStores } from '../../audit/reconcile/reconcile';
import { failureText } from '../../contracts/failure-text';
import { openStores } from '../../stores/stores';
import { readStoreUrls } from '../settings';
import { UsageError } from './usage-error';

export const RECONCILE_USAGE = `holdfast reconcile [--release --by NAME] [--older-than MINUTES]

Compares the stores in DATABASE_URL after one was restored from an older backup than the others. It lists what no
order owns, and what an order believes and a store does not have. The exit code is 1 when
a line is left for a person.
  --release             releases what no order owns; what a store has lost of a report becomes a task
  --by NAME             the person who releases: the events have the caller reconcile/NAME
  --older-than MINUTES  leaves alone orders that changed since (default 10)`;

const USUAL_SAFE_MINUTES = '10';

/**
 * Runs `holdfast reconcile` on the stores of the environment.
 * @returns the exit code: 1 when a line is left for a person
 * @throws UsageError, ready to print, when the arguments are invalid or a store does not answer
 */
export async function reconcile(args: readonly string[]): Promise<number> {
  const options = optionsOf(args);
  const urls = readStoreUrls();
  const stores = openStores(urls, 2);
  try {
    const { lines, left } = await reconcileStores(stores, options);
    for (const line of lines) console.log(line);
    if (lines.length === 0) console.log('The stores agree.');
    return left === 0 ? 0 : 1;
  } catch (error) {
    throw new UsageError(`the stores cannot be compared: ${failureText(error)}`);
  } finally {
    await stores.close();
  }
}

function optionsOf(args: readonly string[]) {
  const { release, by, 'older-than': minutes } = parse(args);
  if (!/^\d{1,6}$/.test(minutes)) throw new UsageError('--older-than must be a whole number of minutes');
  if (release !== (by !== undefined && by !== ''))
    throw new UsageError('--release and --by NAME go together: name the person who releases');
  return { safeMinutes: Number(minutes), releaseBy: by };
}

function parse(args: readonly string[]) {
  const options = {
    release: { type: 'boolean', default: false },
    by: { type: 'string' },
    'older-than': { type: 'string', default: USUAL_SAFE_MINUTES },
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(`${failureText(error)}\n${RECONCILE_USAGE}`);
  }
}
