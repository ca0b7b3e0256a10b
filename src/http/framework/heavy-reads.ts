import type { CommandTraffic } from './command-traffic';
import { PacedTurns } from './paced-turns';
import { Problem, unavailable } from './problem';

/** The most heavy reads that may wait for their turn in one process, and those of one caller. */
const MOST_WAITING = 64;
const MOST_WAITING_OF_A_CALLER = 16;
/** The rest after a heavy read, in multiples of its duration, while commands arrive. */
const REST = 3;

/**
 * Runs heavy reads (pages of events, snapshots, states of the past) one at a time in each process. While commands
 * arrive, it rests after each read in proportion to its duration: heavy reads then take a quarter of the time at most,
 * however many callers ask and however fast.
 */
export class HeavyReads {
  readonly #waiting = new Map<string, number>();
  #waitingInAll = 0;
  readonly #turns: PacedTurns;

  constructor(traffic: CommandTraffic) {
    this.#turns = new PacedTurns(traffic, REST);
  }

  /**
   * Runs a heavy read when its turn comes.
   * @throws Problem too-many-requests or unavailable when too many reads of the caller, or of all, are waiting
   */
  async run<T>(caller: string, read: () => Promise<T>): Promise<T> {
    const own = this.#waiting.get(caller) ?? 0;
    if (own >= MOST_WAITING_OF_A_CALLER)
      throw new Problem('too-many-requests', {
        detail: `the caller already has ${own} reads waiting: repeat the request once they are answered`,
        headers: { 'Retry-After': '1' },
      });
    if (this.#waitingInAll >= MOST_WAITING)
      throw unavailable('too many reads are waiting: repeat the request in a moment');
    this.#count(caller, 1);
    return this.#turns.run(() => {
      this.#count(caller, -1);
      return read();
    });
  }

  #count(caller: string, by: number): void {
    const own = (this.#waiting.get(caller) ?? 0) + by;
    if (own === 0) this.#waiting.delete(caller);
    else this.#waiting.set(caller, own);
    this.#waitingInAll += by;
  }
}
