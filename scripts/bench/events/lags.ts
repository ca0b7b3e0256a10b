import type { PositionedEvent } from '../../../src/stores/log/event-rows';

/** The time from the record of events until they were handled. */
export interface LagSummary {
  readonly events: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly longestMs: number;
}

/** Collects the lags of handled events. The database runs on the same machine, so it has the same clock. */
export class Lags {
  #lags: number[] = [];

  readonly note = (events: readonly PositionedEvent[]): void => {
    const now = Date.now();
    for (const { recordedAt } of events) this.#lags.push(now - Date.parse(recordedAt));
  };

  /** Returns the lags since the last call. */
  take(): LagSummary {
    const lags = this.#lags.sort((a, b) => a - b);
    this.#lags = [];
    const at = (share: number) => lags[Math.floor(share * (lags.length - 1))] ?? 0;
    return { events: lags.length, p50Ms: at(0.5), p99Ms: at(0.99), longestMs: at(1) };
  }
}
