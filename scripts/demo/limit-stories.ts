import type { DemoShop } from './demo-shop';
import { expect, type Story, type Told } from './story';

const BUYERS = 40;
const LIMIT = 5;
const HALF_AN_HOUR_MS = 30 * 60_000;

/** Sells an item in plenty until the sales cap of this half hour is reached. */
async function capReached(shop: DemoShop): Promise<Told> {
  const [sku, crowd] = [
    await shop.item('DROP', { 'wh-north': 1_000 }),
    await shop.customer('queue', 10_000_000),
  ];
  const path = { id: shop.named('drop') };
  const fromNow = (ms: number) => new Date(Date.now() + ms).toISOString();
  const [start, end] = [fromNow(-HALF_AN_HOUR_MS), fromNow(HALF_AN_HOUR_MS)];
  await shop.api.putSalesCap({ path, body: { skus: [sku], start, end, limit: LIMIT } });
  const orders = await Promise.all(Array.from({ length: BUYERS }, () => shop.order(crowd, sku, 1)));
  const winners = orders.filter(({ status }) => status === 'APPROVED');
  const capped = orders.filter(({ reason }) => reason === 'CAP_REACHED');
  const { used, left } = await shop.api.getSalesCap({ path });
  const { atp } = await shop.stock(sku);
  const isRight = winners.length === LIMIT && capped.length === BUYERS - LIMIT && used === LIMIT;
  expect(isRight, `${winners.length} approved, ${capped.length} refused, ${used} used`);
  return {
    order: capped[0],
    lines: [
      `${BUYERS} buyers, 1,000 in stock, ${LIMIT} to be sold in this window: ${winners.length} approved, ${capped.length} refused (CAP_REACHED)`,
      `the cap has ${left} left, and ${atp} stay in stock for the next window`,
    ],
  };
}

export const LIMIT_STORIES: readonly Story[] = [{ title: 'A cap is reached', tell: capReached }];
