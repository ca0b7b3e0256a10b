import { messageOf } from '../../../src/events/channels/cloud-event';
import type { Subscription } from '../../../src/events/subscriptions/subscription';
import type { PositionedEvent } from '../../../src/stores/log/event-rows';
import { openStores } from '../../../src/stores/stores';
import { loadBenchData } from '../bench-data';
import { printRows, printTable } from '../bench-report';
import type { BenchServers } from '../bench-servers';
import { BenchLog } from './bench-log';
import { brokerRates } from './broker-rates';
import { drain } from './drain';
import { type EventRate, eventRate } from './event-rates';
import { measureLag } from './lag-under-load';
import { measureLogCost } from './log-cost';
import { measureFollowerMemory } from './memory';
import { measureTakeover } from './takeover';
import { WebhookBench } from './webhook-rates';

/** The events that each handler and each broker gets. */
const MOST_EVENTS = 10_000;
const PAGE = 500;

/**
 * Measures the ways out of the log: events a second to a handler, brokers and webhooks, the memory of a relay over
 * `events` events, its replacement after a kill, the lag under orders, and the cost of the log itself.
 */
export async function measureEvents(servers: BenchServers, events: number) {
  const log = await BenchLog.open(await servers.addDatabase('bench_log'));
  try {
    return {
      ...(await measureFollowing(log, events, servers.pids.postgres)),
      ...(await measureOrders(servers)),
    };
  } finally {
    await log.close();
  }
}

async function measureFollowing(log: BenchLog, events: number, postgres: number) {
  const rates = await measureRates(log, Math.min(events, MOST_EVENTS), postgres);
  printTable('Events a second out of the log, and CPU-microseconds an event', rates);
  const memory = await measureFollowerMemory(log, events, postgres);
  printTable('A relay that follows the log into memory, and its memory after a garbage collection', memory);
  const takeover = await measureTakeover(log);
  console.log(
    `\nSeconds from the kill of a relay to the next event handled: ${takeover.map(rounded).join(', ')}`,
  );
  return { rates, memory, takeover };
}

async function measureOrders(servers: BenchServers) {
  const url = await servers.addDatabase('bench_followed');
  const stores = openStores({ orders: url, inventory: url, credit: url });
  await loadBenchData(stores);
  await stores.close();
  const lag = await measureLag(servers, url);
  printTable('The lag of followers while orders are placed', lag);
  const cost = await measureLogCost(servers, url);
  printRows(`Orders with and without a log (${rounded(cost.eventsAnOrder)} events an order)`, cost.rows);
  return { lag, cost };
}

async function measureRates(log: BenchLog, events: number, postgres: number): Promise<readonly EventRate[]> {
  const stores = openStores({ orders: log.url, inventory: log.url, credit: log.url });
  const webhooks = await WebhookBench.open(stores);
  try {
    await log.append(events);
    const bodies: string[] = [];
    const rates = [
      await eventRate('a handler in memory', events, postgres, () =>
        drain(stores, collecting(bodies), events),
      ),
      await eventRate('a bare loop of SELECT', events, postgres, () => readAll(log)),
      ...(await brokerRates(stores, events, bodies, postgres)),
      ...(await webhooks.rates(events, bodies, postgres)),
    ];
    return rates;
  } finally {
    webhooks.close();
    await stores.close();
  }
}

/** Returns a subscription that makes a message of each event, as the channels do, and keeps its body. */
function collecting(bodies: string[]): Subscription {
  return {
    name: 'bench-collecting',
    log: 'orders',
    revision: 1,
    types: null,
    handler: {
      kind: 'reaction',
      async react(events) {
        for (const event of events) bodies.push(messageOf('orders', event).body);
      },
    },
  };
}

/** Reads a log in pages by position. It would miss events that commit late. */
async function readAll({ client }: BenchLog): Promise<void> {
  for (let position = -1; ; ) {
    const { rows } = await client.query<Pick<PositionedEvent, 'position'>>(
      'SELECT * FROM event WHERE position > $1 ORDER BY position LIMIT $2',
      [position, PAGE],
    );
    const last = rows.at(-1);
    if (!last) return;
    position = last.position;
  }
}

function rounded(figure: number): number {
  return Math.round(figure * 100) / 100;
}
