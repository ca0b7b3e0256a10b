/**
 * A controller that aborts when a longer-lived signal aborts, until it is released. With `AbortSignal.any`, the
 * longer-lived signal would keep a trace of every such signal for its whole life (Node 20).
 */
export class LinkedAbort {
  readonly #controller = new AbortController();
  readonly #follow = () => this.#controller.abort(this.outer.reason);

  constructor(private readonly outer: AbortSignal) {
    outer.addEventListener('abort', this.#follow);
    if (outer.aborted) this.#follow();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason?: unknown): void {
    this.#controller.abort(reason);
  }

  release(): void {
    this.outer.removeEventListener('abort', this.#follow);
  }
}
