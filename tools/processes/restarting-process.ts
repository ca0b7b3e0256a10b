import { setTimeout as sleep } from 'node:timers/promises';
import { type DetachedProcess, endProcess, lastLines } from './detached-process';

export interface RestartRules {
  /** The name of the process in messages. */
  readonly name: string;
  readonly spawn: () => DetachedProcess;
  readonly logFile: string;
  readonly report: (line: string) => void;
  /** The time to finish its work after the stop signal, in ms. */
  readonly graceMs: number;
}

const MOST_DEATHS = 4;
const WINDOW_MS = 60_000;
const PAUSE_MS = 500;
const SHOWN_LINES = 15;

/** A process that restarts when it dies, unless it dies too often. */
export class RestartingProcess {
  /** Resolves with the reason when the process died too often; stays pending otherwise. */
  readonly gaveUp: Promise<string>;
  private stopping = false;
  private current: DetachedProcess;
  private readonly deaths: number[] = [];

  constructor(private readonly rules: RestartRules) {
    this.current = rules.spawn();
    this.gaveUp = this.watch();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    const went = await endProcess(this.current.identity, 'SIGTERM', this.rules.graceMs);
    if (!went)
      this.rules.report(
        `${this.rules.name} did not end within ${this.rules.graceMs / 1_000} s and was killed`,
      );
  }

  private async watch(): Promise<string> {
    for (;;) {
      const how = await this.current.ended;
      if (this.stopping) return new Promise(() => undefined);
      this.deaths.push(Date.now());
      const recent = this.deaths.filter((moment) => moment > Date.now() - WINDOW_MS).length;
      if (recent >= MOST_DEATHS) {
        const log = lastLines(this.rules.logFile, SHOWN_LINES);
        return `${this.rules.name} died ${recent} times within a minute (last: ${how}). Its log ends with:\n${log}`;
      }
      this.rules.report(
        `${this.rules.name} ended unexpectedly (${how}) and is restarted; see ${this.rules.logFile}`,
      );
      await sleep(PAUSE_MS);
      if (this.stopping) return new Promise(() => undefined);
      this.current = this.rules.spawn();
    }
  }
}
