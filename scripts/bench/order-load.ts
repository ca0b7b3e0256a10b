import { setTimeout as sleep } from 'node:timers/promises';
import type { Stores } from '../../src/stores/stores';
import type { BenchRow } from './bench-report';
import type { BenchServers } from './bench-servers';
import { closedLoop, type LoopResult } from './closed-loop';
import { withCosts } from './costs';
import { OrderCaller } from './order-caller';
import { memoryMbOf } from './process-cost';

const WARM_UP_SECONDS = 2;
const WARM_UP_CALLERS = 50;
const MEMORY_ORDERS = 20_000;
const MEMORY_ROUNDS = 2;
const MEMORY_CALLERS = 200;
const OVERLOAD = 20_000;
/** The number of sockets that a process may open under the usual limit of 20,000 on either side, two orders on each. */
const OVERLOAD_CONNECTIONS = 10_000;

/** Measures orders over HTTP by closed loops: waiting for the final state, and taking the 202. */
export async function measureOrders(
  servers: BenchServers,
  stores: Stores,
  inFlights: readonly number[],
  seconds: number,
): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const pids = { driver: process.pid, ...servers.pids };
  await warmUp(servers);
  for (const inFlight of inFlights) {
    const caller = new OrderCaller(servers.apiUrl, servers.adminKey, inFlight);
    await closedLoop(inFlight, WARM_UP_SECONDS, () => caller.order(true));
    const toFinal = () => closedLoop(inFlight, seconds, () => caller.order(true));
    rows.push(await withCosts('to the final state', pids, toFinal));
    rows.push(await withCosts('to the 202', pids, () => loopOfAccepted(caller, stores, inFlight, seconds)));
    await caller.close();
  }
  return rows;
}

/** Warms the server up: a fresh server runs uncompiled code, which a lone caller would mostly measure. */
async function warmUp({ apiUrl, adminKey }: BenchServers): Promise<void> {
  const caller = new OrderCaller(apiUrl, adminKey, WARM_UP_CALLERS);
  await closedLoop(WARM_UP_CALLERS, WARM_UP_SECONDS * 5, () => caller.order(true));
  await caller.close();
}

/** Measures until the last accepted order is final; otherwise the rate would count mere acceptances. */
async function loopOfAccepted(
  caller: OrderCaller,
  stores: Stores,
  inFlight: number,
  seconds: number,
): Promise<LoopResult> {
  const before = await countOrders(stores);
  let accepted = 0;
  const call = async () => {
    const answer = await caller.order(false);
    if (answer === 'PENDING') accepted += 1;
    return answer;
  };
  return closedLoop(inFlight, seconds, call, () => untilFinal(stores, before + accepted));
}

/**
 * Measures the memory of each process in MB under the same load, after each round of many orders: flat from the first
 * on.
 */
export async function measureMemory({ apiUrl, adminKey, pids }: BenchServers) {
  const residents = () => ({
    server: memoryMbOf(pids.server),
    temporal: memoryMbOf(pids.temporal),
    postgres: memoryMbOf(pids.postgres),
  });
  const caller = new OrderCaller(apiUrl, adminKey, MEMORY_CALLERS);
  const afterEachRound = [];
  for (let round = 0; round < MEMORY_ROUNDS; round++) {
    let left = MEMORY_ORDERS;
    const callInTurn = async () => {
      while (left-- > 0) await caller.order(true);
    };
    await Promise.all(Array.from({ length: MEMORY_CALLERS }, callInTurn));
    afterEachRound.push(residents());
  }
  await caller.close();
  return { ordersARound: MEMORY_ORDERS, afterEachRound };
}

/**
 * Sends far more orders at once than can queue: the server turns the excess away and brings every accepted order to a
 * final state.
 */
export async function measureOverload({ apiUrl, adminKey }: BenchServers, stores: Stores) {
  const caller = new OrderCaller(apiUrl, adminKey, OVERLOAD_CONNECTIONS, OVERLOAD / OVERLOAD_CONNECTIONS);
  const before = await countOrders(stores);
  const answers: Record<string, number> = {};
  const callOnce = async () => {
    // A cut connection is an answer too: the server acknowledged nothing on it.
    const answer = await caller
      .order(false)
      .catch((error: NodeJS.ErrnoException) => error.code ?? error.message);
    answers[answer] = (answers[answer] ?? 0) + 1;
  };
  await Promise.all(Array.from({ length: OVERLOAD }, callOnce));
  await caller.close();
  await untilFinal(stores, before + (answers.PENDING ?? 0));
  return { atOnce: OVERLOAD, answers, recordedAndFinal: (await countOrders(stores)) - before };
}

const LONGEST_WAIT_MS = 120_000;

/** Waits until this many orders exist and no command is open. */
async function untilFinal(stores: Stores, orders: number): Promise<void> {
  for (const deadline = Date.now() + LONGEST_WAIT_MS; Date.now() < deadline; await sleep(20)) {
    const open = await stores.commands.countOpen(1);
    if (open === 0 && (await countOrders(stores)) >= orders) return;
  }
  throw new Error(`orders were lost: ${await countOrders(stores)} of ${orders} are recorded`);
}

function countOrders(stores: Stores): Promise<number> {
  return stores.orders.client.order.count();
}
