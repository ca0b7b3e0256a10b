import { Unavailable } from '../subscriptions/outage';

export interface SessionOptions<Session> {
  /** The broker, as an operator knows it. */
  readonly broker: string;
  connect(): Promise<Session>;
  /** Creates what is missing on the broker, and reads the identity of its data. */
  identify(session: Session): Promise<string>;
  disconnect(session: Session): Promise<void> | void;
}

/** Without traffic, the loss of the broker's data is noticed after this time. */
const KEPT_FOR_MS = 5_000;

/**
 * The connection to a broker: opened when it is needed, and dropped after a failure, so that the next batch connects
 * anew and looks whether the broker still has its data. The clients' own reconnecting would hide that.
 */
export class BrokerSession<Session> {
  #opened: Promise<Session> | undefined;
  #identity: { readonly value: string; readonly readAt: number } | undefined;

  constructor(private readonly options: SessionOptions<Session>) {}

  /** @throws Unavailable */
  open(): Promise<Session> {
    this.#opened ??= this.options.connect().catch((error: unknown) => {
      this.#opened = undefined;
      throw this.unavailable(error);
    });
    return this.#opened;
  }

  /** Returns the identity of the broker's data, read within the last seconds. @throws Unavailable */
  async identity(): Promise<string> {
    const session = await this.open();
    if (this.#identity && performance.now() - this.#identity.readAt < KEPT_FOR_MS)
      return this.#identity.value;
    try {
      const value = await this.options.identify(session);
      this.#identity = { value, readAt: performance.now() };
      return value;
    } catch (error) {
      await this.drop();
      throw this.unavailable(error);
    }
  }

  async drop(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    this.#identity = undefined;
    // The connection is broken or idle: an error while it closes changes nothing.
    await opened?.then((session) => this.options.disconnect(session)).catch(() => undefined);
  }

  unavailable(error: unknown): Unavailable {
    return new Unavailable(this.options.broker, error);
  }
}
