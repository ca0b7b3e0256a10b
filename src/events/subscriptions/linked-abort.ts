/**
 * A controller that aborts with a signal which lives longer, until it is released. Of each signal that
 * `AbortSignal.any` makes of one that lives long, Node 20 keeps a trace for as long.
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
