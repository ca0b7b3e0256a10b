import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { endProcess, lastLines, spawnDetached } from '../processes/detached-process';
import { findFreePorts } from '../processes/ports';
import type { ProcessIdentity } from '../processes/process-identity';
import type { TemporalServer } from '../temporal/temporal-server';
import { type ClusterPorts, clusterConfiguration, dynamicSettings, HOST } from './cluster-configuration';
import { prepareNamespace } from './cluster-namespace';
import { bringClusterPrograms } from './cluster-programs';
import { createClusterDatabases } from './cluster-schema';

export interface ClusterOptions {
  /** The folder of its configuration and log. The caller removes it. */
  readonly folder: string;
  /** The address of a PostgreSQL without a Temporal, as an account that may create databases. */
  readonly databaseUrl: string;
  /** Reports progress: building the programs takes minutes. */
  readonly report: (line: string) => void;
  /** Called as soon as the process exists. */
  readonly onSpawn: (identity: ProcessIdentity) => void;
}

const STARTING_MS = 60_000;
const STOPPING_MS = 30_000;

/**
 * Starts a full Temporal server on free ports: its four services in one process, several shards, its state in PostgreSQL,
 * the namespace `default` and Holdfast's search attributes.
 * @throws Error, one line, when a part does not start
 */
export async function startTemporalCluster(options: ClusterOptions): Promise<TemporalServer> {
  const { folder, databaseUrl, report, onSpawn } = options;
  const programs = await bringClusterPrograms({ report, signal: new AbortController().signal });
  await createClusterDatabases(programs.sql, databaseUrl);
  const ports = await clusterPorts();
  const logFile = path.join(folder, 'temporal.log');
  const server = spawnDetached({
    command: programs.server,
    args: ['--config-file', writeConfiguration(folder, databaseUrl, ports), '--allow-no-auth', 'start'],
    environment: process.env,
    workingFolder: folder,
    logFile,
  });
  onSpawn(server.identity);
  const stop = async () => {
    await endProcess(server.identity, 'SIGTERM', STOPPING_MS);
  };
  const address = `${HOST}:${ports.frontend.grpcPort}`;
  const deadline = Date.now() + STARTING_MS;
  try {
    await prepareNamespace(address, () => server.hasEnded() || Date.now() > deadline);
  } catch (error) {
    await stop();
    throw new Error(`the Temporal cluster does not start: ${error}; ${lastLines(logFile, 1)} (${logFile})`);
  }
  return { address, ended: server.ended, stop };
}

function writeConfiguration(folder: string, databaseUrl: string, ports: ClusterPorts): string {
  const write = (name: string, content: object) => {
    const file = path.join(folder, name);
    writeFileSync(file, JSON.stringify(content, null, 2), { mode: 0o600 });
    return file;
  };
  const dynamicFile = write('temporal-dynamic.yaml', dynamicSettings());
  return write('temporal.yaml', clusterConfiguration(databaseUrl, ports, dynamicFile));
}

async function clusterPorts(): Promise<ClusterPorts> {
  const free = await findFreePorts(8);
  const pair = (at: number) => ({ grpcPort: free[at] ?? 0, membershipPort: free[at + 1] ?? 0 });
  return { frontend: pair(0), history: pair(2), matching: pair(4), worker: pair(6) };
}
