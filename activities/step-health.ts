const MOST_TIMEOUTS = 3;
const MOST_TRIES = 3;
/** The time after which a continuing error is shown to operators. */
const LASTING_MS = 10_000;
/** The bound of each map. The least recent failures are evicted, because a finished step never clears its entry. */
const MOST_REMEMBERED = 5_000;

interface Failing {
  /** In ms, on the process's own clock. */
  readonly since: number;
  tries: number;
  isShown: boolean;
}

/** Tracks the steps of this process: the failing ones, since when, and the last success of each step. */
export class StepHealth {
  readonly #failing = new Map<string, Failing>();
  readonly #timeouts = new Map<string, number>();
  readonly #lastSuccess = new Map<string, { readonly at: number; readonly ids: readonly string[] }>();

  /** Records a success. @returns true when a failure of one of these commands was shown to operators */
  succeeded(step: string, ids: readonly string[], now: number): boolean {
    this.#lastSuccess.set(step, { at: now, ids });
    let wasShown = false;
    for (const id of ids) {
      const key = keyOf(step, id);
      wasShown ||= this.#failing.get(key)?.isShown === true;
      this.#failing.delete(key);
    }
    return wasShown;
  }

  /** Records a failure. @returns true when it has lasted long enough to show it to operators, and is not shown yet */
  failed(step: string, ids: readonly string[], now: number): boolean {
    let isLasting = false;
    for (const id of ids) {
      const key = keyOf(step, id);
      const failing = this.#failing.get(key) ?? { since: now, tries: 0, isShown: false };
      isLasting ||= now - failing.since >= LASTING_MS && !failing.isShown;
      remember(this.#failing, key, failing);
    }
    return isLasting;
  }

  /** Records that operators are shown the failure of these commands. */
  shown(step: string, ids: readonly string[]): void {
    for (const id of ids) {
      const failing = this.#failing.get(keyOf(step, id));
      if (failing) failing.isShown = true;
    }
  }

  /** Counts a timeout of one activity. @returns true from the third timeout on */
  timedOut(attempt: string): boolean {
    const count = (this.#timeouts.get(attempt) ?? 0) + 1;
    remember(this.#timeouts, attempt, count);
    return count >= MOST_TIMEOUTS;
  }

  /**
   * Counts a fault of a command that runs alone; an outage does not count.
   * @returns true for the third fault, which resets the count
   */
  isOutOfTries(step: string, id: string): boolean {
    const failing = this.#failing.get(keyOf(step, id));
    if (!failing) return false;
    failing.tries += 1;
    if (failing.tries < MOST_TRIES) return false;
    failing.tries = 0;
    return true;
  }

  /** Returns true when the step has succeeded for another command since it first failed for this one. */
  othersSucceededSince(step: string, id: string): boolean {
    const failing = this.#failing.get(keyOf(step, id));
    const success = this.#lastSuccess.get(step);
    if (!failing || !success) return false;
    return success.at > failing.since && success.ids.some((other) => other !== id);
  }
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MOST_REMEMBERED && oldest !== undefined) map.delete(oldest);
}

function keyOf(step: string, id: string): string {
  return `${step} ${id}`;
}
