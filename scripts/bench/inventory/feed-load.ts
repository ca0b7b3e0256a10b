import { BenchCaller } from '../bench-caller';
import type { BenchServers } from '../bench-servers';
import { memoryMbOf } from '../process-cost';
import { feedOf } from './inventory-data';

const ROWS = 1_000_000;
const ROWS_A_CALL = 10_000;
/** A source sends one call after the other; two sources at once keep both cores busy. */
const AT_ONCE = 2;
/** The heap grows until its first major collection; after that it has to stay flat. */
const WARM_UP_CALLS = 10;

/**
 * Sends a million rows of counts in calls of ten thousand and measures the memory of every process before and after.
 */
export async function measureFeeds(servers: BenchServers) {
  const caller = new BenchCaller(servers.apiUrl, servers.adminKey, AT_ONCE);
  const { pids } = servers;
  const residents = () => ({
    server: memoryMbOf(pids.server),
    temporal: memoryMbOf(pids.temporal),
    postgres: memoryMbOf(pids.postgres),
  });
  let call = 0;
  const send = async (until: number) => {
    while (call < until) await feed(caller, call++);
  };
  const both = (until: number) => Promise.all(Array.from({ length: AT_ONCE }, () => send(until)));
  await both(WARM_UP_CALLS);
  const before = residents();
  const begunAt = performance.now();
  await both(WARM_UP_CALLS + ROWS / ROWS_A_CALL);
  const rowsPerSecond = Math.round(ROWS / ((performance.now() - begunAt) / 1_000));
  const after = residents();
  await caller.close();
  return { rows: ROWS, rowsPerSecond, memoryMb: { before, after } };
}

async function feed(caller: BenchCaller, call: number): Promise<void> {
  const headers = { 'content-type': 'application/x-ndjson' };
  const { status, answer } = await caller.post('/v1/feeds/range', feedOf(call, ROWS_A_CALL), headers);
  const { applied } = answer as { readonly applied?: number };
  if (applied !== ROWS_A_CALL) throw new Error(`call ${call}: ${status}, ${applied} rows applied`);
}
