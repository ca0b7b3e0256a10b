import type { CommandTraffic } from '../framework/command-traffic';
import { PacedTurns } from '../framework/paced-turns';

/** The rest after a portion, in multiples of its duration, while commands arrive. */
const REST = 1;

/**
 * Paces the portions of feeds in one process. While commands arrive, portions run one at a time and rest as long as they
 * took: feeds then take half of the time at most, and no order waits behind a row of portions. Otherwise they run side by
 * side.
 */
export class FeedTurns {
  readonly #turns: PacedTurns;

  constructor(private readonly traffic: CommandTraffic) {
    this.#turns = new PacedTurns(traffic, REST);
  }

  /** Runs a portion when its turn comes. */
  run<T>(portion: () => Promise<T>): Promise<T> {
    return this.traffic.isBusy ? this.#turns.run(portion) : portion();
  }
}
