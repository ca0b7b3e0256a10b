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
  /** The most calls under way at a time. */
  readonly mostCalls: number;
  /** The most calls that wait for one of those to end, and how long each waits. */
  readonly mostWaiting: number;
  readonly waitMs: number;
  /** After this many calls in a row without a usable answer no call is made for a while. */
  readonly opensAfter: number;
  readonly retryAfterMs: number;
}

/** Waiting and the call itself (5 s) take less than the steps that wait for them have. */
const USUAL_LIMITS: GuardLimits = {
  mostCalls: 20,
  mostWaiting: 500,
  waitMs: 2_000,
  opensAfter: 5,
  retryAfterMs: 10_000,
};

const SILENT: Unknown = { kind: 'unknown', detail: 'not called: it has not answered for a while' };
const BUSY: Unknown = { kind: 'unknown', detail: 'not called: too many calls are under way' };

/** The limit and the circuit breaker of one party. */
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

  /** Makes a call when it may; answers `unknown` at once while the breaker is open. */
  async call<Outcome extends { readonly kind: string }>(
    call: () => Promise<Outcome | Unknown>,
  ): Promise<Outcome | Unknown> {
    if (this.#isSilent) return SILENT;
    return this.#whenFree(() => this.#breaker.execute(call));
  }

  /** True also while one call tests whether the party answers again: the others do not wait for that. */
  get #isSilent(): boolean {
    return this.#breaker.state === CircuitState.HalfOpen || Date.now() < this.#silentUntil;
  }

  /** Runs a call once fewer than the limit are under way. One that has waited too long is never begun. */
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
      // The breaker has opened while the call waited.
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
