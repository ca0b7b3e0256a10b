import { Client } from 'pg';
import { LOGS } from '../../../src/contracts/logs';
import type { BenchRow } from '../bench-report';
import type { BenchServers } from '../bench-servers';
import { measureYardsticks, type Yardstick } from '../yardsticks/yardsticks';

const IN_FLIGHT = 50;
const SECONDS = 5;
const ROUNDS = 2;

/** Triggers that throw each event away before it is stored. The rest of a step is the same with and without them. */
const DISCARD = LOGS.map(
  (log) => `
    CREATE FUNCTION ${log}.discard_event() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER event_is_discarded BEFORE INSERT ON ${log}.event FOR EACH ROW
      EXECUTE FUNCTION ${log}.discard_event();`,
).join('\n');

const COUNTS = `SELECT count(*)::float8 AS events,
  count(*) FILTER (WHERE type = 'orders.order-recorded.v1')::float8 AS orders
  FROM (${LOGS.map((log) => `SELECT type FROM ${log}.event`).join(' UNION ALL ')}) AS logged`;

interface Counts {
  readonly events: number;
  readonly orders: number;
}

export interface LogCost {
  readonly rows: readonly BenchRow[];
  readonly eventsAnOrder: number;
}

/**
 * Measures the SQL of the saga with its log, and with a log that the database throws away, in turn. It leaves the logs of
 * this database with gaps.
 */
export async function measureLogCost(servers: BenchServers, databaseUrl: string): Promise<LogCost> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(DISCARD);
    const before = await countsOf(client);
    const environment = { ...servers.environment, DATABASE_URL: databaseUrl };
    const rows = await measureYardsticks({ ...servers, environment }, yardsticksOn(client), SECONDS);
    const after = await countsOf(client);
    return { rows, eventsAnOrder: (after.events - before.events) / (after.orders - before.orders) };
  } finally {
    await client.end();
  }
}

function yardsticksOn(client: Client): readonly Yardstick[] {
  const job = { yardstick: 'sqlInBatches', inFlight: IN_FLIGHT } as const;
  return Array.from({ length: ROUNDS }, (): readonly Yardstick[] => [
    { ...job, what: 'SQL of the steps, with the log', prepare: () => discard(client, 'DISABLE') },
    { ...job, what: 'the same, each event thrown away', prepare: () => discard(client, 'ENABLE') },
  ]).flat();
}

async function discard(client: Client, change: 'ENABLE' | 'DISABLE'): Promise<void> {
  for (const log of LOGS) await client.query(`ALTER TABLE ${log}.event ${change} TRIGGER event_is_discarded`);
}

async function countsOf(client: Client): Promise<Counts> {
  const [counts] = (await client.query<Counts>(COUNTS)).rows;
  return counts ?? { events: 0, orders: 0 };
}
