import {
  type BulkheadPolicy,
  bulkhead,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
  isBrokenCircuitError,
  isBulkheadRejectedError,
  isTaskCancelledError,
} from 'cockatiel';
import type { Unknown } from '../contracts/bookings';

export interface GuardLimits {
  /** The maximum of concurrent calls. */
  readonly mostCalls: number;
  /** The maximum of calls that wait for a free slot, and the longest wait of each in ms. */
  readonly mostWaiting: number;
  readonly waitMs: number;
  /** After this many consecutive calls without a usable answer the breaker opens for `retryAfterMs`. */
  readonly opensAfter: number;
  readonly retryAfterMs: number;
}

/** The time for which a party that does not answer is not called. */
export const SUSPENSION_MS = 10_000;

/** The wait plus the call (5 s) is shorter than the timeout of the activities that make the calls (8 s). */
const USUAL_LIMITS: GuardLimits = {
  mostCalls: 20,
  mostWaiting: 500,
  waitMs: 2_000,
  opensAfter: 5,
  retryAfterMs: SUSPENSION_MS,
};

const SILENT: Unknown = { kind: 'unknown', detail: 'not called: it has not answered for a while' };
const BUSY: Unknown = { kind: 'unknown', detail: 'not called: too many calls are under way' };

/** The concurrency limit and the circuit breaker of one party. */
export class PartyGuard {
  readonly #limits: GuardLimits;
  readonly #limit: BulkheadPolicy;
  readonly #breaker: CircuitBreakerPolicy;
  #silentUntil = 0;

  constructor(limits: GuardLimits = USUAL_LIMITS, onChange: (isSilent: boolean) => void = () => undefined) {
    this.#limits = limits;
    this.#limit = bulkhead(limits.mostCalls, limits.mostWaiting);
    this.#breaker = circuitBreaker(handleWhenResult(isUnknown), {
      halfOpenAfter: limits.retryAfterMs,
      breaker: new ConsecutiveBreaker(limits.opensAfter),
    });
    this.#breaker.onBreak(() => {
      this.#silentUntil = Date.now() + limits.retryAfterMs;
      onChange(true);
    });
    this.#breaker.onReset(() => onChange(false));
  }

  /** Makes a call within the limit. @returns `unknown` at once while the breaker is open */
  async call<Outcome extends { readonly kind: string }>(
    call: () => Promise<Outcome | Unknown>,
  ): Promise<Outcome | Unknown> {
    if (this.#isSilent) return SILENT;
    return this.#whenFree(() => this.#breaker.execute(call));
  }

  /** True while the breaker is open, and while one call probes the party: the other calls do not wait for the probe. */
  get #isSilent(): boolean {
    return this.#breaker.state === CircuitState.HalfOpen || Date.now() < this.#silentUntil;
  }

  /** Runs a call as soon as a slot is free. A call that has waited too long never starts. */
  async #whenFree<Outcome>(run: () => Promise<Outcome>): Promise<Outcome | Unknown> {
    const waiting = new AbortController();
    const tooLong = new Promise<Unknown>((resolve) => {
      waiting.signal.addEventListener('abort', () => resolve(BUSY), { once: true });
    });
    const timer = setTimeout(() => waiting.abort(), this.#limits.waitMs);
    const begin = () => {
      clearTimeout(timer);
      return run();
    };
    try {
      return await Promise.race([this.#limit.execute(begin, waiting.signal), tooLong]);
    } catch (error) {
      // The breaker opened while the call waited.
      if (isBrokenCircuitError(error)) return SILENT;
      if (isBulkheadRejectedError(error) || isTaskCancelledError(error)) return BUSY;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

function isUnknown(outcome: unknown): boolean {
  return (outcome as Unknown | undefined)?.kind === 'unknown';
}
