import { databaseTrouble } from './database-errors';

/** An item of a batch that cannot be processed, and its error. */
export interface Fault<Item> {
  readonly item: Item;
  readonly error: unknown;
}

/**
 * Runs a batch as one transaction. When it fails with a fault, it is halved until the failing items are alone; the
 * other items are processed.
 * @returns the failing items with their errors
 * @throws a conflict, a timeout or an outage unchanged: no item causes these
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
