import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandTraffic } from '../framework/command-traffic';

/** The rest after a portion, in multiples of its duration, while commands arrive. */
const REST = 1;
const LONGEST_REST_MS = 500;

/**
 * Paces the portions of feeds in one process. While commands arrive, portions run one at a time and rest as long as they
 * took: feeds then take half of the time at most, and no order waits behind a row of portions. Otherwise they run side by
 * side.
 */
export class FeedTurns {
  #turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly traffic: CommandTraffic) {}

  /** Runs a portion when its turn comes. */
  run<T>(portion: () => Promise<T>): Promise<T> {
    if (!this.traffic.isBusy) return portion();
    let since = 0;
    const running = this.#turn.then(() => {
      since = performance.now();
      return portion();
    });
    const rest = () => this.#rest(performance.now() - since);
    this.#turn = running.then(rest, rest);
    return running;
  }

  async #rest(durationMs: number): Promise<void> {
    if (this.traffic.isBusy) await sleep(Math.min(durationMs * REST, LONGEST_REST_MS));
  }
}
