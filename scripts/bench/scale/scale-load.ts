import type { Stores } from '../../../src/stores/stores';
import { type BenchRow, printRows, printTable } from '../bench-report';
import type { BenchServers } from '../bench-servers';
import { closedLoop } from '../closed-loop';
import { withCosts } from '../costs';
import { OrderCaller } from '../order-caller';
import { memoryMbOf } from '../process-cost';
import { OpenOrders } from './open-orders';
import { ScaleStock } from './scale-data';

const SECONDS = 10;
const WARM_UP_SECONDS = 10;
const IN_FLIGHT = [50, 500];
const STOCK_ROWS = [1_000, 10_000, 100_000, 1_000_000];
const OPEN_ORDERS = [10, 100, 1_000, 10_000];

interface Footprint {
  readonly 'stock rows': number;
  readonly 'server starts in s': string;
  readonly 'server MB': number;
  readonly 'PostgreSQL MB': number;
}

/**
 * Measures orders over HTTP as Holdfast grows: with a second process, with more open orders, and with more stock rows.
 * Each step is measured alone, with the one before it still in place.
 */
export async function measureScale(servers: BenchServers, stores: Stores, mostRows: number) {
  await loop(servers, [servers.apiUrl], 50, WARM_UP_SECONDS);
  const processes = await measureProcesses(servers);
  printRows('Orders over HTTP, by processes', processes);
  const open = await measureOpenOrders(servers);
  printRows('Orders that are placed and cancelled, beside open orders', open);
  const { stock, footprints } = await measureStockRows(servers, stores, mostRows);
  printRows('Orders over HTTP, by stock rows', stock);
  printTable('A server that starts, by stock rows', footprints);
  return { processes, open, stock, footprints };
}

async function measureProcesses(servers: BenchServers): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const inFlight of IN_FLIGHT) {
    rows.push(await measured(servers, 'one process', inFlight, [servers.apiUrl]));
    const second = await servers.startSecond();
    await loop(servers, [second.apiUrl], 50, WARM_UP_SECONDS);
    const both = [servers.apiUrl, second.apiUrl];
    rows.push(await measured(servers, 'two processes', inFlight, both));
    await second.stop();
  }
  return rows;
}

async function measureOpenOrders(servers: BenchServers): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const orders = new OpenOrders(servers);
  for (const count of OPEN_ORDERS) {
    await orders.openUntil(count);
    const pids = { driver: process.pid, ...servers.pids };
    const what = `${count.toLocaleString('en')} open orders`;
    rows.push(await withCosts(what, pids, () => closedLoop(50, SECONDS, () => orders.placeAndCancel())));
  }
  await orders.close();
  return rows;
}

async function measureStockRows(servers: BenchServers, stores: Stores, mostRows: number) {
  const stock: BenchRow[] = [];
  const footprints: Footprint[] = [];
  const range = new ScaleStock(stores);
  for (const rows of STOCK_ROWS.filter((count) => count <= mostRows)) {
    await range.growTo(rows);
    const order = () => range.order();
    await loop(servers, [servers.apiUrl], 50, WARM_UP_SECONDS, order);
    const what = `${rows.toLocaleString('en')} stock rows`;
    stock.push(await measured(servers, what, 50, [servers.apiUrl], order));
    footprints.push(await footprintAt(servers, rows));
  }
  return { stock, footprints };
}

/** Starts a second server on the same databases, and measures its start and its memory. */
async function footprintAt(servers: BenchServers, rows: number): Promise<Footprint> {
  const begunAt = performance.now();
  const second = await servers.startSecond();
  const seconds = (performance.now() - begunAt) / 1_000;
  await loop(servers, [second.apiUrl], 50, SECONDS);
  const footprint = {
    'stock rows': rows,
    'server starts in s': seconds.toFixed(1),
    'server MB': memoryMbOf(second.pid),
    'PostgreSQL MB': memoryMbOf(servers.pids.postgres),
  };
  await second.stop();
  return footprint;
}

/** Costs are of the first server, Temporal and PostgreSQL. */
function measured(
  servers: BenchServers,
  what: string,
  inFlight: number,
  apiUrls: readonly string[],
  content?: () => object,
): Promise<BenchRow> {
  const pids = { driver: process.pid, ...servers.pids };
  return withCosts(what, pids, () => loop(servers, apiUrls, inFlight, SECONDS, content));
}

/** Places orders in a closed loop, at each address in turn. */
async function loop(
  { adminKey }: BenchServers,
  apiUrls: readonly string[],
  inFlight: number,
  seconds: number,
  content?: () => object,
) {
  const callers = apiUrls.map((url) => new OrderCaller(url, adminKey, inFlight));
  let turn = 0;
  const result = await closedLoop(inFlight, seconds, async () => {
    const caller = callers[turn++ % callers.length];
    return (await caller?.order(true, content?.())) ?? 'no caller';
  });
  await Promise.all(callers.map((caller) => caller.close()));
  return result;
}
