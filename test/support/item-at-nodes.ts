import { randomId } from './new-commands';
import type { SagaFixture } from './saga-fixture';

/** Creates an item at some nodes, and a customer of the same name with plenty of credit. Returns the SKU. */
export async function itemAtNodes(
  fixture: Pick<SagaFixture, 'context'>,
  units: Readonly<Record<string, number>>,
  mode: 'none' | 'unlimited' = 'none',
): Promise<string> {
  const sku = `ITEM-${randomId().slice(0, 6)}`;
  const { inventorySetUp, credit } = fixture.context.stores;
  const cause = { commandId: sku, caller: 'set-up', correlation: sku };
  await inventorySetUp.setItem({ sku, name: sku, backorder: { mode }, perOrderMax: null, tags: [] }, cause);
  await credit.setAccount(sku, { currency: 'EUR', limit: 10_000 }, cause);
  await counted(fixture, sku, units);
  return sku;
}

/** Reports the warehouses' counts of an item; the count with the newest sequence applies. */
export async function counted(
  { context }: Pick<SagaFixture, 'context'>,
  sku: string,
  units: Readonly<Record<string, number>>,
  sequence = 1,
): Promise<void> {
  const { inventorySetUp, inventoryFeed } = context.stores;
  const source = await inventorySetUp.source('wms');
  if (!source) throw new Error('no source');
  const observedAt = new Date().toISOString();
  const rows = Object.entries(units).map(([nodeId, count]) => ({
    messageId: `${sku}/${nodeId}/${sequence}`,
    sku,
    nodeId,
    section: null,
    sequence,
    count,
    observedAt,
  }));
  await inventoryFeed.apply(source, rows, { commandId: sku, caller: 'set-up', correlation: sku });
}
