/** The callers in this process that wait for commands to be answerable. Steps that commit here wake them. */
export class WaitingCallers {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Wakes the callers that wait for these commands. */
  tell(commandIds: readonly string[]): void {
    for (const id of commandIds) for (const wake of this.#waiting.get(id) ?? []) wake();
  }

  /** Starts to listen for a command. The caller must call `stop`. */
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
