import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { SEARCH_ATTRIBUTES } from '../../../src/contracts/search-attributes';
import {
  type DetachedProcess,
  endProcess,
  killGroup,
  lastLines,
  spawnDetached,
} from '../../../tools/processes/detached-process';
import {
  devServerAddress,
  devServerArguments,
  untilTemporalServes,
} from '../../../tools/temporal/dev-server';
import { signalTree } from './process-tree';

const NAMESPACE = 'default';
const STARTING_MS = 60_000;
const STOPPING_MS = 10_000;
const run = promisify(execFile);

/** The local Temporal server on a database file, with the ways in which the drill breaks it. */
export class DrillTemporal {
  #server: DetachedProcess | undefined;

  /** The path of the program; empty until it is found. */
  binary = '';

  constructor(
    private readonly folder: string,
    readonly port: number,
  ) {}

  get address(): string {
    return devServerAddress(this.port);
  }

  /** Starts the server and returns when it serves. @throws Error when it does not serve in time */
  async start({ hasAttributes = true }: { readonly hasAttributes?: boolean } = {}): Promise<void> {
    const server = this.spawn(hasAttributes);
    const deadline = Date.now() + STARTING_MS;
    const giveUp = () => server.hasEnded() || Date.now() > deadline;
    if (await untilTemporalServes(this.address, NAMESPACE, giveUp)) return;
    throw new Error(`the Temporal server does not start: ${lastLines(this.#logFile, 1)} (${this.#logFile})`);
  }

  /** Starts the server without waiting for it. */
  spawn(hasAttributes = true): DetachedProcess {
    const all = devServerArguments({
      port: this.port,
      uiPort: undefined,
      databaseFile: this.#databaseFile,
      namespace: NAMESPACE,
    });
    const server = spawnDetached({
      command: this.binary,
      args: hasAttributes ? all : withoutAttributes(all),
      environment: process.env,
      workingFolder: this.folder,
      logFile: this.#logFile,
    });
    this.#server = server;
    return server;
  }

  async kill(): Promise<void> {
    this.killNow();
    await this.#server?.ended;
  }

  async stop(): Promise<void> {
    if (this.#server) await endProcess(this.#server.identity, 'SIGINT', STOPPING_MS);
  }

  /** Deletes the database of a stopped server: workflows, namespace and search attributes. */
  wipe(): void {
    for (const suffix of ['', '-wal', '-shm', '-journal'])
      rmSync(`${this.#databaseFile}${suffix}`, { force: true });
  }

  /** Registers the search attributes, as an operator does. An existing one is no error. */
  async addAttributes(): Promise<void> {
    for (const [name, type] of Object.entries(SEARCH_ATTRIBUTES)) {
      const what = ['operator', 'search-attribute', 'create', '--name', name, '--type', type];
      const where = ['--address', this.address, '--namespace', NAMESPACE];
      await run(this.binary, [...what, ...where]).catch((error: unknown) => {
        if (!/already exist/i.test(String(error))) throw error;
      });
    }
  }

  pause(): void {
    if (this.#server) signalTree(this.#server.identity.pid, 'SIGSTOP');
  }

  resume(): void {
    if (this.#server) signalTree(this.#server.identity.pid, 'SIGCONT');
  }

  killNow(): void {
    if (this.#server) killGroup(this.#server.identity);
  }

  get #databaseFile(): string {
    return path.join(this.folder, 'temporal.db');
  }

  get #logFile(): string {
    return path.join(this.folder, 'temporal.log');
  }
}

function withoutAttributes(args: readonly string[]): string[] {
  return args.filter(
    (argument, index) => argument !== '--search-attribute' && args[index - 1] !== '--search-attribute',
  );
}
