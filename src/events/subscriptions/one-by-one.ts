/** A reaction has handled the events before a certain one, and failed on that event; `cause` is the original error. */
export class StoppedAt extends Error {
  override readonly name = 'StoppedAt';

  constructor(
    readonly index: number,
    cause: unknown,
  ) {
    super(`the event at ${index} could not be handled`, { cause });
  }
}

/**
 * Handles events, or messages about them, one after the other. The checkpoint moves past those before a failure, so
 * they are not handled again.
 * @throws StoppedAt at the first event that fails, or when the signal aborts
 */
export async function oneByOne<Event>(
  events: readonly Event[],
  signal: AbortSignal,
  handle: (event: Event) => void | Promise<void>,
): Promise<void> {
  for (const [index, event] of events.entries()) {
    try {
      signal.throwIfAborted();
      await handle(event);
    } catch (error) {
      throw new StoppedAt(index, error);
    }
  }
}
