import type { Stores } from '../../src/stores/stores';
import { CREDIT_LIMITS, countsOf, items, NODES, SOURCES } from '../../tools/local/demo-shop';

const CAUSE = { commandId: 'demo-data', caller: 'set-up', correlation: 'demo-data' };

/** Puts the demo shop straight into the stores, for tests that run no API. */
export async function stockStores(stores: Stores): Promise<void> {
  for (const node of NODES) await stores.inventorySetUp.setNode(node, CAUSE);
  for (const source of SOURCES) await stores.inventorySetUp.setSource(source, CAUSE);
  for (const item of items()) await stores.inventorySetUp.setItem(item, CAUSE);
  for (const [id, limit] of Object.entries(CREDIT_LIMITS))
    await stores.credit.setAccount(id, { currency: 'EUR', limit }, CAUSE);
  const observedAt = new Date().toISOString();
  for (const source of SOURCES) await stores.inventoryFeed.apply(source, countsOf(source, observedAt), CAUSE);
}
