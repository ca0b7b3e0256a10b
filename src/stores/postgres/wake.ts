/**
 * Notifies listeners in this process that a store has saved something, so that they do not wait for their next poll.
 * `News` is what was saved, for listeners that need to know it.
 */
export class Wake<News = void> {
  readonly #listeners = new Set<(news: News) => void>();

  tell(news: News): void {
    for (const listener of this.#listeners) listener(news);
  }

  /** Calls `listener` after each save, until the caller calls the returned function. */
  listen(listener: (news: News) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
