/** An event in its stream: versions are 1, 2, 3 and so on, without a gap. */
export interface VersionedEvent {
  readonly stream: string;
  readonly version: number;
}

/** The state that a consumer keeps, and the way to read events that it has missed. */
export interface ConsumerState<Event extends VersionedEvent> {
  /**
   * Returns the version of the last event of a stream that was applied; 0: none. Where the first events of a stream are
   * archived, a consumer begins with a snapshot and its version.
   */
  versionOf(stream: string): number | Promise<number>;
  /** Applies an event and remembers its version, in one transaction. */
  apply(event: Event): void | Promise<void>;
  /** Reads the events of a stream after a version, in order, such as from `GET /v1/events?stream=`. */
  missed(stream: string, after: number): Promise<readonly Event[]>;
}

/**
 * How an event was handled: applied as the next one, ignored as known, or applied after the missing events before it.
 */
export type Taken = 'applied' | 'known' | 'caught up';

/**
 * A stream has a gap that cannot be filled: the missing events are archived, the source has lost them, or the consumer
 * reads another source.
 */
export class EventsMissing extends Error {
  override readonly name = 'EventsMissing';

  constructor({ stream, version }: VersionedEvent, known: number) {
    super(`${stream}: version ${version} follows version ${known}, and those between cannot be read`);
  }
}

/**
 * Applies each event once and in order, whatever a channel does: it ignores events that it knows, applies the next one,
 * and fetches those that are missing. It takes one event at a time.
 */
export class IdempotentConsumer<Event extends VersionedEvent> {
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly state: ConsumerState<Event>) {}

  /**
   * Handles an event from a channel.
   * @throws EventsMissing when earlier events cannot be found, and every error of `state`; the event is then not
   * applied
   */
  take(event: Event): Promise<Taken> {
    const taken = this.#last.then(() => this.#take(event));
    this.#last = taken.catch(() => undefined);
    return taken;
  }

  async #take(event: Event): Promise<Taken> {
    const known = await this.state.versionOf(event.stream);
    if (event.version <= known) return 'known';
    if (event.version === known + 1) {
      await this.state.apply(event);
      return 'applied';
    }
    let last = known;
    for (const missed of await this.state.missed(event.stream, known)) {
      if (missed.version !== last + 1) break;
      await this.state.apply(missed);
      last = missed.version;
    }
    if (last === event.version - 1) {
      await this.state.apply(event);
      last = event.version;
    }
    if (last < event.version) throw new EventsMissing(event, last);
    return 'caught up';
  }
}
