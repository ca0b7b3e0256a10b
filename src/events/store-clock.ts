/** The time after which the store's clock is read again. */
const KEPT_FOR_MS = 1_000;

/**
 * The clock of a store, advanced between two reads by the clock of this process. It is never ahead of the store's
 * clock: time counts from the arrival of the answer.
 */
export class StoreClock {
  #read: { readonly storeMs: number; readonly arrivedAt: number } | undefined;

  constructor(private readonly readNow: () => Promise<string>) {}

  /** Reads the store's clock, unless that was done a moment ago. */
  async keep(): Promise<void> {
    if (this.#read && performance.now() - this.#read.arrivedAt < KEPT_FOR_MS) return;
    const storeMs = Date.parse(await this.readNow());
    this.#read = { storeMs, arrivedAt: performance.now() };
  }

  /**
   * Returns the store's time at a moment of `performance.now()`, as RFC 3339.
   * @throws Error before the clock was read
   */
  at(moment: number): string {
    if (!this.#read) throw new Error('the clock of the store has not been read yet');
    return new Date(Math.floor(this.#read.storeMs + moment - this.#read.arrivedAt)).toISOString();
  }
}
