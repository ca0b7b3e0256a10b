import { Readable } from 'node:stream';
import type { EventPageView } from '../../contracts/api/events';
import type { LogName } from '../../contracts/logs';
import { EVENT_STREAM_HEARTBEAT, eventStreamText } from '../framework/event-stream';
import type { EventWaits } from './event-waits';

const HEARTBEAT_MS = 15_000;
/** Then the follower reconnects, so that its API key is checked again. */
const LONGEST_MS = 15 * 60_000;

/** The next page of a reader, from the cursor at which the last one ended. */
export type ReadPage = (after: string | undefined) => Promise<EventPageView>;

/**
 * The event feed as server-sent events. The last message of a page has the cursor after the page as its id. The next
 * page is read once the previous one has left this process. It ends after 15 minutes, or when the process stops.
 */
export function eventFeedStream(
  read: ReadPage,
  after: string | undefined,
  logs: readonly LogName[],
  waits: EventWaits,
): Readable {
  return Readable.from(parts(read, after, logs, waits), { highWaterMark: 1 });
}

async function* parts(
  read: ReadPage,
  from: string | undefined,
  logs: readonly LogName[],
  waits: EventWaits,
): AsyncGenerator<string> {
  const endsAt = performance.now() + LONGEST_MS;
  let after = from;
  let beatAt = performance.now() + HEARTBEAT_MS;
  while (!waits.isStopped && performance.now() < endsAt) {
    const page = await read(after);
    after = page.next;
    if (page.items.length > 0) {
      yield textOf(page);
      beatAt = performance.now() + HEARTBEAT_MS;
    } else if (!page.more) await waits.news(logs, Math.max(0, beatAt - performance.now()));
    if (performance.now() >= beatAt) {
      yield EVENT_STREAM_HEARTBEAT;
      beatAt = performance.now() + HEARTBEAT_MS;
    }
  }
}

function textOf({ items, next }: EventPageView): string {
  return items
    .map((event, at) =>
      eventStreamText({ id: at === items.length - 1 ? next : undefined, event: event.type, data: event }),
    )
    .join('');
}
