import { setTimeout as sleep } from 'node:timers/promises';
import { unlessAborted } from '../../intake/unless-aborted';
import { newsSince } from '../../stores/log/timeline-feed';
import type { StoreSession } from '../../stores/postgres/store-session';

const POLL_MS = 100;
const AFTER_TROUBLE_MS = 1_000;

/** Who wants to know what is new in a log. */
export interface LogListener {
  isListening(): boolean;
  /** What something was logged about; undefined: it may have been about anything. */
  hear(about: ReadonlySet<string> | undefined): void;
  /** The log cannot be read for now. */
  onTrouble(error: unknown): void;
}

/** Looks what is new in one log as long as somebody listens: one statement a look, however many are listened for. */
export class LogWatch {
  #running: Promise<void> | undefined;

  constructor(
    private readonly log: StoreSession,
    private readonly listener: LogListener,
    private readonly signal: AbortSignal,
  ) {}

  /** Begins to look, unless it does already. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Until it looks no more, because nobody listens or the signal has aborted. */
  async ended(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    let readUpTo: string | null = null;
    const { signal } = this;
    while (this.listener.isListening() && !signal.aborted) {
      // A database that does not answer holds up nobody who wants to stop.
      readUpTo = (await unlessAborted(this.#look(readUpTo), signal)) ?? null;
      const pause = readUpTo === null ? AFTER_TROUBLE_MS : POLL_MS;
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
    this.#running = undefined;
  }

  /** What was missed in a time of trouble is not asked for: it may be more than one statement can tell. */
  async #look(from: string | null): Promise<string | null> {
    try {
      const { readUpTo, about } = await newsSince(this.log, from);
      this.listener.hear(from === null ? undefined : new Set(about));
      return readUpTo;
    } catch (error) {
      this.listener.onTrouble(error);
      return null;
    }
  }
}
