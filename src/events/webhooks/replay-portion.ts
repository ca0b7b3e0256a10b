import type { LogName } from '../../contracts/logs';
import { type LogPage, readLog } from '../../stores/log/event-feed';
import type { LogCursor } from '../../stores/log/log-cursor';
import { placeInLog } from '../../stores/log/log-place';
import { EventsArchived } from '../../stores/log/log-start';
import type { OrdersReads } from '../../stores/orders/orders-reads';
import type { StoreSession } from '../../stores/postgres/store-session';
import type { ReplayStore } from '../../stores/webhooks/replay-store';
import { messagesFor } from './wanted-events';

export interface ReplayOptions {
  readonly replays: ReplayStore;
  readonly logs: Readonly<Record<LogName, StoreSession>>;
  readonly ordersReads: Pick<OrdersReads, 'orders'>;
  readonly owner: string;
  readonly leaseMs: number;
}

const MOST_EVENTS = 500;
const ALL = { types: null, stream: null };

/**
 * Carries out the next portion of a requested replay. It saves the messages together with the place in the log, so a
 * replay continues where a killed relay left it. The replay ends with the events that existed at its first portion.
 * @returns false when there is nothing to replay
 */
export async function replayPortion({
  replays,
  logs,
  ordersReads,
  owner,
  leaseMs,
}: ReplayOptions): Promise<boolean> {
  const claimed = await replays.claim(owner, leaseMs);
  if (!claimed) return false;
  const { log, audience, cursor } = claimed;
  const session = logs[log];
  const { events, next, isLast } = await nextEvents(session, cursor as LogCursor | null, audience.since);
  const messages = await messagesFor([audience], log, events, ordersReads);
  await replays.addPortion(claimed, owner, messages, isLast ? null : next);
  return true;
}

/**
 * Reads the next events of a replay. An archive waits for replays, but one that was requested while it moved the start of
 * the log may have begun before the start: it goes on from there.
 */
async function nextEvents(session: StoreSession, cursor: LogCursor | null, since: string): Promise<LogPage> {
  const fromMoment = async () => readLog(session, await placeInLog(session, since), ALL, MOST_EVENTS);
  if (cursor === null) return fromMoment();
  try {
    return await readLog(session, cursor, ALL, MOST_EVENTS);
  } catch (error) {
    if (error instanceof EventsArchived) return fromMoment();
    throw error;
  }
}
