import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DetachedProcess, endProcess, lastLines, spawnDetached } from '../processes/detached-process';
import { findFreePorts } from '../processes/ports';
import { type BrokerName, findProgram } from './broker-programs';

/** The arguments of a broker's program, and what must run before it. */
export interface BrokerKind {
  readonly name: BrokerName;
  /** The number of ports that it needs; the first one is for clients. */
  readonly ports: number;
  /** Prepares an empty data folder. */
  format?(program: RunnableProgram, folder: string, ports: readonly number[]): Promise<void>;
  argumentsFor(folder: string, ports: readonly number[]): readonly string[];
}

export interface RunnableProgram {
  readonly command: string;
  readonly args: readonly string[];
}

const START_MS = 60_000;
const STOP_MS = 10_000;
const LOOK_EVERY_MS = 50;

/** A message broker on this machine, in a data folder of its own. Tests stop, freeze, kill and wipe it. */
export class LocalBroker {
  #process: DetachedProcess | undefined;

  private constructor(
    private readonly kind: BrokerKind,
    private readonly program: RunnableProgram,
    private readonly folder: string,
    private readonly ports: readonly number[],
  ) {}

  /** Starts a broker on free ports. @throws Error when its program is missing or does not start */
  static async start(kind: BrokerKind): Promise<LocalBroker> {
    const program = findProgram(kind.name);
    if ('missing' in program) throw new Error(program.missing);
    const folder = mkdtempSync(path.join(tmpdir(), `holdfast-${kind.name}-`));
    const broker = new LocalBroker(kind, program, folder, await findFreePorts(kind.ports));
    await broker.#format();
    await broker.start();
    return broker;
  }

  get url(): string {
    return `${this.kind.name}://127.0.0.1:${this.ports[0]}`;
  }

  /** Starts the program again, on the data that it has. */
  async start(): Promise<void> {
    const logFile = path.join(this.folder, 'log');
    const { command, args } = this.program;
    const started = spawnDetached({
      command,
      args: [...args, ...this.kind.argumentsFor(this.#data, this.ports)],
      environment: process.env,
      workingFolder: this.folder,
      logFile,
    });
    this.#process = started;
    const giveUpAt = Date.now() + START_MS;
    while (!(await accepts(this.ports[0] ?? 0))) {
      if (started.hasEnded() || Date.now() > giveUpAt)
        throw new Error(`${this.kind.name} did not start: ${lastLines(logFile, 5)}`);
      await sleep(LOOK_EVERY_MS);
    }
  }

  freeze(): void {
    this.#signal('SIGSTOP');
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  async kill(): Promise<void> {
    this.#signal('SIGKILL');
    await this.#process?.ended;
  }

  async stop(): Promise<void> {
    if (this.#process) await endProcess(this.#process.identity, 'SIGTERM', STOP_MS);
  }

  /** Kills it and deletes its data, as the loss of a disk does. */
  async wipe(): Promise<void> {
    await this.kill();
    rmSync(this.#data, { recursive: true });
    await this.#format();
  }

  /** Kills it and deletes its folder. */
  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #data(): string {
    return path.join(this.folder, 'data');
  }

  async #format(): Promise<void> {
    mkdirSync(this.#data, { recursive: true });
    await this.kind.format?.(this.program, this.#data, this.ports);
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#process && !this.#process.hasEnded()) process.kill(this.#process.identity.pid, signal);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const answer = (isOpen: boolean) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}
