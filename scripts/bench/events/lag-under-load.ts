import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { BROKER_KINDS } from '../../../tools/brokers/broker-kinds';
import { type BrokerName, findProgram } from '../../../tools/brokers/broker-programs';
import { LocalBroker } from '../../../tools/brokers/local-broker';
import { findFreePorts } from '../../../tools/processes/ports';
import type { BenchServers } from '../bench-servers';
import { messageOf } from '../child-message';
import { closedLoop } from '../closed-loop';
import { OrderCaller } from '../order-caller';
import type { FollowedRoles, LagReport } from './followed-server';
import type { LagSummary } from './lags';

/** The first one that is installed is measured. NATS comes last: here it syncs its disk for each message. */
const CHANNELS: readonly BrokerName[] = ['redis', 'kafka', 'nats'];
const IN_FLIGHT = [50, 500];
const SECONDS = 10;
const WARM_UP_SECONDS = 5;

/** Where the followers run: in the server that takes the orders, or in a relay of their own beside it. */
const PLACES: readonly (readonly FollowedRoles[])[] = [['server'], ['api and worker', 'relay']];

/**
 * Places orders over HTTP as fast as a server takes them, and measures the lag of a subscription and of a channel: from
 * the record of an event until it was handled, or confirmed by the broker.
 */
export async function measureLag(servers: BenchServers, databaseUrl: string): Promise<readonly object[]> {
  const kind = CHANNELS.find((name) => !('missing' in findProgram(name)));
  const broker = kind && (await LocalBroker.start(BROKER_KINDS[kind]));
  try {
    const rows: object[] = [];
    for (const processes of PLACES)
      rows.push(...(await lagsIn(processes, servers, databaseUrl, kind && broker ? [kind, broker.url] : [])));
    return rows;
  } finally {
    await broker?.remove();
  }
}

async function lagsIn(
  processes: readonly FollowedRoles[],
  { environment, adminKey }: BenchServers,
  databaseUrl: string,
  channelAt: readonly string[],
): Promise<readonly object[]> {
  const [port = 0] = await findFreePorts(1);
  const started = processes.map((roles) =>
    fork(path.join(__dirname, 'followed-server.js'), [roles, ...channelAt], {
      // The server's log would fill the terminal.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: {
        ...environment,
        DATABASE_URL: databaseUrl,
        HOLDFAST_PORT: String(port),
        HOLDFAST_TASK_QUEUE: 'holdfast-bench-lag',
      },
    }),
  );
  const following = started.at(-1) as ChildProcess;
  const where = processes.length === 1 ? 'the server' : 'its own process';
  try {
    await Promise.all(started.map(messageOf));
    const rows: object[] = [];
    for (const inFlight of IN_FLIGHT) {
      const caller = new OrderCaller(`http://127.0.0.1:${port}`, adminKey, inFlight);
      const load = (seconds: number) => closedLoop(inFlight, seconds, () => caller.order(true));
      await load(WARM_UP_SECONDS);
      await reportOf(following);
      const { perSecond } = await load(SECONDS);
      const { subscription, channel } = await reportOf(following);
      const orders = { in: where, 'in flight': inFlight, 'orders/s': Math.round(perSecond) };
      rows.push({ follower: 'in memory', ...orders, ...shown(subscription) });
      if (channel) rows.push({ follower: channelAt[0], ...orders, ...shown(channel) });
      else rows.push({ follower: 'no broker is installed' });
      await caller.close();
    }
    return rows;
  } finally {
    for (const child of started) child.disconnect();
  }
}

function reportOf(server: ChildProcess): Promise<LagReport> {
  server.send('report');
  return messageOf<LagReport>(server);
}

function shown({ events, p50Ms, p99Ms, longestMs }: LagSummary) {
  return { events, 'p50 ms': p50Ms, 'p99 ms': p99Ms, 'longest ms': longestMs };
}
