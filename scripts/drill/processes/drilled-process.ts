import { setTimeout as sleep } from 'node:timers/promises';
import { type DetachedProcess, killGroup, spawnDetached } from '../../../tools/processes/detached-process';
import { signalTree } from './process-tree';

export interface ProcessCommand {
  readonly name: string;
  readonly script: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly workingFolder: string;
  readonly logFile: string;
}

const RESTART_MS = 300;

/** A Node process that the drill kills and pauses, and that is restarted whenever it ends by itself. */
export class DrilledProcess {
  /** The ends that the drill did not cause, such as `exit code 1`. */
  readonly ownEnds: string[] = [];
  #current: DetachedProcess | undefined;
  #isKept = true;
  #isExpected = false;

  constructor(private readonly command: ProcessCommand) {
    this.start();
  }

  get name(): string {
    return this.command.name;
  }

  /** Kills the process; it stays down until `start`. */
  async kill(): Promise<void> {
    this.#isKept = false;
    const current = this.#current;
    if (current === undefined) return;
    this.#isExpected = true;
    killGroup(current.identity);
    await current.ended;
  }

  start(): void {
    this.#isKept = true;
    if (this.#current !== undefined && !this.#current.hasEnded()) return;
    const { script, environment, workingFolder, logFile } = this.command;
    this.#isExpected = false;
    const current = spawnDetached({
      command: process.execPath,
      args: [script],
      environment,
      workingFolder,
      logFile,
    });
    this.#current = current;
    void this.#keep(current);
  }

  pause(): void {
    this.#signal('SIGSTOP');
  }

  resume(): void {
    this.#signal('SIGCONT');
  }

  #signal(signal: NodeJS.Signals): void {
    const current = this.#current;
    if (current !== undefined && !current.hasEnded()) signalTree(current.identity.pid, signal);
  }

  /** Restarts the process after an end that the drill did not cause, as an orchestrator does. */
  async #keep(current: DetachedProcess): Promise<void> {
    const how = await current.ended;
    if (this.#isExpected) return;
    this.ownEnds.push(how);
    await sleep(RESTART_MS);
    if (this.#isKept && this.#current === current) this.start();
  }
}
