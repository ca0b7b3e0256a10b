import { readLog } from '../stores/log/event-feed';
import type { PositionedEvent } from '../stores/log/event-rows';
import { LOG_START } from '../stores/log/log-cursor';
import { placeInLog } from '../stores/log/log-place';
import { beginAgain, park, type SubscriptionStore, type Turn } from '../stores/log/subscription-store';
import type { StepSession } from '../stores/postgres/store-session';
import type { Subscription } from './subscription';

/** The other places to begin again at are moments. */
export const FROM_THE_START = 'start';

/** The handler threw; `cause` says what. */
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
  /** Events that were handled. */
  readonly handled: number;
  /** Whether there is more to read. */
  readonly hasMore: boolean;
}

const NOTHING_DONE: TurnResult = { handled: 0, hasMore: false };

/**
 * Handles the next events, at most `limit`, and moves the checkpoint past them.
 * @throws HandlerFailure also where what the handler has saved cannot be written
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
      // While versions are being exchanged the newer one has the say.
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

/** Leaves an event aside that is the next one to handle, and still is. */
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

/** Begins again from a place; what was folded from events that come again is thrown away before. */
async function restart(session: StepSession, subscription: Subscription, at: string): Promise<TurnResult> {
  const { handler } = subscription;
  const cursor = at === FROM_THE_START ? LOG_START : await placeInLog(session, at);
  if (handler.kind === 'projection') await handler.clear(session);
  await beginAgain(session, subscription, cursor);
  return { handled: 0, hasMore: true };
}
