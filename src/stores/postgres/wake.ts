/**
 * Notifies listeners in this process that a store has saved something, so that they do not wait for their next poll.
 */
export class Wake {
  readonly #listeners = new Set<() => void>();

  tell(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` after each save, until the caller calls the returned function. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
