import { setTimeout as sleep } from 'node:timers/promises';
import { unlessAborted } from '../../intake/unless-aborted';
import { newsSince } from '../../stores/log/timeline-feed';
import type { StoreSession } from '../../stores/postgres/store-session';

const POLL_MS = 100;
const AFTER_TROUBLE_MS = 1_000;

/** The listener of a watch. */
export interface LogListener {
  isListening(): boolean;
  /** Receives the correlations of new events; undefined when there may be events of any correlation. */
  hear(about: ReadonlySet<string> | undefined): void;
  /** Called when the log cannot be read at present. */
  onTrouble(error: unknown): void;
}

/** Polls one log while its listener listens: one statement a poll, however many orders are followed. */
export class LogWatch {
  #running: Promise<void> | undefined;

  constructor(
    private readonly log: StoreSession,
    private readonly listener: LogListener,
    private readonly signal: AbortSignal,
  ) {}

  /** Starts polling, unless it already runs. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves when polling has ended: the listener no longer listens, or the signal has aborted. */
  async ended(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    let readUpTo: string | null = null;
    const { signal } = this;
    while (this.listener.isListening() && !signal.aborted) {
      // A database that does not answer must not delay a stop.
      readUpTo = (await unlessAborted(this.#look(readUpTo), signal)) ?? null;
      const pause = readUpTo === null ? AFTER_TROUBLE_MS : POLL_MS;
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
    this.#running = undefined;
  }

  /**
   * Polls once. After an error the next poll skips the missed range, which may be too large for one statement, and
   * reports that any correlation may have new events.
   * @returns the snapshot to continue from; null after an error
   */
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
