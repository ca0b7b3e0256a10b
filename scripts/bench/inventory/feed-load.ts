import { BenchCaller } from '../bench-caller';
import type { BenchServers } from '../bench-servers';
import { type LoopResult, openLoop } from '../closed-loop';
import { OrderCaller } from '../order-caller';
import { cpuMsOf, memoryMbOf } from '../process-cost';
import { MIXES, RangeFeed, rangeOrder } from './inventory-data';

const ROWS = 1_000_000;
const ROWS_A_CALL = 10_000;
/** A source sends one call after the other; two sources at once keep both cores busy. */
const AT_ONCE = 2;
/** The heap grows until its first major collection; after that it has to stay flat. */
const WARM_UP_ROWS = 100_000;
/** The orders beside a feed: few enough to be answered at once on an idle machine. */
const ORDERS_PER_SECOND = 20;
const ORDERS_SECONDS = 30;
const ORDER_CONNECTIONS = 100;

/**
 * Sends a million rows of counts in calls of ten thousand, in each mix, and measures their CPU and the memory of every
 * process. Then measures orders for the same items, alone and while rows stream in.
 */
export async function measureFeeds(servers: BenchServers) {
  const caller = new BenchCaller(servers.apiUrl, servers.adminKey, AT_ONCE);
  const feed = new RangeFeed();
  const mixes: Record<string, unknown> = {};
  for (const [mix, changing] of Object.entries(MIXES)) {
    const send = () => sendCall(caller, feed, changing);
    await sendRows(WARM_UP_ROWS, send);
    mixes[mix] = await withMemory(servers, () => withCpu(servers, () => sendRows(ROWS, send)));
    console.log(`feed, ${mix}: ${JSON.stringify(mixes[mix])}`);
  }
  const orders = await measureOrdersBeside(servers, () =>
    sendCall(caller, feed, MIXES['nine rows in ten repeat']),
  );
  await caller.close();
  return { rows: ROWS, mixes, orders };
}

/** Measures orders for items of the range, first alone, then while a source sends one call after the other. */
async function measureOrdersBeside(servers: BenchServers, send: () => Promise<void>) {
  const orders = new OrderCaller(servers.apiUrl, servers.adminKey, ORDER_CONNECTIONS);
  const place = () => openLoop(ORDERS_PER_SECOND, ORDERS_SECONDS, () => orders.order(true, rangeOrder()));
  await place();
  const alone = await place();
  const streaming = new AbortController();
  let calls = 0;
  const stream = async () => {
    for (; !streaming.signal.aborted; calls++) await send();
  };
  const sending = stream();
  const beside = await place();
  streaming.abort();
  await sending;
  await orders.close();
  return { alone: shown(alone), beside: shown(beside), rowsBeside: calls * ROWS_A_CALL };
}

function shown({ perSecond, p50Ms, p99Ms, answers }: LoopResult) {
  return { perSecond, p50Ms, p99Ms, answers };
}

async function sendRows(rows: number, send: () => Promise<void>): Promise<void> {
  let left = rows / ROWS_A_CALL;
  const source = async () => {
    while (left-- > 0) await send();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, source));
}

async function sendCall(caller: BenchCaller, feed: RangeFeed, changing: number): Promise<void> {
  const headers = { 'content-type': 'application/x-ndjson' };
  const { status, answer } = await caller.post('/v1/feeds/range', feed.body(ROWS_A_CALL, changing), headers);
  const { applied } = answer as { readonly applied?: number };
  if (applied !== ROWS_A_CALL) throw new Error(`a call of the feed: ${status}, ${applied} rows applied`);
}

/** Measures the rows a second, and the CPU-microseconds a row of every process, the caller's included. */
async function withCpu({ pids }: BenchServers, send: () => Promise<void>) {
  const cpu = () => {
    const { user, system } = process.cpuUsage();
    return { driver: (user + system) / 1_000, ...mapped(pids, cpuMsOf) };
  };
  const before = cpu();
  const begunAt = performance.now();
  await send();
  const seconds = (performance.now() - begunAt) / 1_000;
  const after = cpu();
  const cpuMicrosARow = mapped(after, (ms, who) => Math.round(((ms - before[who]) * 1_000) / ROWS));
  const all = Object.values(cpuMicrosARow).reduce((sum, micros) => sum + micros, 0);
  return { rowsPerSecond: Math.round(ROWS / seconds), cpuMicrosARow: { ...cpuMicrosARow, all } };
}

async function withMemory<T extends object>({ pids }: BenchServers, work: () => Promise<T>) {
  const before = mapped(pids, memoryMbOf);
  const result = await work();
  return { ...result, memoryMb: { before, after: mapped(pids, memoryMbOf) } };
}

function mapped<K extends string>(
  figures: Readonly<Record<K, number>>,
  change: (figure: number, of: K) => number,
) {
  const entries = (Object.entries(figures) as [K, number][]).map(([key, figure]) => [
    key,
    change(figure, key),
  ]);
  return Object.fromEntries(entries) as Record<K, number>;
}
