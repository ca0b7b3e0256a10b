import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { BROKER_KINDS } from '../tools/brokers/broker-kinds';
import { BROKERS, type BrokerName } from '../tools/brokers/broker-programs';
import { LocalBroker } from '../tools/brokers/local-broker';
import { freeLocalPorts } from '../tools/local/free-local-ports';
import { BrokerFollower } from './broker-loss/broker-follower';
import { READERS } from './broker-loss/broker-readers';
import { DemoShop } from './demo/demo-shop';
import { findOrStart, type RunningHoldfast } from './demo/running-holdfast';

const TRAFFIC_MS = 30_000;
const WIPED_AFTER_MS = 10_000;
const DOWN_MS = 2_000;
const CATCH_UP_MS = 60_000;
const LOOK_EVERY_MS = 500;

/**
 * `npm run drill:broker-loss -- nats`: runs a Holdfast of its own that publishes to a broker, deletes the broker's data in
 * the middle of traffic, and checks that a follower of the broker ends with the stock of Holdfast, each event applied once.
 * @returns the exit code: 0 when both are equal
 */
async function main(): Promise<number> {
  const name = BROKERS.find((one) => one === (process.argv[2] ?? 'nats'));
  if (!name) throw new Error(`usage: npm run drill:broker-loss -- [${BROKERS.join(' | ')}]`);
  const data = mkdtempSync(path.join(tmpdir(), 'holdfast-broker-loss-'));
  const broker = await LocalBroker.start(BROKER_KINDS[name]);
  Object.assign(process.env, await freeLocalPorts(), { HOLDFAST_DATA: data, HOLDFAST_CHANNELS: broker.url });
  const holdfast = await findOrStart(console.log);
  try {
    return await drill(name, broker, holdfast);
  } finally {
    await holdfast.leave();
    await broker.remove();
    rmSync(data, { recursive: true, force: true });
  }
}

async function drill(name: BrokerName, broker: LocalBroker, holdfast: RunningHoldfast): Promise<number> {
  const shop = new DemoShop(holdfast);
  const follower = new BrokerFollower(shop, () => READERS[name](broker.url));
  const isOver = { traffic: false, following: false };
  const following = (async () => {
    while (!isOver.following) {
      await follower.look();
      await sleep(LOOK_EVERY_MS);
    }
  })();
  const traffic = trade(shop, () => isOver.traffic);
  await sleep(WIPED_AFTER_MS);
  const before = (await READERS[name](broker.url)).length;
  await broker.wipe();
  console.log(`${name}: its data folder was deleted after ${before} messages, in the middle of traffic`);
  await sleep(DOWN_MS);
  await broker.start();
  await sleep(TRAFFIC_MS - WIPED_AFTER_MS - DOWN_MS);
  isOver.traffic = true;
  const orders = await traffic;
  const giveUpAt = Date.now() + CATCH_UP_MS;
  while (!(await isEqual(shop, follower)) && Date.now() < giveUpAt) await sleep(LOOK_EVERY_MS);
  isOver.following = true;
  await following;
  const [logged, after] = [await loggedEvents(shop), (await READERS[name](broker.url)).length];
  const { applied, known } = follower.taken;
  const right = (await isEqual(shop, follower)) && follower.applied === logged;
  console.log(`${orders} orders; ${after} messages on the broker after the loss`);
  console.log(
    `the follower: ${follower.applied} of ${logged} events applied, ${applied} as they came, ` +
      `${follower.applied - applied} fetched, ${known} messages known already`,
  );
  console.log(
    right ? 'its stock equals that of Holdfast' : 'FAILED: its stock differs, or an event is missing',
  );
  return right ? 0 : 1;
}

/** Places orders and counts until it is over. Returns the number of orders. */
async function trade(shop: DemoShop, isOver: () => boolean): Promise<number> {
  const sku = await shop.item('BROKER', { 'wh-north': 1_000, 'wh-south': 1_000 });
  const customer = await shop.customer('follower', 100_000_000);
  let orders = 0;
  while (!isOver()) {
    await Promise.all(Array.from({ length: 5 }, () => shop.order(customer, sku, 1)));
    await shop.feed('wms', { sku, nodeId: 'wh-north', count: 1_000 + orders });
    orders += 5;
  }
  return orders;
}

async function isEqual({ api }: DemoShop, { copy }: BrokerFollower): Promise<boolean> {
  for await (const { key, state } of api.latestStock({ follow: false })) {
    if (key.kind !== 'stock') continue;
    const own = JSON.parse(JSON.stringify(copy.at(key.sku, key.nodeId) ?? null));
    if (!isDeepStrictEqual(own, state)) return false;
  }
  return true;
}

async function loggedEvents({ api }: DemoShop): Promise<number> {
  let count = 0;
  for await (const _ of api.events({ types: ['inventory.*'], follow: false })) count += 1;
  return count;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
