import { fork } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchCaller } from '../bench-caller';
import type { BenchRow } from '../bench-report';
import type { BenchServers } from '../bench-servers';
import { messageOf } from '../child-message';
import { closedLoop, openLoop } from '../closed-loop';
import { withCosts } from '../costs';
import { OrderCaller } from '../order-caller';
import { anyItem, countOf, ITEMS, itemOf, PROBE, PROBE_NODE, SOURCE } from './inventory-data';

const IN_FLIGHT = 16;
const SECONDS = 10;
const WARM_UP_SECONDS = 5;
const SIZES = [1, 100];
/** The most that a request may ask for, and the time in which the memory loads as many. */
const ITEMS_A_REQUEST = 1_000;
const LOADED_WITHIN_MS = 1_000;
/** Half of what the database answered for 100 items at its peak. */
const FEW_PER_SECOND = 60;
/** The orders that arrive beside requests. */
const ORDERS_PER_SECOND = 100;
const PROBES = 100;
const ORDERS_IN_FLIGHT = 50;
const POLL_MS = 5;

/**
 * Measures requests for 1 and for 100 items at full rate, at half that rate, and at half that rate while orders arrive:
 * from the server that takes the orders, from an API process beside it, and from the database with all terms, as it once was.
 */
export async function measureAvailability(servers: BenchServers): Promise<BenchRow[]> {
  const [old, second] = [await startExplaining(servers), await servers.startSecond('api')];
  const rows = [
    ...(await measureAt('the server', servers.apiUrl, servers, servers.pids.server)),
    ...(await measureAt('an API process of its own', second.apiUrl, servers, second.pid)),
    ...(await measureAt('the database, with all terms', old.url, servers, old.pid)),
  ];
  await second.stop();
  old.stop();
  return rows;
}

async function startExplaining({ environment }: BenchServers) {
  const child = fork(path.join(__dirname, 'explaining-process.js'), [environment.DATABASE_URL ?? '']);
  const port = await messageOf<number>(child);
  return { url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, stop: () => child.disconnect() };
}

async function measureAt(
  who: string,
  url: string,
  servers: BenchServers,
  server: number,
): Promise<BenchRow[]> {
  const caller = new BenchCaller(url, servers.adminKey, IN_FLIGHT * 4);
  await askForAll(caller);
  const pids = { driver: process.pid, ...servers.pids, server };
  const rows: BenchRow[] = [];
  for (const size of SIZES) {
    const call = () => ask(caller, size);
    const named = (load: string) => `${size} SKUs from ${who}, ${load}`;
    await closedLoop(IN_FLIGHT, WARM_UP_SECONDS, call);
    const peak = await withCosts(named('peak'), pids, () => closedLoop(IN_FLIGHT, SECONDS, call));
    const atHalf = () => openLoop(peak.perSecond / 2, SECONDS, call);
    rows.push(peak, await withCosts(named('half the peak'), pids, atHalf));
    const few = () => openLoop(FEW_PER_SECOND, SECONDS, call);
    for (const [load, requests] of [
      ['half the peak beside orders', atHalf],
      [`${FEW_PER_SECOND} a second beside orders`, few],
    ] as const)
      rows.push(await besideOrders(servers, () => withCosts(named(load), pids, requests)));
  }
  await caller.close();
  return rows;
}

/** Asks for every item, until all are in memory where there is one. */
async function askForAll(caller: BenchCaller): Promise<void> {
  const skus = Array.from({ length: ITEMS }, (_, index) => itemOf(index));
  for (let from = 0; from < ITEMS; from += ITEMS_A_REQUEST) {
    const body = JSON.stringify({
      skus: skus.slice(from, from + ITEMS_A_REQUEST),
      region: 'north',
      channel: 'web',
    });
    await caller.post('/v1/availability', body);
    await sleep(LOADED_WITHIN_MS);
  }
}

async function besideOrders<T>(servers: BenchServers, measured: () => Promise<T>): Promise<T> {
  const orders = new OrderCaller(servers.apiUrl, servers.adminKey, ORDERS_IN_FLIGHT * 4);
  const arriving = openLoop(ORDERS_PER_SECOND, SECONDS + 2, () => orders.order(true));
  await sleep(1_000);
  const result = await measured();
  const { p50Ms, p99Ms } = await arriving;
  console.log(`orders meanwhile: p50 ${p50Ms.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms`);
  await orders.close();
  return result;
}

async function ask(caller: BenchCaller, size: number): Promise<string> {
  const skus = [...new Set(Array.from({ length: size }, anyItem))];
  const body = JSON.stringify({ skus, region: 'north', channel: 'web' });
  const { status, answer } = await caller.post('/v1/availability', body);
  const { items } = answer as { readonly items: readonly { readonly sellable: number }[] };
  return items.every(({ sellable }) => sellable > 0) ? String(status) : 'nothing to sell';
}

/** Measures how long availability takes to show a committed change while orders keep the machine busy. */
export async function measureFreshness(servers: BenchServers) {
  const orders = new OrderCaller(servers.apiUrl, servers.adminKey, ORDERS_IN_FLIGHT);
  const caller = new BenchCaller(servers.apiUrl, servers.adminKey, 4);
  const load = openLoop(ORDERS_PER_SECOND, SECONDS * 2, () => orders.order(true));
  const delays: number[] = [];
  for (let probe = 0; probe < PROBES; probe++) delays.push(await delayOf(caller, probe));
  const { perSecond: ordersPerSecond } = await load;
  await Promise.all([orders.close(), caller.close()]);
  delays.sort((a, b) => a - b);
  const at = (share: number) => delays[Math.floor(delays.length * share)];
  return { probes: PROBES, ordersPerSecond, p50Ms: at(0.5), p99Ms: at(0.99), slowestMs: delays.at(-1) };
}

/** Counts one unit more of an item that is at one node, and asks until availability shows it. */
async function delayOf(caller: BenchCaller, probe: number): Promise<number> {
  const { section: _section, ...row } = countOf(PROBE, PROBE_NODE, 2 + probe, 1_000 + probe);
  await caller.post(`/v1/feeds/${SOURCE}`, JSON.stringify([row]));
  const committedAt = performance.now();
  for (;;) {
    const answer = await caller.get(`/v1/availability?sku=${PROBE}&region=north`);
    const [item] = (answer as Shown).items;
    if (item?.atp === row.count) return performance.now() - committedAt;
    await sleep(POLL_MS);
  }
}

interface Shown {
  readonly items: readonly { readonly atp: number }[];
}
