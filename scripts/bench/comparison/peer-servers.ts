import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../../src/main/project-root';
import {
  type DetachedProcess,
  endProcess,
  killGroup,
  lastLines,
  spawnDetached,
} from '../../../tools/processes/detached-process';
import { findFreePorts } from '../../../tools/processes/ports';
import { openPeerShop } from './peer-shop';

/** The saga on other engines, each engine in processes of its own beside the PostgreSQL of the bench. */
export interface PeerServers {
  readonly dbos: { readonly apiUrl: string; readonly pid: number };
  readonly restate: { readonly apiUrl: string; readonly pid: number; readonly enginePid: number };
  stop(): Promise<void>;
}

export const PEER_SCHEMAS = { dbos: 'peer_dbos', restate: 'peer_restate' } as const;

const PEERS_FOLDER = path.join(projectRoot(), 'scripts', 'bench', 'peers');
const INSTALL = 'npm ci --prefix scripts/bench/peers';
/** The default of 24 is for larger machines: on two cores it costs Restate up to a third more CPU an order. */
const PARTITIONS = 4;
const READY_MS = 60_000;
const ENDING_MS = 15_000;

/** Returns the command that installs the packages of the peers; undefined when they are installed. */
export function missingPeers(): string | undefined {
  if (existsSync(path.join(PEERS_FOLDER, 'node_modules'))) return undefined;
  return `The packages of the peers are not installed. Install them with: ${INSTALL}`;
}

/** Returns the exact version of each engine, as the package of the peers names it. */
export function peerVersions(): Readonly<Record<string, string>> {
  const file = readFileSync(path.join(PEERS_FOLDER, 'package.json'), 'utf8');
  return (JSON.parse(file) as { readonly dependencies: Record<string, string> }).dependencies;
}

/** Starts both peers on the database of the bench, each with tables in a schema of its own. */
export async function startPeerServers(databaseUrl: string): Promise<PeerServers> {
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-peers-'));
  const processes: PeerProcess[] = [];
  // An early end of this process must not leave the peers running.
  const endAll = () => {
    for (const { identity } of processes) killGroup(identity);
  };
  process.once('exit', endAll);
  const stop = async () => {
    await Promise.all(processes.map(({ identity }) => endProcess(identity, 'SIGTERM', ENDING_MS)));
    process.off('exit', endAll);
    rmSync(folder, { recursive: true, force: true });
  };
  const start: StartPeer = (name, command, args, environment) => {
    const logFile = path.join(folder, `${name}.log`);
    const started = spawnDetached({
      command,
      args,
      environment: { ...process.env, NODE_ENV: 'production', ...environment },
      workingFolder: PEERS_FOLDER,
      logFile,
    });
    const peer = { ...started, name, logFile };
    processes.push(peer);
    return peer;
  };
  try {
    const dbos = await startDbos(start, databaseUrl);
    const restate = await startRestate(start, databaseUrl, folder);
    return { dbos, restate, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface PeerProcess extends DetachedProcess {
  readonly name: string;
  readonly logFile: string;
}

type StartPeer = (
  name: string,
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
) => PeerProcess;

async function startDbos(start: StartPeer, databaseUrl: string): Promise<PeerServers['dbos']> {
  const [port = 0] = await findFreePorts(1);
  await openPeerShop(databaseUrl, PEER_SCHEMAS.dbos, PEERS_FOLDER);
  const service = start('dbos-service', process.execPath, ['dbos-service.mjs'], {
    DATABASE_URL: databaseUrl,
    PEER_SCHEMA: PEER_SCHEMAS.dbos,
    PORT: String(port),
  });
  const apiUrl = `http://127.0.0.1:${port}`;
  await untilAnswered(service, () => fetch(`${apiUrl}/readyz`));
  return { apiUrl, pid: service.identity.pid };
}

async function startRestate(
  start: StartPeer,
  databaseUrl: string,
  folder: string,
): Promise<PeerServers['restate']> {
  const [port = 0, ingress = 0, admin = 0, node = 0] = await findFreePorts(4);
  await openPeerShop(databaseUrl, PEER_SCHEMAS.restate, PEERS_FOLDER);
  const service = start('restate-service', process.execPath, ['restate-service.mjs'], {
    DATABASE_URL: databaseUrl,
    PEER_SCHEMA: PEER_SCHEMAS.restate,
    PORT: String(port),
    RESTATE_LOGGING: 'WARN',
  });
  const engine = start('restate-server', restateBinary(), ['--no-logo'], {
    RESTATE_BASE_DIR: path.join(folder, 'restate'),
    RESTATE_NODE_NAME: 'bench',
    RESTATE_LISTEN_MODE: 'tcp',
    RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
    RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${node}`,
    RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
    RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
    RESTATE_DEFAULT_NUM_PARTITIONS: String(PARTITIONS),
    RESTATE_ADMIN__DISABLE_WEB_UI: 'true',
    // States the default because a fair comparison depends on it: the log is synced before an answer.
    RESTATE_LOG_SERVER__ROCKSDB_DISABLE_WAL_FSYNC: 'false',
    RESTATE_DISABLE_TELEMETRY: 'true',
    RESTATE_LOG_FILTER: 'warn',
  });
  await untilAnswered(engine, () => fetch(`http://127.0.0.1:${ingress}/restate/health`));
  await untilAnswered(engine, () =>
    fetch(`http://127.0.0.1:${admin}/deployments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ uri: `http://127.0.0.1:${port}` }),
    }),
  );
  return {
    apiUrl: `http://127.0.0.1:${ingress}`,
    pid: service.identity.pid,
    enginePid: engine.identity.pid,
  };
}

/** Returns the path of the binary itself, not of the package's launcher: the server must be stopped and measured. */
function restateBinary(): string {
  const { resolve } = createRequire(path.join(PEERS_FOLDER, 'package.json'));
  return resolve(`@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`);
}

async function untilAnswered(peer: PeerProcess, ask: () => Promise<Response>): Promise<void> {
  for (const deadline = Date.now() + READY_MS; Date.now() < deadline && !peer.hasEnded(); await sleep(100)) {
    const isAnswered = await ask().then(
      ({ ok }) => ok,
      () => false,
    );
    if (isAnswered) return;
  }
  throw new Error(`${peer.name} did not become ready:\n${lastLines(peer.logFile, 20)}`);
}
