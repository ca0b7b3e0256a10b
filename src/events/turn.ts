import { readLog } from '../stores/event-feed';
import type { PositionedEvent } from '../stores/event-rows';
import { LOG_START } from '../stores/log-cursor';
import { placeInLog } from '../stores/log-place';
import type { StoreSession } from '../stores/store-session';
import { beginAgain, park, type SubscriptionStore, type Turn } from '../stores/subscription-store';
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

/**
 * Handles the next events, at most `limit`, and moves the checkpoint past them; says whether there is more to read.
 * @throws HandlerFailure
 */
export async function takeTurn(
  store: SubscriptionStore,
  subscription: Subscription,
  limit: number,
): Promise<boolean> {
  const { name, revision } = subscription;
  const hasMore = await store.turn(name, async (turn) => {
    // While versions are being exchanged the newer one has the say.
    if (turn.revision > revision) return false;
    const restartAt = turn.revision < revision ? FROM_THE_START : turn.restartAt;
    if (restartAt !== null) return restart(turn.session, subscription, restartAt);
    return advance(turn, subscription, limit);
  });
  return hasMore ?? false;
}

async function advance(
  { session, cursor, move }: Turn,
  { types, handler }: Subscription,
  limit: number,
): Promise<boolean> {
  const { events, next, isLast } = await readLog(session, cursor, { types, stream: null }, limit);
  if (events.length > 0) {
    const handled = handler.kind === 'projection' ? handler.apply(session, events) : handler.react(events);
    await handled.catch((error: unknown) => {
      throw new HandlerFailure(events, error);
    });
  }
  await move(next);
  return !isLast;
}

/** Leaves an event aside that is the next one to handle, and still is. */
export async function leaveAside(
  store: SubscriptionStore,
  { name, types }: Subscription,
  event: PositionedEvent,
  failure: string,
): Promise<void> {
  await store.turn(name, async ({ session, cursor, move }) => {
    const { events, next } = await readLog(session, cursor, { types, stream: null }, 1);
    if (events[0]?.position !== event.position) return;
    await park(session, name, event, failure);
    await move(next);
  });
}

/** Begins again from a place; what was folded from events that come again is thrown away before. */
async function restart(session: StoreSession, subscription: Subscription, at: string): Promise<boolean> {
  const { handler } = subscription;
  const cursor = at === FROM_THE_START ? LOG_START : await placeInLog(session, at);
  if (handler.kind === 'projection') await handler.clear(session);
  await beginAgain(session, subscription, cursor);
  return true;
}
