const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 300_000;

interface Pause {
  readonly until: number;
  readonly ms: number;
}

/**
 * The backoff for due rows that a watch failed on. Each failure doubles the pause. A row that fails on its data must
 * not be retried at every run of the watch, nor hide the rows that are due after it. Times are in ms, on the process's
 * own clock.
 */
export class Backoff {
  readonly #pauses = new Map<string, Pause>();

  /** Returns the keys that are pausing now. Forgets keys whose pause ended long ago. */
  pausing(now: number): readonly string[] {
    for (const [key, { until }] of this.#pauses) if (until + LONGEST_PAUSE_MS < now) this.#pauses.delete(key);
    return [...this.#pauses].filter(([, { until }]) => now < until).map(([key]) => key);
  }

  failed(key: string, now: number): void {
    const ms = Math.min(2 * (this.#pauses.get(key)?.ms ?? FIRST_PAUSE_MS / 2), LONGEST_PAUSE_MS);
    this.#pauses.set(key, { until: now + ms, ms });
  }
}
