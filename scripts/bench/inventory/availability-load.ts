import { setTimeout as sleep } from 'node:timers/promises';
import { BenchCaller } from '../bench-caller';
import type { BenchRow } from '../bench-report';
import type { BenchServers } from '../bench-servers';
import { closedLoop, openLoop } from '../closed-loop';
import { withCosts } from '../costs';
import { OrderCaller } from '../order-caller';
import { anyItem, countOf, PROBE, PROBE_NODE, SOURCE } from './inventory-data';

const IN_FLIGHT = 16;
const SECONDS = 10;
const WARM_UP_SECONDS = 5;
const SIZES = [1, 100];
const PROBES = 100;
const ORDERS_IN_FLIGHT = 50;
const POLL_MS = 5;

/** Measures requests for 1 and for 100 items, at full rate and at half that rate. */
export async function measureAvailability(servers: BenchServers): Promise<BenchRow[]> {
  const caller = new BenchCaller(servers.apiUrl, servers.adminKey, IN_FLIGHT * 4);
  const pids = { driver: process.pid, ...servers.pids };
  const rows: BenchRow[] = [];
  for (const size of SIZES) {
    const call = () => ask(caller, size);
    await closedLoop(IN_FLIGHT, WARM_UP_SECONDS, call);
    const peak = await withCosts(`${size} SKUs, peak`, pids, () => closedLoop(IN_FLIGHT, SECONDS, call));
    const half = peak.perSecond / 2;
    const atHalf = () => openLoop(half, SECONDS, call);
    rows.push(peak, await withCosts(`${size} SKUs, half the peak`, pids, atHalf));
  }
  await caller.close();
  return rows;
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
  let isOver = false;
  let placed = 0;
  const load = async () => {
    while (!isOver) {
      await orders.order(true);
      placed += 1;
    }
  };
  const begunAt = performance.now();
  const loads = Array.from({ length: ORDERS_IN_FLIGHT }, load);
  const delays: number[] = [];
  for (let probe = 0; probe < PROBES; probe++) delays.push(await delayOf(caller, probe));
  isOver = true;
  await Promise.all(loads);
  const ordersPerSecond = placed / ((performance.now() - begunAt) / 1_000);
  await Promise.all([orders.close(), caller.close()]);
  delays.sort((a, b) => a - b);
  const at = (share: number) => delays[Math.floor(delays.length * share)];
  return { probes: PROBES, ordersPerSecond, p50Ms: at(0.5), p99Ms: at(0.99), slowestMs: delays.at(-1) };
}

async function delayOf(caller: BenchCaller, probe: number): Promise<number> {
  const { section: _section, ...row } = countOf(PROBE, PROBE_NODE, 2 + probe, 1_000 + probe);
  await caller.post(`/v1/feeds/${SOURCE}`, JSON.stringify([row]));
  const committedAt = performance.now();
  for (;;) {
    const answer = await caller.get(`/v1/availability?sku=${PROBE}&region=north&explain=true`);
    const [item] = (answer as Shown).items;
    const shown = item?.nodes.find(({ nodeId }) => nodeId === PROBE_NODE)?.supply;
    if (shown === row.count) return performance.now() - committedAt;
    await sleep(POLL_MS);
  }
}

interface Shown {
  readonly items: readonly {
    readonly nodes: readonly { readonly nodeId: string; readonly supply: number | null }[];
  }[];
}
