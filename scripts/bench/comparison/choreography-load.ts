import { auditBooks } from '../../../src/audit/audit';
import { openStores } from '../../../src/stores/stores';
import { loadBenchData } from '../bench-data';
import { type BenchRow, printRows } from '../bench-report';
import type { BenchServers } from '../bench-servers';
import { measureYardsticks } from '../yardsticks/yardsticks';

const IN_FLIGHT = [1, 50, 500];

const SAGA = { what: 'the saga', yardstick: 'sagasInBatches' } as const;
const CHOREOGRAPHY = { what: 'the choreography', yardstick: 'choreographed' } as const;

/**
 * Measures create order as a saga and as a choreography, in turn, each in one process without HTTP. The choreography has a
 * database of its own, because the relay of the servers would start sagas for its orders.
 */
export async function measureChoreography(servers: BenchServers, seconds: number, rounds: number) {
  const url = await servers.addDatabase('bench_choreography');
  const stores = openStores({ orders: url, inventory: url, credit: url });
  try {
    await loadBenchData(stores);
    const own = { DATABASE_URL: url, HOLDFAST_TASK_QUEUE: 'holdfast-bench-choreography' };
    const alone = { ...servers, environment: { ...servers.environment, ...own } };
    const rows: BenchRow[] = [];
    for (let round = 0; round < rounds; round++) {
      rows.push(...(await measureYardsticks(servers, jobsOf(SAGA), seconds)));
      rows.push(...(await measureYardsticks(alone, jobsOf(CHOREOGRAPHY), seconds, CHOREOGRAPHY.yardstick)));
    }
    printRows(
      'Create order as a saga and as a choreography (they run in their driver, shown as server)',
      rows,
    );
    return { rows, findings: await auditBooks(stores) };
  } finally {
    await stores.close();
  }
}

function jobsOf<Job extends typeof SAGA | typeof CHOREOGRAPHY>(job: Job) {
  return IN_FLIGHT.map((inFlight) => ({ ...job, inFlight }));
}
