import type { CommandStore } from '../stores/orders/command-store';

const COUNTED_FOR_MS = 1_000;

/** Whether so many commands are open that no new order or trip may be taken. Each process counts once a second. */
export class OpenCommands {
  #countedAt = Number.NEGATIVE_INFINITY;
  #isFull = false;

  constructor(
    private readonly commands: Pick<CommandStore, 'countOpen'>,
    private readonly most: number,
  ) {}

  /** By the latest count; begins another one where that is old. */
  isFull(now = performance.now()): boolean {
    if (now - this.#countedAt >= COUNTED_FOR_MS) {
      this.#countedAt = now;
      this.commands.countOpen(this.most).then(
        (count) => {
          this.#isFull = count >= this.most;
        },
        // While the store cannot be reached the record fails by itself.
        () => undefined,
      );
    }
    return this.#isFull;
  }
}
