import path from 'node:path';
import { devServerAddress, devServerArguments, untilTemporalServes } from '../temporal/dev-server';
import { endProcess, lastLines, spawnDetached } from './supervisor/detached-process';
import type { ProcessIdentity } from './supervisor/process-identity';

export interface TemporalOptions {
  readonly binary: string;
  /** Holds `temporal.log`, and `temporal.db` unless everything is kept in memory. The caller owns the folder's lock. */
  readonly dataFolder: string;
  readonly port: number;
  /** Undefined: no Web UI. */
  readonly uiPort: number | undefined;
  readonly namespace: string;
  readonly inMemory: boolean;
  /** Called at once when the process exists, so that no crash of ours leaves it unknown. */
  readonly onSpawn: (identity: ProcessIdentity) => void;
}

export interface TemporalServer {
  readonly address: string;
  /** Settles with how the server ended. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

const STARTING_MS = 60_000;
/** It takes 2.3 s to end in an orderly way. */
const STOPPING_MS = 10_000;

/**
 * Starts the local Temporal server on 127.0.0.1 and waits until it serves.
 *
 * Two servers on one database file are not refused by the program itself; the lock on the data folder does that.
 * @throws Error, one line, when it does not serve
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
