import path from 'node:path';
import { endProcess, lastLines, spawnDetached } from '../processes/detached-process';
import type { ProcessIdentity } from '../processes/process-identity';
import { devServerAddress, devServerArguments, untilTemporalServes } from './dev-server';

export interface TemporalOptions {
  readonly binary: string;
  /** The folder of `temporal.log` and, unless `inMemory`, `temporal.db`. The caller owns the folder's lock. */
  readonly dataFolder: string;
  readonly port: number;
  /** Undefined for no Web UI. */
  readonly uiPort: number | undefined;
  readonly namespace: string;
  readonly inMemory: boolean;
  /** Called as soon as the process exists, so that a crash of this process cannot leave it unrecorded. */
  readonly onSpawn: (identity: ProcessIdentity) => void;
}

export interface TemporalServer {
  readonly address: string;
  /** Resolves with the way the server ended. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

const STARTING_MS = 60_000;
/** An orderly stop takes 2.3 s. */
const STOPPING_MS = 10_000;

/**
 * Starts the local Temporal server on 127.0.0.1 and waits until it serves.
 *
 * The program itself does not refuse a second server on one database file; the lock on the data folder does.
 * @throws Error, one line, when the server does not serve in time
 */
export async function startTemporalServer(options: TemporalOptions): Promise<TemporalServer> {
  const logFile = path.join(options.dataFolder, 'temporal.log');
  const server = spawnDetached({
    command: options.binary,
    args: devServerArguments({
      port: options.port,
      uiPort: options.uiPort,
      databaseFile: options.inMemory ? undefined : path.join(options.dataFolder, 'temporal.db'),
      namespace: options.namespace,
    }),
    environment: process.env,
    workingFolder: options.dataFolder,
    logFile,
  });
  options.onSpawn(server.identity);
  const stop = async () => {
    await endProcess(server.identity, 'SIGINT', STOPPING_MS);
  };
  const address = devServerAddress(options.port);
  const deadline = Date.now() + STARTING_MS;
  const giveUp = () => server.hasEnded() || Date.now() > deadline;
  if (await untilTemporalServes(address, options.namespace, giveUp)) {
    return { address, ended: server.ended, stop };
  }
  await stop();
  throw new Error(`the Temporal server does not start: ${lastLines(logFile, 1)} (${logFile})`);
}
