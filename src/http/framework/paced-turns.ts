import { setImmediate as afterPromises, setTimeout as sleep } from 'node:timers/promises';
import type { CommandTraffic } from './command-traffic';

const LONGEST_REST_MS = 500;

/**
 * Runs work one piece at a time, with what its caller does next without waiting. While commands arrive, it rests after each
 * piece in proportion to its duration.
 */
export class PacedTurns {
  #turn: Promise<unknown> = Promise.resolve();

  /** `restFactor`: the rest after a piece, in multiples of its duration. */
  constructor(
    private readonly traffic: CommandTraffic,
    private readonly restFactor: number,
  ) {}

  /** Runs a piece of work when its turn comes. A piece that fails ends its turn too. */
  run<T>(work: () => Promise<T>): Promise<T> {
    let since = 0;
    const running = this.#turn.then(() => {
      since = performance.now();
      return work();
    });
    const rest = async () => {
      // The caller turns the result into text, which takes longer than many a piece of work: that counts too.
      await afterPromises();
      await this.#rest(performance.now() - since);
    };
    this.#turn = running.then(rest, rest);
    return running;
  }

  async #rest(durationMs: number): Promise<void> {
    if (this.traffic.isBusy) await sleep(Math.min(durationMs * this.restFactor, LONGEST_REST_MS));
  }
}
