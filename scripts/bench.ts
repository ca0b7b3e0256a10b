import { auditBooks } from '../src/audit/audit';
import { openStores, type Stores } from '../src/stores/stores';
import { loadBenchData } from './bench/bench-data';
import { printRows, saveResults } from './bench/bench-report';
import { type BenchServers, startBenchServers, type TemporalKind } from './bench/bench-servers';
import { measureChoreography } from './bench/comparison/choreography-load';
import { measurePeers } from './bench/comparison/peer-load';
import { missingPeers } from './bench/comparison/peer-servers';
import { measureEvents } from './bench/events/events-load';
import {
  measureAvailabilityAlone,
  measureFeedsAlone,
  measureInventory,
  measureWideAlone,
} from './bench/inventory/inventory-load';
import { measureMemory, measureOrders, measureOverload } from './bench/order-load';
import { measureReaders } from './bench/readers-load';
import { measureScale } from './bench/scale/scale-load';
import { measureSize } from './bench/size-load';
import { measureYardsticks, type Yardstick } from './bench/yardsticks/yardsticks';

const IN_FLIGHT = [1, 50, 500];
const SECONDS = 10;

const YARDSTICKS: readonly Yardstick[] = IN_FLIGHT.flatMap((inFlight) => [
  { what: 'an empty workflow', yardstick: 'emptyWorkflow', inFlight },
  { what: 'the saga the plain way', yardstick: 'plainSaga', inFlight },
  { what: 'SQL of the steps, order by order', yardstick: 'sqlOrderByOrder', inFlight },
  { what: 'SQL of the steps, in batches of up to 85', yardstick: 'sqlInBatches', inFlight },
  {
    what: 'SQL of the steps, in batches of up to 500',
    yardstick: 'sqlInBatches',
    inFlight,
    limits: { batchSize: 500, slots: 1 },
  },
]);

/** The chosen limits of the intake and the steps, and the alternatives to them. */
const CHOICES: readonly Yardstick[] = [50, 500].flatMap((inFlight): Yardstick[] => [
  ...[1, 2, 4].map(
    (slots): Yardstick => ({
      what: `${slots} slots`,
      yardstick: 'sagasInBatches',
      inFlight,
      limits: { slots },
    }),
  ),
  ...[20, 50].map(
    (batchSize): Yardstick => ({
      what: `batches of ${batchSize}`,
      yardstick: 'sagasInBatches',
      inFlight,
      limits: { batchSize },
    }),
  ),
  { what: 'no quiet', yardstick: 'sagasInBatches', inFlight, limits: { quietMs: 0 } },
]);

/**
 * `npm run bench`: measures orders over HTTP beside yardsticks on the same servers, memory and overload, and audits the
 * books afterwards. With an argument it measures something else: `inventory` (reservations, availability and feeds),
 * `feeds` or `availability` alone, `wide` (requests for a thousand items beside other calls), `choices` (the intake's
 * limits), `overload`, `readers` (orders beside readers of the event feed), `events [events]` (the ways out of the logs),
 * `size [orders]` (the rows and bytes of an order), `scale [stock rows]` (orders with a second process, more open orders,
 * more stock rows), `choreography [seconds] [rounds]` (the saga beside the same order without one), `cluster` (orders on the
 * dev server of Temporal and on a full server), `peers [seconds] [rounds]` (the same saga on other engines).
 */
async function main(mode: keyof typeof MODES): Promise<void> {
  const missing = mode === 'peers' ? missingPeers() : undefined;
  if (missing !== undefined) {
    console.error(missing);
    process.exitCode = 1;
    return;
  }
  const kinds: readonly TemporalKind[] = mode === 'cluster' ? ['dev server', 'cluster'] : ['dev server'];
  const results: object[] = [];
  for (const kind of kinds) results.push(await measureOn(kind, mode));
  console.log(`kept as ${saveResults(Object.assign({}, ...results))}`);
}

