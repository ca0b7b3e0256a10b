import type { SagaFixture } from './saga-fixture';
import { randomId } from './saga-orders';

/** An item of its own at some nodes, and a customer of the same name with plenty of credit. */
export async function itemAtNodes(
  { context }: Pick<SagaFixture, 'context'>,
  units: Readonly<Record<string, number>>,
  mode: 'none' | 'unlimited' = 'none',
): Promise<string> {
  const sku = `ITEM-${randomId().slice(0, 6)}`;
  const { inventorySetUp, inventoryFeed, credit } = context.stores;
  const cause = { commandId: sku, correlation: sku };
  await inventorySetUp.setItem({ sku, name: sku, backorder: { mode }, perOrderMax: null }, cause);
  await credit.setAccount(sku, { currency: 'EUR', limit: 10_000 }, cause);
  const source = await inventorySetUp.source('wms');
  if (!source) throw new Error('no source');
  const observedAt = new Date().toISOString();
  const rows = Object.entries(units).map(([nodeId, count]) => ({
    messageId: `${sku}/${nodeId}`,
    sku,
    nodeId,
    section: null,
    sequence: 1,
    count,
    observedAt,
  }));
  await inventoryFeed.apply(source, rows, cause);
  return sku;
}
