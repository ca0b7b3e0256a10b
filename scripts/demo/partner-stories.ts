import type { DemoShop } from './demo-shop';
import { fault } from './party-faults';
import type { RunningHoldfast } from './running-holdfast';
import { ends, expect, type Story, type Told } from './story';

/** Faults the next booking only. */
const ONCE = { call: 'book', times: 1 };

async function partnerRefuses(shop: DemoShop, holdfast: RunningHoldfast): Promise<Told> {
  const sku = await shop.item('PENDANT', { 'wh-north': 1, 'wh-south': 2 });
  await shop.feed('lumen', { sku, nodeId: 'pa-lumen', count: 3 });
  const customer = await shop.customer('hopper', 100_000);
  await fault(holdfast, 'pa-lumen', { mode: 'refuse', reason: 'NOT_IN_STOCK', ...ONCE });
  const order = await shop.order(customer, sku, 3);
  const from = order.lines[0]?.sources.map(({ nodeId, quantity }) => `${quantity} at ${nodeId}`) ?? [];
  expect(order.status === 'APPROVED' && from.length === 2, ends(order));
  const { atp } = await shop.stock(sku);
  expect(atp === 0, `${atp} of it still counted as there`);
  return {
    order,
    lines: [
      'the partner alone had all 3, was asked first and said that it has none',
      `${ends(order)}: ${from.join(' and ')}`,
      'the supply of the partner counts as 0 until its next report',
    ],
  };
}

async function partnerUnheard(shop: DemoShop, holdfast: RunningHoldfast): Promise<Told> {
  const sku = await shop.item('SCONCE', {});
  await shop.feed('lumen', { sku, nodeId: 'pa-lumen', count: 3 });
  const customer = await shop.customer('lovelace', 100_000);
  await fault(holdfast, 'pa-lumen', { mode: 'timeout-after-done', ...ONCE });
  const order = await shop.order(customer, sku, 1);
  expect(order.status === 'APPROVED', ends(order));
  return {
    order,
    lines: [
      'the partner did what it was asked and never answered',
      `${ends(order)}: looked up under its key, found, and not asked for twice`,
    ],
  };
}

export const PARTNER_STORIES: readonly Story[] = [
  { title: 'A partner refuses and the order is re-sourced', tell: partnerRefuses },
  { title: 'A partner does it and does not answer', tell: partnerUnheard },
];
