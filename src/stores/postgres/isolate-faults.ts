import { databaseTrouble } from './database-errors';

/** An item of a batch that cannot be processed, and why. */
export interface Fault<Item> {
  readonly item: Item;
  readonly error: unknown;
}

/**
 * Runs a batch as one transaction. A batch that fails on its data is halved down to the items that it fails for: the
 * others are processed, and the faults are returned.
 * @throws the error as it is where a server is down or busy: no item is to blame for that
 */
export async function isolateFaults<Item>(
  items: readonly Item[],
  run: (items: readonly Item[]) => Promise<unknown>,
): Promise<readonly Fault<Item>[]> {
  const [first] = items;
  if (first === undefined) return [];
  try {
    await run(items);
    return [];
  } catch (error) {
    if (databaseTrouble(error) !== 'fault') throw error;
    if (items.length === 1) return [{ item: first, error }];
  }
  const half = Math.ceil(items.length / 2);
  const before = await isolateFaults(items.slice(0, half), run);
  return [...before, ...(await isolateFaults(items.slice(half), run))];
}
