import { BenchCaller } from './bench-caller';
import type { BenchRow } from './bench-report';
import type { BenchServers } from './bench-servers';
import { closedLoop } from './closed-loop';
import { withCosts } from './costs';
import { OrderCaller } from './order-caller';

const READERS = 8;
const IN_FLIGHT = [1, 50];
const SECONDS = 10;
const WARM_UP_SECONDS = 8;
/** The largest page. */
const EVENTS = 1_000;

interface Page {
  readonly next: string;
  readonly more: boolean;
}

/** Measures orders to their final state, alone and beside eight readers that read the event feed over and over. */
export async function measureReaders(servers: BenchServers): Promise<BenchRow[]> {
  const pids = { driver: process.pid, ...servers.pids };
  const rows: BenchRow[] = [];
  for (const inFlight of IN_FLIGHT) {
    const orders = new OrderCaller(servers.apiUrl, servers.adminKey, inFlight);
    const measured = () => closedLoop(inFlight, SECONDS, () => orders.order(true));
    await closedLoop(50, WARM_UP_SECONDS, () => orders.order(true));
    rows.push(await withCosts('orders alone', pids, measured));
    const readers = startReaders(servers);
    rows.push(await withCosts(`orders beside ${READERS} readers`, pids, measured));
    console.log(`\n${await readers.stop()} pages of ${EVENTS} events were read meanwhile`);
    await orders.close();
  }
  return rows;
}

function startReaders({ apiUrl, adminKey }: BenchServers) {
  const caller = new BenchCaller(apiUrl, adminKey, READERS);
  let isOver = false;
  let pages = 0;
  const read = async () => {
    let after = '';
    while (!isOver) {
      const { next, more } = (await caller.get(`/v1/events?limit=${EVENTS}${after}`)) as Page;
      pages += 1;
      after = more ? `&after=${next}` : '';
    }
  };
  const running = Promise.all(Array.from({ length: READERS }, read));
  return {
    async stop(): Promise<number> {
      isOver = true;
      await running;
      await caller.close();
      return pages;
    },
  };
}
