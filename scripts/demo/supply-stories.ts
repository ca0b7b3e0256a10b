import type { DemoShop } from './demo-shop';
import { ends, expect, type Story, type Told, until } from './story';

const TTL_SECONDS = 2;

/** Stops selling a silent partner's stock and sells it again after the partner's next feed. */
async function stalePartner(shop: DemoShop): Promise<Told> {
  const sku = await shop.item('LANTERN', {});
  const nodeId = shop.named('partner');
  await shop.call('PUT', `/v1/nodes/${nodeId}`, {
    name: 'A partner that falls silent',
    kind: 'partner',
    region: 'west',
    feedTtlSeconds: TTL_SECONDS,
  });
  const source = { name: 'Its feed', basis: 'available', nodes: [nodeId] };
  await shop.call('PUT', `/v1/sources/${nodeId}`, source);
  await shop.feed(nodeId, { sku, nodeId, count: 8 });
  const first = await untilSellable(shop, sku, 8);
  const silent = await untilSellable(shop, sku, 0);
  const [excluded] = silent.excluded;
  expect(excluded?.reason === 'EXPIRED', `${nodeId} is excluded because of ${excluded?.reason}`);
  await shop.feed(nodeId, { sku, nodeId, count: 7 });
  const again = await untilSellable(shop, sku, 7);
  return {
    order: undefined,
    lines: [
      `${first.sellable} to sell while its feed is fresh`,
      `${silent.sellable} after ${TTL_SECONDS} s of silence: ${excluded?.nodeId} is ${excluded?.reason}`,
      `${again.sellable} with its next message`,
    ],
  };
}

/** Sells an item before it is in stock: the first backorder in the queue gets the next delivery. */
async function backorderFilled(shop: DemoShop): Promise<Told> {
  const sku = await shop.item('STOVE', { 'wh-north': 1 });
  const backorder = { mode: 'limited', limit: 5, promiseDate: '2027-01-15' };
  await shop.call('PUT', `/v1/items/${sku}`, { name: 'Demo STOVE', backorder });
  const customer = await shop.customer('patient', 100_000);
  const order = await shop.order(customer, sku, 3);
  const waiting = order.lines[0]?.backordered;
  expect(order.status === 'BACKORDERED' && waiting?.quantity === 2, ends(order));
  await shop.feed('wms', { sku, nodeId: 'wh-north', count: 4 });
  const filled = await until(
    () => shop.found(order.id),
    (found) => found?.status === 'APPROVED',
    (found) => `order ${order.id} is still ${found?.status}`,
  );
  const { atp } = await shop.stock(sku);
  return {
    order: filled,
    lines: [
      `1 there, 3 ordered: ${order.status}, ${waiting?.quantity} promised for ${waiting?.promiseDate}`,
      `the next delivery brings it to ${filled?.status}; ${atp} left for everybody else`,
    ],
  };
}

function untilSellable(shop: DemoShop, sku: string, units: number) {
  return until(
    () => shop.availability(sku),
    ({ sellable }) => sellable === units,
    ({ sellable }) => `${sellable} of ${sku} can be sold`,
  );
}

export const SUPPLY_STORIES: readonly Story[] = [
  { title: 'A partner goes stale, and its stock vanishes from sale', tell: stalePartner },
  { title: 'A backorder is filled by the next delivery', tell: backorderFilled },
];