/** Measures on servers of its own, and audits the books afterwards. */
async function measureOn(kind: TemporalKind, mode: keyof typeof MODES): Promise<object> {
  const servers = await startBenchServers(console.log, kind);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => servers.stop().finally(() => process.exit(130)));
  }
  const url = servers.environment.DATABASE_URL ?? '';
  const stores = openStores({ orders: url, inventory: url, credit: url });
  try {
    await loadBenchData(stores);
    const results = await MODES[mode](servers, stores);
    const findings = await auditBooks(stores);
    console.log(`\nThe books: ${findings.length === 0 ? 'balanced' : findings.slice(0, 20).join('\n')}`);
    if (findings.length > 0) process.exitCode = 1;
    return { ...results, findings };
  } finally {
    await stores.close();
    await servers.stop();
  }
}

/** The measurements that can be run alone. */
const MODES = {
  everything,
  choices,
  inventory: async (servers: BenchServers, stores: Stores) => ({
    inventory: await measureInventory(servers, stores),
  }),
  feeds: measureFeedsAlone,
  availability: measureAvailabilityAlone,
  wide: measureWideAlone,
  overload: async (servers: BenchServers, stores: Stores) => ({ overload: await overload(servers, stores) }),
  readers: async (servers: BenchServers) => ({ readers: await readers(servers) }),
  events: async (servers: BenchServers) => ({
    events: await measureEvents(servers, Number(process.argv[3] ?? 1_000_000)),
  }),
  size: async (servers: BenchServers, stores: Stores) => ({
    size: await measureSize(servers, stores, Number(process.argv[3] ?? 5_000)),
  }),
  choreography: async (servers: BenchServers) => ({
    choreography: await measureChoreography(
      servers,
      Number(process.argv[3] ?? SECONDS),
      Number(process.argv[4] ?? 2),
    ),
  }),
  scale: async (servers: BenchServers, stores: Stores) => ({
    scale: await measureScale(servers, stores, Number(process.argv[3] ?? 1_000_000)),
  }),
  cluster: ordersAlone,
  peers: (servers: BenchServers) =>
    measurePeers(servers, { seconds: Number(process.argv[3] ?? 8), rounds: Number(process.argv[4] ?? 3) }),
};

async function choices(servers: BenchServers) {
  const rows = await measureYardsticks(servers, CHOICES, SECONDS);
  printRows('Choices of the intake, without HTTP', rows);
  return { choices: rows };
}

async function ordersAlone(servers: BenchServers, stores: Stores) {
  const rows = await measureOrders(servers, stores, IN_FLIGHT, SECONDS);
  printRows(`Orders over HTTP, with a Temporal that is a ${servers.temporalKind}`, rows);
  return { [servers.temporalKind]: rows };
}

async function everything(servers: BenchServers, stores: Stores) {
  const orders = await measureOrders(servers, stores, IN_FLIGHT, SECONDS);
  const yardsticks = await measureYardsticks(servers, YARDSTICKS, SECONDS);
  printRows('Orders over HTTP', orders);
  printRows(
    'Yardsticks on the same servers, without HTTP (they run in their driver, shown as server)',
    yardsticks,
  );
  const memory = await measureMemory(servers);
  console.log(`\nMemory in MB: ${JSON.stringify(memory)}`);
  return { orders, yardsticks, memory, overload: await overload(servers, stores) };
}

async function readers(servers: BenchServers) {
  const rows = await measureReaders(servers);
  printRows('Orders over HTTP beside readers of the event feed', rows);
  return rows;
}

async function overload(servers: BenchServers, stores: Stores) {
  const measured = await measureOverload(servers, stores);
  console.log(`\nOverload: ${JSON.stringify(measured)}`);
  return measured;
}

function modeOf(argument = 'everything'): keyof typeof MODES {
  if (argument in MODES) return argument as keyof typeof MODES;
  throw new Error(`there is no bench ${argument}: it is one of ${Object.keys(MODES).join(', ')}`);
}

main(modeOf(process.argv[2])).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
