import { Unavailable } from '../subscriptions/outage';

export interface SessionOptions<Session> {
  /** The broker, as an operator knows it. */
  readonly broker: string;
  connect(): Promise<Session>;
  disconnect(session: Session): Promise<void> | void;
}

/**
 * The connection to a broker: opened when it is needed, and dropped after a failure, so that the next batch connects
 * anew and looks whether the broker still has its data. The clients' own reconnecting would hide that.
 */
export class BrokerSession<Session> {
  #opened: Promise<Session> | undefined;

  constructor(private readonly options: SessionOptions<Session>) {}

  /** @throws Unavailable */
  open(): Promise<Session> {
    this.#opened ??= this.options.connect().catch((error: unknown) => {
      this.#opened = undefined;
      throw this.unavailable(error);
    });
    return this.#opened;
  }

  async drop(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    // The connection is broken or idle: an error while it closes changes nothing.
    await opened?.then((session) => this.options.disconnect(session)).catch(() => undefined);
  }

  unavailable(error: unknown): Unavailable {
    return new Unavailable(this.options.broker, error);
  }
}
