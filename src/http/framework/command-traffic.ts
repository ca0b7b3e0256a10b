/** How long after the arrival of a command this process counts as busy with commands, in ms. */
const BUSY_FOR_MS = 250;

/** Tells whether commands arrive at this process, so that work that can wait gives way to them. */
export class CommandTraffic {
  #lastAt = Number.NEGATIVE_INFINITY;

  /** Notes that a command arrived. */
  note(): void {
    this.#lastAt = performance.now();
  }

  get isBusy(): boolean {
    return performance.now() - this.#lastAt < BUSY_FOR_MS;
  }
}
