import type { Cause } from '../../src/stores/log/event-log';
import type { Stores } from '../../src/stores/stores';

const AT_ONCE = 50;

/** Sets up items without backorders, limits or tags, some at once. */
export async function putItems(
  { inventorySetUp }: Stores,
  skus: readonly string[],
  cause: Cause,
): Promise<void> {
  const item = { backorder: { mode: 'none' }, perOrderMax: null, tags: [] } as const;
  for (let from = 0; from < skus.length; from += AT_ONCE)
    await Promise.all(
      skus
        .slice(from, from + AT_ONCE)
        .map((sku) => inventorySetUp.setItem({ sku, name: sku, ...item }, cause)),
    );
}
