import type { EventPage, TimelineEvent } from './answers';
import { ask, queryOf, send } from './client';
import { may } from './session';

/** The longest wait of one request for news. */
const WAIT = { Prefer: 'wait=25' };
/** The polling interval of a key that may not read the event feed, and the least time between two reads. */
const LOOK_MS = 5_000;
const LEAST_MS = 700;
const AFTER_TROUBLE_MS = 3_000;

/**
 * Calls back when there may be news of some event types, until the signal aborts. It waits on the event feed; with a
 * key without `events:read` it polls every few seconds.
 */
export async function onNews(types: string, tell: () => void, signal: AbortSignal): Promise<void> {
  let after = 'now';
  while (!signal.aborted) {
    try {
      const isQuiet = may('events:read') && !(await hasNews());
      if (!isQuiet) tell();
      await pause(may('events:read') ? LEAST_MS : LOOK_MS, signal);
    } catch {
      await pause(AFTER_TROUBLE_MS, signal);
    }
  }

  async function hasNews(): Promise<boolean> {
    const headers = after === 'now' ? {} : WAIT;
    const page = await ask<EventPage>(`/v1/events${queryOf({ types, after, limit: '1000' })}`, {
      headers,
      signal,
    });
    const isFirst = after === 'now';
    after = page.next;
    return isFirst || page.items.length > 0;
  }
}

/** Follows the events of an order, past ones first, and reconnects until the signal aborts. */
export async function followOrder(
  id: string,
  tell: (events: readonly TimelineEvent[]) => void,
  signal: AbortSignal,
): Promise<void> {
  let last: string | undefined;
  while (!signal.aborted) {
    try {
      const headers = {
        Accept: 'text/event-stream',
        ...(last === undefined ? {} : { 'Last-Event-ID': last }),
      };
      const path = `/v1/orders/${encodeURIComponent(id)}/events`;
      const { body } = await send(path, { headers, signal });
      if (body) {
        for await (const messages of messagesIn(body)) {
          last = messages.at(-1)?.id ?? last;
          tell(messages.map(({ data }) => data));
        }
      }
    } catch {
      // An error is ignored: the page reads the state of the order on its own, and the stream only adds to it.
    }
    await pause(AFTER_TROUBLE_MS, signal);
  }
}

interface Message {
  readonly id: string | undefined;
  readonly data: TimelineEvent;
}

/** Reads server-sent events, all that arrive together at once. */
async function* messagesIn(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<readonly Message[]> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const blocks = (text + part.value).split('\n\n');
    text = blocks.pop() ?? '';
    const messages = blocks.flatMap(messageOf);
    if (messages.length > 0) yield messages;
  }
}

/** Reads one block; a heartbeat has no data. */
function messageOf(block: string): readonly Message[] {
  const field = (name: string) =>
    block
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2);
  const data = field('data');
  return data === undefined ? [] : [{ id: field('id'), data: JSON.parse(data) }];
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
