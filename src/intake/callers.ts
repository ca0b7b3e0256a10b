/** The callers of this process that wait for commands to be answerable, told by the steps that commit in it. */
export class WaitingCallers {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Tells the callers of some commands that these can be answered. */
  tell(commandIds: readonly string[]): void {
    for (const id of commandIds) for (const wake of this.#waiting.get(id) ?? []) wake();
  }

  /** Begins to listen for a command; `stop` must be called. */
  listen(commandId: string): { readonly told: Promise<void>; stop(): void } {
    let wake = (): void => undefined;
    const told = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const wakes = this.#waiting.get(commandId) ?? new Set();
    wakes.add(wake);
    this.#waiting.set(commandId, wakes);
    const stop = () => {
      wakes.delete(wake);
      if (wakes.size === 0) this.#waiting.delete(commandId);
    };
    return { told, stop };
  }
}
