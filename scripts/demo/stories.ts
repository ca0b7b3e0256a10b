import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { DemoShop } from './demo-shop';
import { FULFILMENT_STORIES } from './fulfilment-stories';
import { LIMIT_STORIES } from './limit-stories';
import { PARTNER_STORIES } from './partner-stories';
import type { RunningHoldfast } from './running-holdfast';
import { ends, expect, type Story, type Told } from './story';
import { SUPPLY_STORIES } from './supply-stories';
import { TRIP_STORIES } from './trip-stories';

async function approved(shop: DemoShop): Promise<Told> {
  const [sku, ada] = [await shop.item('MUG', { 'wh-north': 10 }), await shop.customer('ada', 100_000)];
  const order = await shop.order(ada, sku, 2);
  expect(order.status === 'APPROVED', ends(order));
  const { held, available } = await shop.credit(ada);
  const from = order.lines[0]?.sources.map(({ nodeId, quantity }) => `${quantity} at ${nodeId}`);
  return {
    order,
    lines: [ends(order), `stock committed: ${from}`, `credit held ${held}, still available ${available}`],
  };
}

async function split(shop: DemoShop): Promise<Told> {
  const sku = await shop.item('CHAIR', { 'wh-north': 3, 'wh-south': 3 });
  const order = await shop.order(await shop.customer('grace', 100_000), sku, 5);
  const sources = order.lines[0]?.sources ?? [];
  expect(order.status === 'APPROVED' && sources.length === 2, ends(order));
  const from = sources.map(({ nodeId, quantity }) => `${quantity} at ${nodeId}`);
  return {
    order,
    lines: [ends(order), `neither warehouse has 5: ${from.join(' and ')}, its own region first`],
  };
}

async function outOfStock(shop: DemoShop): Promise<Told> {
  const [sku, linus] = [await shop.item('LAMP', { 'wh-north': 2 }), await shop.customer('linus', 100_000)];
  const order = await shop.order(linus, sku, 3);
  const [stock, credit] = [await shop.stock(sku), await shop.credit(linus)];
  const taken = stock.nodes.reduce((sum, { held, committed }) => sum + held + committed, 0);
  expect(order.reason === 'OUT_OF_STOCK' && taken === 0 && credit.held === 0, ends(order));
  const lines = [ends(order), `its credit hold was undone (compensation: ${order.compensation})`];
  return { order, lines: [...lines, `nothing stays held: stock ${taken}, credit ${credit.held}`] };
}

async function creditExceeded(shop: DemoShop): Promise<Told> {
  const [sku, short] = [await shop.item('TABLE', { 'wh-north': 5 }), await shop.customer('short', 1_500)];
  const order = await shop.order(short, sku, 2);
  const [stock, credit] = [await shop.stock(sku), await shop.credit(short)];
  const taken = stock.nodes.reduce((sum, { held, committed }) => sum + held + committed, 0);
  expect(order.reason === 'CREDIT_LIMIT_EXCEEDED' && taken === 0 && credit.held === 0, ends(order));
  return { order, lines: [ends(order), `nothing stays held: stock ${taken}, credit ${credit.held}`] };
}

async function twoHundredBuyers(shop: DemoShop): Promise<Told> {
  const [sku, crowd] = [await shop.item('RUG', { 'wh-north': 10 }), await shop.customer('crowd', 10_000_000)];
  const orders = await Promise.all(Array.from({ length: 200 }, () => shop.order(crowd, sku, 1)));
  const winners = orders.filter(({ status }) => status === 'APPROVED');
  const losers = orders.filter(({ reason }) => reason === 'OUT_OF_STOCK');
  expect(
    winners.length === 10 && losers.length === 190,
    `${winners.length} approved, ${losers.length} out of stock`,
  );
  const { atp } = await shop.stock(sku);
  return {
    order: winners[0],
    lines: [`200 buyers, 10 units: ${winners.length} approved, ${losers.length} refused, ${atp} left`],
  };
}

