import { cursorAfter, readLog } from '../../stores/log/event-feed';
import type { PositionedEvent } from '../../stores/log/event-rows';
import { LOG_START, type LogCursor } from '../../stores/log/log-cursor';
import { placeInLog } from '../../stores/log/log-place';
import { lockLogStart } from '../../stores/log/log-start';
import { park } from '../../stores/log/parked-events';
import { beginAgain, type Checkpoint } from '../../stores/log/subscription-store';
import type { StoreSession } from '../../stores/postgres/store-session';
import { StoppedAt } from './one-by-one';
import { whileOwned } from './ownership';
import type { Runner } from './runner';
import type { Projection, Reaction, Subscription } from './subscription';

/** The restart position for the start of the log. Any other restart position is a moment. */
export const FROM_THE_START = 'start';

/** A failure to handle these events, one of which is at fault; `cause` is the original error. */
export class HandlerFailure extends Error {
  override readonly name = 'HandlerFailure';

  constructor(
    readonly events: readonly PositionedEvent[],
    cause: unknown,
  ) {
    super(`${events.length} events could not be handled`, { cause });
  }
}

export interface BatchResult {
  /** The number of handled events. */
  readonly handled: number;
  /** True when the log has more to read. */
  readonly hasMore: boolean;
}

export const NOTHING_DONE: BatchResult = { handled: 0, hasMore: false };
const RESTARTED: BatchResult = { handled: 0, hasMore: true };

/** A subscription whose handler is of one kind. */
type Of<Handler> = Subscription & { readonly handler: Handler };

/**
 * Handles the next events, at most `limit`, and moves the checkpoint past them.
 * @throws HandlerFailure when the handler fails or its saves cannot be written
 */
export function processBatch(
  runner: Runner,
  subscription: Subscription,
  limit: number,
): Promise<BatchResult> {
  const { handler } = subscription;
  return handler.kind === 'projection'
    ? project(runner, { ...subscription, handler }, limit)
    : react(runner, { ...subscription, handler }, limit);
}

async function project({ store }: Runner, subscription: Of<Projection>, limit: number): Promise<BatchResult> {
  const { name, revision, handler } = subscription;
  let handled: readonly PositionedEvent[] = [];
  try {
    const result = await store.inBatch(name, async ({ session, move, ...checkpoint }) => {
      // During a rolling upgrade only the newer revision handles events.
      if (checkpoint.revision > revision) return NOTHING_DONE;
      const restartAt = restartOf(checkpoint, revision);
      if (restartAt !== null) {
        await lockLogStart(session);
        const cursor = await placeOf(session, restartAt);
        await handler.clear(session);
        await beginAgain(session, subscription, cursor);
        move(cursor);
        return RESTARTED;
      }
      const { events, next, isLast } = await readNext(session, checkpoint, subscription, limit);
      handled = events;
      if (events.length > 0) await handler.apply(session, events);
      move(next);
      return { handled: events.length, hasMore: !isLast };
    });
    return result ?? NOTHING_DONE;
  } catch (error) {
    throw handled.length > 0 ? new HandlerFailure(handled, error) : error;
  }
}

async function react(runner: Runner, subscription: Of<Reaction>, limit: number): Promise<BatchResult> {
  const { store, owner } = runner;
  const { name, revision, handler } = subscription;
  const checkpoint = await store.claim(subscription, owner);
  if (!checkpoint) return NOTHING_DONE;
  const restartAt = (await peerRestart(runner, subscription, checkpoint)) ?? restartOf(checkpoint, revision);
  if (restartAt !== null) {
    await store.beginAgain(subscription, owner, await placeOf(store.log, restartAt));
    return RESTARTED;
  }
  const page = await readNext(store.log, checkpoint, subscription, limit);
  const { events, next, isLast } = page;
  if (events.length > 0) {
    await whileOwned(runner, name, (signal) => handler.react(events, signal)).catch(
      async (error: unknown) => {
        if (!(error instanceof StoppedAt)) throw new HandlerFailure(events, error);
        const last = events[error.index - 1];
        if (last) await store.move(name, owner, cursorAfter(page, last));
        throw new HandlerFailure(events.slice(error.index, error.index + 1), error.cause);
      },
    );
  }
  const isMoved = await store.move(name, owner, next);
  return isMoved ? { handled: events.length, hasMore: !isLast } : NOTHING_DONE;
}

/** Compares the party's data with those of the last batch. @returns the start of the log when the party lost them */
async function peerRestart(
  { store, owner }: Runner,
  { name, handler }: Of<Reaction>,
  checkpoint: Checkpoint,
): Promise<string | null> {
  const peer = await handler.peer?.();
  if (peer === undefined || peer === checkpoint.peer) return null;
  await store.notePeer(name, owner, peer);
  return checkpoint.peer === null ? null : FROM_THE_START;
}

/** Parks an event, if it is still the next one to handle, and moves the checkpoint past it. */
export async function parkNext(
  { store, owner }: Pick<Runner, 'store' | 'owner'>,
  subscription: Subscription,
  event: PositionedEvent,
  failure: string,
): Promise<void> {
  const { name } = subscription;
  const readOne = async (session: StoreSession, checkpoint: Checkpoint) => {
    const { events, next } = await readNext(session, checkpoint, subscription, 1);
    return events[0]?.position === event.position ? next : undefined;
  };
  if (subscription.handler.kind === 'reaction') {
    const checkpoint = await store.claim(subscription, owner);
    const next = checkpoint && (await readOne(store.log, checkpoint));
    if (next) await store.park(name, owner, event, failure, next);
    return;
  }
  await store.inBatch(name, async ({ session, move, ...checkpoint }) => {
    const next = await readOne(session, checkpoint);
    if (!next) return;
    await park(session, name, event, failure);
    move(next);
  });
}

function restartOf(checkpoint: Checkpoint, revision: number): string | null {
  return checkpoint.revision < revision ? FROM_THE_START : checkpoint.restartAt;
}

async function placeOf(session: StoreSession, at: string): Promise<LogCursor> {
  return at === FROM_THE_START ? LOG_START : await placeInLog(session, at);
}

function readNext(session: StoreSession, { cursor }: Checkpoint, { types }: Subscription, limit: number) {
  return readLog(session, cursor, { types, stream: null, isAwaited: true }, limit);
}
