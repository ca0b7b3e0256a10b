import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable } from '../subscriptions/outage';

export interface SessionOptions<Session> {
  /** The broker, as an operator knows it. */
  readonly broker: string;
  /** Loads the client's library and connects: a process without this broker does not load it. */
  connect(): Promise<Session>;
  /** Creates what is missing on the broker, and reads the identity of its data. */
  identify(session: Session): Promise<string>;
  disconnect(session: Session): Promise<void> | void;
}

const ANSWER_MS = 5_000;

/** Waits for the answer of a broker, for five seconds: some clients wait for ever. */
export async function answered<T>(work: Promise<T>): Promise<T> {
  const [result] = await allAnswered([work]);
  if (result?.status !== 'fulfilled') throw result?.reason;
  return result.value;
}

/** Waits for several answers of a broker, for five seconds in all. One timer serves them all: a batch has hundreds. */
export async function allAnswered<T>(works: readonly Promise<T>[]): Promise<PromiseSettledResult<T>[]> {
  const done = new AbortController();
  const late = sleep(ANSWER_MS, undefined, { signal: done.signal }).then(() => {
    throw new Error(`no answer within ${ANSWER_MS / 1_000} s`);
  });
  // The timeout may reject after the race is over.
  late.catch(() => undefined);
  try {
    return await Promise.allSettled(works.map((work) => Promise.race([work, late])));
  } finally {
    done.abort();
  }
}

/** Without traffic, the loss of the broker's data is noticed after this time. */
const KEPT_FOR_MS = 5_000;

/**
 * The connection to a broker: opened when it is needed, and dropped after a failure, so that the next batch connects
 * anew and checks whether the broker still has its data. The clients' own reconnecting would hide that.
 */
export class BrokerSession<Session> {
  #opened: Promise<Session> | undefined;
  #identity: { readonly value: string; readonly readAt: number } | undefined;

  constructor(private readonly options: SessionOptions<Session>) {}

  /** @throws Unavailable */
  open(): Promise<Session> {
    this.#opened ??= this.#connect();
    return this.#opened;
  }

  async #connect(): Promise<Session> {
    const connecting = this.options.connect();
    try {
      return await answered(connecting);
    } catch (error) {
      this.#opened = undefined;
      // A connection that comes too late is of no use.
      connecting.then((session) => this.options.disconnect(session)).catch(() => undefined);
      throw this.unavailable(error);
    }
  }

  /** Returns the identity of the broker's data, read within the last seconds. @throws Unavailable */
  async identity(): Promise<string> {
    const session = await this.open();
    if (this.#identity && performance.now() - this.#identity.readAt < KEPT_FOR_MS)
      return this.#identity.value;
    try {
      const value = await answered(this.options.identify(session));
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
    if (!opened) return;
    // The connection is broken or idle: an error while it closes changes nothing, and some clients never end it.
    await answered(opened.then((session) => this.options.disconnect(session))).catch(() => undefined);
  }

  unavailable(error: unknown): Unavailable {
    return new Unavailable(this.options.broker, error);
  }
}
