import { readLog } from '../stores/log/event-feed';
import type { PositionedEvent } from '../stores/log/event-rows';
import { LOG_START } from '../stores/log/log-cursor';
import { placeInLog } from '../stores/log/log-place';
import { beginAgain, park, type SubscriptionStore, type Turn } from '../stores/log/subscription-store';
import type { StepSession } from '../stores/postgres/store-session';
import type { Subscription } from './subscription';

/** The restart position for the start of the log. Any other restart position is a moment. */
export const FROM_THE_START = 'start';

/** A failure to handle events; `cause` is the original error. */
export class HandlerFailure extends Error {
  override readonly name = 'HandlerFailure';

  constructor(
    readonly events: readonly PositionedEvent[],
    cause: unknown,
  ) {
    super(`${events.length} events could not be handled`, { cause });
  }
}

export interface TurnResult {
  /** The number of handled events. */
  readonly handled: number;
  /** True when the log has more to read. */
  readonly hasMore: boolean;
}

const NOTHING_DONE: TurnResult = { handled: 0, hasMore: false };

/**
 * Handles the next events, at most `limit`, and moves the checkpoint past them.
 * @throws HandlerFailure when the handler fails or its saves cannot be written
 */
export async function takeTurn(
  store: SubscriptionStore,
  subscription: Subscription,
  limit: number,
): Promise<TurnResult> {
  const { name, revision } = subscription;
  let handled: readonly PositionedEvent[] = [];
  try {
    const result = await store.turn(name, async (turn) => {
      // During a rolling upgrade only the newer revision handles events.
      if (turn.revision > revision) return NOTHING_DONE;
      const restartAt = turn.revision < revision ? FROM_THE_START : turn.restartAt;
      if (restartAt !== null) return restart(turn.session, subscription, restartAt);
      const { events, next, isLast } = await readNext(turn, subscription, limit);
      handled = events;
      if (events.length > 0) await handle(turn.session, subscription, events);
      turn.move(next);
      return { handled: events.length, hasMore: !isLast };
    });
    return result ?? NOTHING_DONE;
  } catch (error) {
    throw handled.length > 0 ? new HandlerFailure(handled, error) : error;
  }
}

function readNext({ session, cursor }: Turn, { types }: Subscription, limit: number) {
  return readLog(session, cursor, { types, stream: null }, limit);
}

function handle(
  session: StepSession,
  { handler }: Subscription,
  events: readonly PositionedEvent[],
): Promise<void> {
  return handler.kind === 'projection' ? handler.apply(session, events) : handler.react(events);
}

/** Parks an event, if it is still the next one to handle, and moves the checkpoint past it. */
export async function leaveAside(
  store: SubscriptionStore,
  subscription: Subscription,
  event: PositionedEvent,
  failure: string,
): Promise<void> {
  const { name } = subscription;
  await store.turn(name, async (turn) => {
    const { events, next } = await readNext(turn, subscription, 1);
    if (events[0]?.position !== event.position) return;
    await park(turn.session, name, event, failure);
    turn.move(next);
  });
}

/** Restarts a subscription at `start` or at a moment. Clears a projection first: its events are folded again. */
async function restart(session: StepSession, subscription: Subscription, at: string): Promise<TurnResult> {
  const { handler } = subscription;
  const cursor = at === FROM_THE_START ? LOG_START : await placeInLog(session, at);
  if (handler.kind === 'projection') await handler.clear(session);
  await beginAgain(session, subscription, cursor);
  return { handled: 0, hasMore: true };
}
