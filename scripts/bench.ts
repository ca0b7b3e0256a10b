import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { auditBooks } from '../src/stores/audit';
import { openStores, type Stores } from '../src/stores/stores';
import { loadBenchData } from './bench/bench-data';
import { type BenchRow, type Costs, printRows, saveResults } from './bench/bench-report';
import { type BenchServers, forkYardsticks, startBenchServers } from './bench/bench-servers';
import { closedLoop, type LoopResult } from './bench/closed-loop';
import { OrderCaller } from './bench/order-caller';
import { costOf } from './bench/process-cost';
import type { YardstickJob } from './bench/yardstick-process';

const IN_FLIGHT = [1, 50, 500];
const SECONDS = Number(process.env.BENCH_SECONDS ?? 10);
const MEMORY_ORDERS = 20_000;
const OVERLOAD = 20_000;
const OVERLOAD_CONNECTIONS = 1_000;

async function main(): Promise<void> {
  const servers = await startBenchServers(console.log);
  const stores = openStores(storeUrls(servers));
  try {
    await loadBenchData(stores);
    const yardsticks = await yardstickRows(servers);
    const orders = await orderRows(servers, stores);
    printRows('Orders over HTTP', orders);
    printRows('Yardsticks on the same servers, without HTTP (their driver is the server)', yardsticks);
    const memory = await memoryOver(servers);
    const overload = await overloaded(servers, stores);
    const findings = await auditBooks(stores);
    console.log(`\nThe books: ${findings.length === 0 ? 'balanced' : findings.slice(0, 20).join('\n')}`);
    console.log(`kept as ${saveResults({ orders, yardsticks, memory, overload, findings })}`);
    if (findings.length > 0) process.exitCode = 1;
  } finally {
    await stores.close();
    await servers.stop();
  }
}

function storeUrls({ environment }: BenchServers) {
  const url = environment.DATABASE_URL ?? '';
  return { orders: url, inventory: url, credit: url };
}

/** Runs `work` and divides the CPU that everybody spent by what it did. */
async function withCosts(
  what: string,
  pids: {
    readonly driver: number;
    readonly server: number;
    readonly temporal: number;
    readonly postgres: number;
  },
  work: () => Promise<LoopResult>,
): Promise<BenchRow> {
  const before = cpuOf(pids);
  const result = await work();
  const after = cpuOf(pids);
  const an = (who: keyof Costs) => (after[who] - before[who]) / Math.max(1, result.count);
  const costs = {
    driver: an('driver'),
    server: an('server'),
    temporal: an('temporal'),
    postgres: an('postgres'),
  };
  console.log(`${what}, ${result.inFlight} in flight: ${result.perSecond.toFixed(1)}/s`);
  return { what, ...result, costs };
}

function cpuOf(pids: Readonly<Record<keyof Costs, number>>): Costs {
  const cpu = (pid: number) => (pid === 0 ? 0 : costOf(pid).cpuMs);
  const { user, system } = process.cpuUsage();
  const driver = pids.driver === process.pid ? (user + system) / 1_000 : 0;
  return { driver, server: cpu(pids.server), temporal: cpu(pids.temporal), postgres: cpu(pids.postgres) };
}

async function orderRows(servers: BenchServers, stores: Stores): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const pids = { driver: process.pid, ...servers.pids };
  for (const inFlight of IN_FLIGHT) {
    const caller = new OrderCaller(servers.apiUrl, servers.adminKey, inFlight);
    await closedLoop(inFlight, 2, () => caller.order(true));
    const toFinal = () => closedLoop(inFlight, SECONDS, () => caller.order(true));
    rows.push(await withCosts('to the final state', pids, toFinal));
    const toAccepted = () =>
      closedLoop(
        inFlight,
        SECONDS,
        () => caller.order(false),
        () => untilNoneIsPending(stores),
      );
    rows.push(await withCosts('to the 202', pids, toAccepted));
    await caller.close();
  }
  return rows;
}

async function untilNoneIsPending(stores: Stores): Promise<void> {
  while ((await stores.ordersReads.openSagas('running', 1)).length > 0) await sleep(20);
}

async function yardstickRows(servers: BenchServers): Promise<BenchRow[]> {
  const child = forkYardsticks(servers.environment);
  await messageOf<string>(child);
  const pids = { ...servers.pids, driver: 0, server: child.pid ?? 0 };
  const rows: BenchRow[] = [];
  const names: YardstickJob['yardstick'][] = ['emptyWorkflow', 'plainSaga', 'sqlOrderByOrder', 'sqlInSets'];
  for (const yardstick of names) {
    for (const inFlight of IN_FLIGHT) {
      await run(child, { yardstick, inFlight, seconds: 2 });
      const measured = () => run(child, { yardstick, inFlight, seconds: SECONDS });
      rows.push(await withCosts(yardstick, pids, measured));
    }
  }
  child.disconnect();
  return rows;
}

function run(child: ChildProcess, job: YardstickJob): Promise<LoopResult> {
  child.send(job);
  return messageOf<LoopResult>(child);
}

function messageOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as T));
    child.once('exit', (code) => reject(new Error(`the yardsticks ended with code ${code}`)));
  });
}

/** Resident memory of each process, before and after many orders. */
async function memoryOver({ apiUrl, adminKey, pids }: BenchServers) {
  const residents = () => ({
    server: costOf(pids.server).residentMb,
    temporal: costOf(pids.temporal).residentMb,
    postgres: costOf(pids.postgres).residentMb,
  });
  const caller = new OrderCaller(apiUrl, adminKey, 200);
  const before = residents();
  let left = MEMORY_ORDERS;
  const callOne = async () => {
    while (left-- > 0) await caller.order(true);
  };
  await Promise.all(Array.from({ length: 200 }, callOne));
  await caller.close();
  const after = residents();
  console.log(`\nResident MB before and after ${MEMORY_ORDERS} orders: ${JSON.stringify({ before, after })}`);
  return { before, after };
}

/** Far more at once than can wait: the rest is turned away, and whatever was taken reaches a final state. */
async function overloaded({ apiUrl, adminKey }: BenchServers, stores: Stores) {
  const caller = new OrderCaller(apiUrl, adminKey, OVERLOAD_CONNECTIONS, OVERLOAD / OVERLOAD_CONNECTIONS);
  const before = await countOrders(stores);
  const answers: Record<string, number> = {};
  await Promise.all(
    Array.from({ length: OVERLOAD }, async () => {
      const answer = await caller.order(false);
      answers[answer] = (answers[answer] ?? 0) + 1;
    }),
  );
  await caller.close();
  await untilNoneIsPending(stores);
  const recorded = (await countOrders(stores)) - before;
  console.log(
    `\nOverload, ${OVERLOAD} at once: ${JSON.stringify(answers)}; orders recorded and final: ${recorded}`,
  );
  return { answers, recorded };
}

async function countOrders(stores: Stores): Promise<number> {
  return stores.orders.client.order.count();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
