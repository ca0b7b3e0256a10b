import type { Accepted } from '../../stores/webhooks/webhook';

/**
 * Records accepted messages while others are sent: those that come while a statement runs are recorded by the next one.
 * A crash loses the few that are not recorded yet: they are delivered again.
 */
export class AcceptedRecorder {
  #waiting: Accepted[] = [];
  #running: Promise<void> | undefined;
  #failure: Error | undefined;

  constructor(private readonly record: (messages: readonly Accepted[]) => Promise<void>) {}

  /** True when a message could not be recorded: to send more would only have them delivered again. */
  get isBroken(): boolean {
    return this.#failure !== undefined;
  }

  add(message: Accepted): void {
    this.#waiting.push(message);
    this.#running ??= this.#recordAll();
  }

  /** Resolves when all messages are recorded. @throws the error that prevented it */
  async done(): Promise<void> {
    await this.#running;
    if (this.#failure) throw this.#failure;
  }

  async #recordAll(): Promise<void> {
    try {
      while (this.#waiting.length > 0) await this.record(this.#waiting.splice(0));
    } catch (error) {
      this.#failure = new Error('accepted messages could not be recorded', { cause: error });
    }
    this.#running = undefined;
  }
}
