const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 300_000;

interface Pause {
  readonly until: number;
  readonly ms: number;
}

/**
 * Pauses for due rows that a watch has seen to in vain, twice as long each time: a row that fails on its data must not be
 * tried at every look, nor hide the rows that are due after it. Moments are on the process's own clock, in ms.
 */
export class Backoff {
  readonly #pauses = new Map<string, Pause>();

  /** The keys that are not to be tried now. Keys that have not failed again for long are forgotten. */
  pausing(now: number): readonly string[] {
    for (const [key, { until }] of this.#pauses) if (until + LONGEST_PAUSE_MS < now) this.#pauses.delete(key);
    return [...this.#pauses].filter(([, { until }]) => now < until).map(([key]) => key);
  }

  failed(key: string, now: number): void {
    const ms = Math.min(2 * (this.#pauses.get(key)?.ms ?? FIRST_PAUSE_MS / 2), LONGEST_PAUSE_MS);
    this.#pauses.set(key, { until: now + ms, ms });
  }
}
