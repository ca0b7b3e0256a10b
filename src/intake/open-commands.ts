import type { CommandStore } from '../stores/orders/command-store';

const COUNTED_FOR_MS = 1_000;

/** The limit on open commands: at the limit no new order or trip is taken. Each process counts once a second. */
export class OpenCommands {
  #countedAt = Number.NEGATIVE_INFINITY;
  #isFull = false;

  constructor(
    private readonly commands: Pick<CommandStore, 'countOpen'>,
    private readonly most: number,
  ) {}

  /** Returns true when the latest count reached the limit; starts a new count when that one is a second old. */
  isFull(now = performance.now()): boolean {
    if (now - this.#countedAt >= COUNTED_FOR_MS) {
      this.#countedAt = now;
      this.commands.countOpen(this.most).then(
        (count) => {
          this.#isFull = count >= this.most;
        },
        // A failed count changes nothing: while the store cannot be reached, the record fails anyway.
        () => undefined,
      );
    }
    return this.#isFull;
  }
}