/** Damages one item's stock row, as a bug or a bad migration might, and repairs it afterwards. */
async function poisonOrder(shop: DemoShop, { databaseUrl }: RunningHoldfast): Promise<Told> {
  const good = await shop.item('VASE', { 'wh-north': 1_000 });
  const poison = await shop.item('POISON', { 'wh-north': 1_000 });
  const crowd = await shop.customer('set', 100_000_000);
  const database = new Client({ connectionString: databaseUrl });
  await database.connect();
  try {
    await database.query(`CREATE TEMP TABLE sound AS SELECT * FROM inventory.stock WHERE sku = $1`, [poison]);
    await database.query(`UPDATE inventory.stock SET supplies = '{"damaged": true}' WHERE sku = $1`, [
      poison,
    ]);
    const skus = Array.from({ length: 101 }, (_, index) => (index === 50 ? poison : good));
    const orders = await Promise.all(skus.map((sku) => shop.order(crowd, sku, 1)));
    const fine = orders.filter(({ status }) => status === 'APPROVED').length;
    const bad = orders[50];
    expect(
      fine === 100 && bad?.reason === 'PROCESSING_FAILED',
      `${fine} approved, the poison one ${bad?.status}`,
    );
    const lines = [`100 good orders and one whose stock row cannot be read: ${fine} approved`];
    return {
      order: bad,
      lines: bad ? [...lines, `the poison one: ${ends(bad)}, everything of it undone`] : lines,
    };
  } finally {
    await database.query(
      `UPDATE inventory.stock s SET supplies = sound.supplies FROM sound WHERE s.sku = sound.sku`,
    );
    await database.end();
  }
}

/** Locks the customer's account so that the saga stops between two steps, and kills the worker there. */
async function killedWorker(shop: DemoShop, holdfast: RunningHoldfast): Promise<Told> {
  const [sku, ada] = [await shop.item('CLOCK', { 'wh-north': 10 }), await shop.customer('survivor', 100_000)];
  const database = new Client({ connectionString: holdfast.databaseUrl });
  await database.connect();
  let id: string;
  try {
    await database.query('BEGIN');
    await database.query('SELECT 1 FROM credit.account WHERE customer_id = $1 FOR UPDATE', [ada]);
    id = await shop.placed(ada, sku, 1);
    const isRecorded = 'SELECT 1 FROM orders."order" WHERE id = $1';
    while ((await database.query(isRecorded, [id])).rowCount === 0) await sleep(20);
    holdfast.killServer();
    await database.query('ROLLBACK');
  } finally {
    await database.end();
  }
  const killedAt = Date.now();
  await holdfast.untilReady();
  let order = await shop.found(id);
  while (order?.status !== 'APPROVED' && Date.now() < killedAt + 60_000) {
    await sleep(100);
    order = await shop.found(id);
  }
  expect(order?.status === 'APPROVED', `order ${id} is ${order?.status}`);
  const seconds = ((Date.now() - killedAt) / 1_000).toFixed(1);
  const { held } = await shop.credit(ada);
  const lines = ['kill -9 of the worker between recording the order and holding its credit'];
  return {
    order,
    lines: [
      ...lines,
      `a new worker finished the saga ${seconds} s later: APPROVED, credit held once (${held})`,
    ],
  };
}

export const STORIES: readonly Story[] = [
  { title: 'An order is approved', tell: approved },
  { title: 'An order is split over two nodes', tell: split },
  { title: 'An order is out of stock', tell: outOfStock },
  { title: 'An order exceeds its credit', tell: creditExceeded },
  { title: '200 buyers, 10 units', tell: twoHundredBuyers },
  { title: 'One poison order among a hundred', tell: poisonOrder },
  ...FULFILMENT_STORIES,
  ...LIMIT_STORIES,
  ...SUPPLY_STORIES,
  ...PARTNER_STORIES,
  ...TRIP_STORIES,
  { title: 'A worker is killed in the middle of a saga', tell: killedWorker },
];
