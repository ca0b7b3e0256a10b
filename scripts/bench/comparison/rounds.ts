import type { BenchRow, Costs } from '../bench-report';
import type { BenchServers } from '../bench-servers';
import { closedLoop } from '../closed-loop';
import { withCosts } from '../costs';
import { OrderCaller } from '../order-caller';
import { measureYardsticks } from '../yardsticks/yardsticks';
import type { PeerServers } from './peer-servers';
import { untilQuiet } from './quiet';

export const HOLDFAST = 'Holdfast';
export const DBOS = 'DBOS';
export const RESTATE = 'Restate';
export const EMPTY_WORKFLOW = 'an empty eager workflow';
export const SQL_ORDERS = 'SQL of the steps, order by order';

const IN_FLIGHT = [1, 50, 500];
const WARM_UP_IN_FLIGHT = 50;
const WARM_UP_SECONDS = 10;
const LONGEST_SETTLING_SECONDS = 2;

/** The duration and the number of the rounds. */
export interface Rounds {
  readonly seconds: number;
  readonly rounds: number;
}

interface Engine {
  readonly what: string;
  readonly apiUrl: string;
  /** The engine takes the place of Temporal in Holdfast's costs. */
  readonly pids: Readonly<Record<keyof Costs, number>>;
}

/**
 * Measures the engines in turn, so that a slow phase of the machine slows all of them down. Each round begins with
 * another engine. The yardsticks have no HTTP in front of them.
 */
export async function measureRounds(
  servers: BenchServers,
  peers: PeerServers,
  { seconds, rounds }: Rounds,
): Promise<BenchRow[]> {
  const engines = enginesOf(servers, peers);
  const rows: BenchRow[] = [];
  for (const engine of engines) await load(servers, engine, WARM_UP_IN_FLIGHT, WARM_UP_SECONDS);
  for (const inFlight of IN_FLIGHT) {
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < engines.length; turn++) {
        const engine = engines[(round + turn) % engines.length];
        if (engine) rows.push(await measure(servers, engines, engine, inFlight, seconds));
      }
      rows.push(...(await measureYardsticksAt(servers, inFlight, seconds)));
    }
  }
  return rows;
}

function enginesOf({ apiUrl, pids }: BenchServers, { dbos, restate }: PeerServers): readonly Engine[] {
  const shared = { driver: process.pid, postgres: pids.postgres };
  return [
    { what: HOLDFAST, apiUrl, pids: { ...shared, ...pids } },
    { what: DBOS, apiUrl: dbos.apiUrl, pids: { ...shared, server: dbos.pid, temporal: 0 } },
    {
      what: RESTATE,
      apiUrl: restate.apiUrl,
      pids: { ...shared, server: restate.pid, temporal: restate.enginePid },
    },
  ];
}

/** Measures one engine while the others are idle. Includes the CPU of the work that follows the last answer. */
async function measure(
  servers: BenchServers,
  engines: readonly Engine[],
  engine: Engine,
  inFlight: number,
  seconds: number,
): Promise<BenchRow> {
  const everything = engines.flatMap(({ pids }) => [pids.server, pids.temporal, pids.postgres]);
  await load(servers, engine, inFlight, Math.min(seconds, LONGEST_SETTLING_SECONDS));
  await untilQuiet(everything);
  return withCosts(engine.what, engine.pids, async () => {
    const result = await load(servers, engine, inFlight, seconds);
    await untilQuiet(everything);
    return result;
  });
}

async function load({ adminKey }: BenchServers, { apiUrl }: Engine, inFlight: number, seconds: number) {
  const caller = new OrderCaller(apiUrl, adminKey, inFlight);
  const result = await closedLoop(inFlight, seconds, () => caller.order(true));
  await caller.close();
  return result;
}

/** Measures the yardsticks. The first run of the empty workflow warms its process up and is not counted. */
async function measureYardsticksAt(
  servers: BenchServers,
  inFlight: number,
  seconds: number,
): Promise<BenchRow[]> {
  const empty = { what: EMPTY_WORKFLOW, yardstick: 'emptyWorkflow', inFlight } as const;
  const sql = { what: SQL_ORDERS, yardstick: 'sqlOrderByOrder', inFlight } as const;
  const [_warmUp, ...rows] = await measureYardsticks(
    servers,
    [{ ...empty, inFlight: 50 }, empty, sql],
    seconds,
  );
  return rows;
}
