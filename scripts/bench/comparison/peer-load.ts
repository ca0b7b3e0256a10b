import type { BenchServers } from '../bench-servers';
import { openLoop } from '../closed-loop';
import { OrderCaller } from '../order-caller';
import { mediansOf, printFigures, printMedians, ratiosOf } from './comparison-report';
import { PEER_SCHEMAS, peerVersions, startPeerServers } from './peer-servers';
import { auditPeerShop } from './peer-shop';
import { idlePercentOf, untilQuiet } from './quiet';
import { measureRounds, type Rounds } from './rounds';

/** So few orders a second that each of them finds the server idle. */
const IDLE_ORDERS_PER_SECOND = 4;
const IDLE_SECONDS = 10;

/** Measures Holdfast, the peers and the yardsticks in one run, with the ratios that the README claims. */
export async function measurePeers(servers: BenchServers, rounds: Rounds) {
  const databaseUrl = servers.environment.DATABASE_URL ?? '';
  const peers = await startPeerServers(databaseUrl);
  try {
    const rows = await measureRounds(servers, peers, rounds);
    const medians = mediansOf(rows);
    const ratios = ratiosOf(medians);
    printMedians(medians);
    printFigures('Ratios', ratios);
    const idle = await measureIdle(servers, rounds.seconds);
    printFigures('Holdfast on an idle server', idle);
    const schemas = Object.values(PEER_SCHEMAS);
    const findings = await Promise.all(schemas.map((schema) => auditPeerShop(databaseUrl, schema)));
    const peerFindings = findings.flat();
    console.log(`\nThe books of the peers: ${peerFindings.join('; ') || 'balanced'}`);
    if (peerFindings.length > 0) process.exitCode = 1;
    return { peers: { versions: peerVersions(), ...rounds, rows, medians, ratios, idle, peerFindings } };
  } finally {
    await peers.stop();
  }
}

async function measureIdle({ apiUrl, adminKey, pids }: BenchServers, seconds: number) {
  await untilQuiet(Object.values(pids));
  const caller = new OrderCaller(apiUrl, adminKey, IDLE_ORDERS_PER_SECOND);
  const accepted = await openLoop(IDLE_ORDERS_PER_SECOND, seconds, () => caller.order(false));
  await caller.close();
  await untilQuiet(Object.values(pids));
  return {
    'p50 of the 202, ms': accepted.p50Ms,
    'CPU of the server, % of one core': await idlePercentOf(pids.server, IDLE_SECONDS),
  };
}
