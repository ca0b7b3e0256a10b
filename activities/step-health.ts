const MOST_TIMEOUTS = 3;
const MOST_TRIES = 3;
/** An error that has lasted this long is shown to operators. */
const LASTING_MS = 10_000;
/** Steps that have not failed for longest are forgotten: a step that is over is never heard of again. */
const MOST_REMEMBERED = 5_000;

interface Failing {
  /** On the process's own clock, ms. */
  readonly since: number;
  tries: number;
  isShown: boolean;
}

/** How the steps of this process fare: which ones fail since when, and which have succeeded for other commands since. */
export class StepHealth {
  readonly #failing = new Map<string, Failing>();
  readonly #timeouts = new Map<string, number>();
  readonly #lastSuccess = new Map<string, { readonly at: number; readonly ids: readonly string[] }>();

  /** Notes a success; says whether a failure of one of these commands was shown to operators. */
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

  /** Notes a failure; says whether it has lasted so long that operators should be shown it. */
  failed(step: string, ids: readonly string[], now: number): boolean {
    let isLasting = false;
    for (const id of ids) {
      const key = keyOf(step, id);
      const failing = this.#failing.get(key) ?? { since: now, tries: 0, isShown: false };
      if (ids.length === 1) failing.tries += 1;
      if (now - failing.since >= LASTING_MS && !failing.isShown) {
        failing.isShown = true;
        isLasting = true;
      }
      remember(this.#failing, key, failing);
    }
    return isLasting;
  }

  /** Counts a timeout of one attempt's step; says whether it was the last one allowed. */
  timedOut(attempt: string): boolean {
    const count = (this.#timeouts.get(attempt) ?? 0) + 1;
    remember(this.#timeouts, attempt, count);
    return count >= MOST_TIMEOUTS;
  }

  /** @returns true where a command has been tried alone as often as it may be; its count begins anew with that */
  isOutOfTries(step: string, id: string): boolean {
    const failing = this.#failing.get(keyOf(step, id));
    if (!failing || failing.tries < MOST_TRIES) return false;
    failing.tries = 0;
    return true;
  }

  /** @returns true where the step has succeeded for another command since it first failed for this one */
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
