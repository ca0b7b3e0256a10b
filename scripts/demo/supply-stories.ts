import type { DemoShop } from './demo-shop';
import { ends, expect, type Story, type Told, until } from './story';

const TTL_SECONDS = 2;

/** Stops selling a silent partner's stock and sells it again after the partner's next feed. */
async function stalePartner(shop: DemoShop): Promise<Told> {
  const sku = await shop.item('LANTERN', {});
  const nodeId = shop.named('partner');
  await shop.api.putNode({
    path: { id: nodeId },
    body: {
      name: 'A partner that falls silent',
      kind: 'partner',
      region: 'west',
      feedTtlSeconds: TTL_SECONDS,
    },
  });
  await shop.api.putSource({
    path: { id: nodeId },
    body: { name: 'Its feed', basis: 'available', nodes: [nodeId] },
  });
  await shop.feed(nodeId, { sku, nodeId, count: 8 });
  const first = await untilSellable(shop, sku, 8);
  const silent = await untilSellable(shop, sku, 0);
  const [excluded] = silent.excluded ?? [];
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
  const backorder = { mode: 'limited', limit: 5, promiseDate: '2027-01-15' } as const;
  await shop.api.putItem({ path: { sku }, body: { name: 'Demo STOVE', backorder } });
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

/**
 * The first entry of the queue cannot use the stock that is there: the next one is filled, and the first keeps its
 * place.
 */
async function queuePassesOver(shop: DemoShop): Promise<Told> {
  const sku = await shop.item('KAYAK', { 'wh-north': 0 });
  await shop.api.putItem({ path: { sku }, body: { name: 'Demo KAYAK', backorder: { mode: 'unlimited' } } });
  const customer = await shop.customer('waiting', 100_000);
  const first = await shop.order(customer, sku, 2, { region: 'south' });
  const second = await shop.order(customer, sku, 3);
  await shop.api.putEligibilityRule({
    path: { id: shop.named('far') },
    body: { deny: { sku, nodeId: 'wh-north', region: 'south' }, reason: 'TOO_LONG_FOR_THE_VAN' },
  });
  await shop.feed('wms', { sku, nodeId: 'wh-north', count: 4 });
  const served = await until(
    () => shop.found(second.id),
    (found) => found?.status === 'APPROVED',
    (found) => `order ${second.id} is still ${found?.status}`,
  );
  const passedOver = await shop.found(first.id);
  const { atp } = await shop.stock(sku);
  expect(
    passedOver?.status === 'BACKORDERED' && atp === 1,
    `${atp} left; order ${first.id} is ${passedOver?.status}`,
  );
  return {
    order: served,
    lines: [
      'two orders wait; a rule denies the first one the warehouse that gets four units',
      `the second is ${served?.status}, the first is still ${passedOver?.status}, and ${atp} is left for others`,
    ],
  };
}

/** Imports items from CSV: a wrong row is named, and stops none of the others. */
async function imported(shop: DemoShop): Promise<Told> {
  const [good, bad] = [shop.named('CSV-1'), shop.named('CSV-2')];
  const csv = `sku,name,perOrderMax\n${good},"A kettle, green",2\n${bad},A kettle,none\n`;
  const { applied, rejected, results } = await shop.api.importItems({ body: csv });
  expect(applied === 1 && rejected === 1, JSON.stringify(results));
  await shop.feed('wms', { sku: good, nodeId: 'wh-north', count: 5 });
  const order = await shop.order(await shop.customer('importer', 100_000), good, 2);
  expect(order.status === 'APPROVED', ends(order));
  return {
    order,
    lines: [
      `of two rows one is an item now; row ${results[1]?.row} is not: ${results[1]?.reason}`,
      `the imported item can be counted and sold: ${ends(order)}`,
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
  { title: 'The queue passes over an order that cannot have what is there', tell: queuePassesOver },
  { title: 'Items are imported from a file', tell: imported },
];
