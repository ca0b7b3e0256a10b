/** A step that is over, or goes on elsewhere, is never heard of again: those that have not timed out for longest are let go. */
const MOST_REMEMBERED = 1_000;

/**
 * How often steps have timed out in this process. Their attempts do not say it: those that met a server which is down are
 * counted there, too.
 */
export class StepTimeouts {
  readonly #counts = new Map<string, number>();

  /** One more; says how many there have been. */
  add(step: string): number {
    const count = (this.#counts.get(step) ?? 0) + 1;
    this.#counts.delete(step);
    this.#counts.set(step, count);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > MOST_REMEMBERED && oldest !== undefined) this.#counts.delete(oldest);
    return count;
  }
}
