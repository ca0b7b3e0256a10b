import { randomUUID } from 'node:crypto';
import { BenchCaller } from '../bench-caller';
import type { BenchRow } from '../bench-report';
import type { BenchServers } from '../bench-servers';
import { closedLoop } from '../closed-loop';
import { withCosts } from '../costs';
import { bareStatements } from './bare-reservations';
import { anyItem, HOT } from './inventory-data';

const IN_FLIGHT = 500;
const SECONDS = 10;
const WARM_UP_SECONDS = 5;
/** Longer than a measurement, so that no hold expires meanwhile. */
const TTL_SECONDS = 3_600;

const SHELVES = [
  { what: 'one SKU', sku: () => HOT },
  { what: '10,000 SKUs', sku: anyItem },
] as const;

/** Measures holds for carts, from one and from two server processes. */
export async function measureReservations(servers: BenchServers): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const shelf of SHELVES) {
    await measure(servers, [servers.apiUrl], shelf, WARM_UP_SECONDS);
    rows.push(await measure(servers, [servers.apiUrl], shelf, SECONDS));
  }
  const second = await servers.startSecond();
  for (const shelf of SHELVES) {
    await measure(servers, [servers.apiUrl, second.apiUrl], shelf, WARM_UP_SECONDS);
    rows.push(await measure(servers, [servers.apiUrl, second.apiUrl], shelf, SECONDS));
  }
  await second.stop();
  return [...rows, ...(await bareStatements(servers, IN_FLIGHT, SECONDS))];
}

async function measure(
  servers: BenchServers,
  apiUrls: readonly string[],
  { what, sku }: (typeof SHELVES)[number],
  seconds: number,
): Promise<BenchRow> {
  const callers = apiUrls.map((url) => new BenchCaller(url, servers.adminKey, IN_FLIGHT / apiUrls.length));
  let turn = 0;
  const call = async () => {
    const caller = callers[turn++ % callers.length];
    return caller ? reserve(caller, sku()) : '';
  };
  const processes = apiUrls.length === 1 ? 'one process' : `${apiUrls.length} processes`;
  const pids = { driver: process.pid, ...servers.pids };
  const row = await withCosts(`${what}, ${processes}`, pids, () => closedLoop(IN_FLIGHT, seconds, call));
  await Promise.all(callers.map((caller) => caller.close()));
  return row;
}

async function reserve(caller: BenchCaller, sku: string): Promise<string> {
  const body = { lines: [{ sku, quantity: 1 }], shipTo: { region: 'north' }, ttlSeconds: TTL_SECONDS };
  const headers = { 'idempotency-key': randomUUID() };
  const { status } = await caller.post('/v1/reservations', JSON.stringify(body), headers);
  return String(status);
}
