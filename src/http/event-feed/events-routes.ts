import {
  type EventPageView,
  eventFeedHeaders,
  eventMessages,
  eventPage,
  eventsQuery,
} from '../../contracts/api/events';
import { LOGS, type LogName } from '../../contracts/logs';
import { archivedUntil } from '../../stores/log/log-start';
import { newsSince } from '../../stores/log/timeline-feed';
import type { Stores } from '../../stores/stores';
import { EVENT_STREAM } from '../framework/event-stream';
import type { HeavyReads } from '../framework/heavy-reads';
import { type Operation, operation } from '../framework/operation';
import { unlessArchived } from '../framework/past-reads';
import { preferenceHeaders } from '../framework/preference';
import { invalid, Problem } from '../framework/problem';
import { eventFeedStream } from './event-feed-stream';
import { type LogTypes, pageOfLogs } from './event-pages';
import type { EventWaits } from './event-waits';
import { cursorsAt, cursorText, type LogCursors, START } from './log-cursors';

/** The value of `after` for a reader that wants only later events. */
const NOW = 'now';

const DESCRIPTION = `The feed has every event of every store. Read a page, store its \`next\`, and send it as \`after\` for the next
page. No event is skipped, however late it commits. Events of one stream come in the order of their versions; there is no
order between the stores. Old events may be archived: a reader without \`after\` begins at the start of the logs, with the
acts of the audit log before it, and the first page says until when events are archived; a cursor before the start is refused
with 410. After an error request the same page again. With \`Prefer: wait=N\` an empty answer waits up to N
seconds for an event. With \`Accept: text/event-stream\` the answer goes on with each new event, for 15 minutes at most. To
resume, send the last \`id\` as \`Last-Event-ID\`: no event is skipped, and those of one page may come again.`;

/** Declares the route of the event feed. */
export function eventsRoutes(
  { logs }: Pick<Stores, 'logs'>,
  heavyReads: HeavyReads,
  waits: EventWaits,
): Operation[] {
  const readEvents = operation({
    method: 'get',
    path: '/v1/events',
    operationId: 'listEvents',
    tag: 'Events',
    summary: 'Read the event feed',
    description: DESCRIPTION,
    scope: 'events:read',
    query: eventsQuery,
    headers: eventFeedHeaders,
    answers: {
      200: {
        description: 'the next events',
        schema: eventPage,
        others: { [EVENT_STREAM]: eventMessages },
        headers: { 'Preference-Applied': '`wait=N`' },
      },
    },
    problems: [406, 410, 503],
    async handle({ caller, query: { after, types, stream = null, limit }, headers, mediaType }) {
      const wanted = typesByLog(types);
      const field = headers['Last-Event-ID'] === undefined ? 'after' : 'Last-Event-ID';
      const read = (cursors: LogCursors) =>
        unlessArchived(field, beforeStart, () =>
          heavyReads.run(caller, () => pageOfLogs(logs, wanted, cursors, { stream, limit })),
        );
      const asked = headers['Last-Event-ID'] ?? after;
      const last = asked === NOW ? cursorText(await cursorsNow(logs)) : asked;
      const from = last === undefined ? START : cursorsAt(last, 'after');
      if (mediaType === EVENT_STREAM) {
        if (waits.isFull) throw new Problem('unavailable', { detail: 'too many readers wait for events' });
        const readOn = (cursor: string | undefined) =>
          read(cursor === undefined ? START : cursorsAt(cursor, 'after'));
        return { status: 200, stream: eventFeedStream(readOn, last, [...wanted.keys()], waits) };
      }
      const { page, granted } = await waits.untilNews(
        headers.Prefer,
        [...wanted.keys()],
        (before: EventPageView | undefined) => read(before ? cursorsAt(before.next, 'after') : from),
        hasNews,
      );
      const json = last === undefined ? await withStarts(page, logs, [...wanted.keys()]) : page;
      return { status: 200, headers: preferenceHeaders(granted), json };
    },
  });
  return [readEvents];
}

function beforeStart(until: string): string {
  return `is before the start of the log: the events until ${until} are archived`;
}

/** Adds the moments until which these logs are archived, if any is. */
async function withStarts(
  page: EventPageView,
  logs: Stores['logs'],
  names: readonly LogName[],
): Promise<EventPageView> {
  const starts = await Promise.all(
    names.map(async (name) => [name, await archivedUntil(logs[name])] as const),
  );
  const archived = starts.filter(([, until]) => until !== null);
  return archived.length === 0 ? page : { ...page, archivedUntil: Object.fromEntries(archived) };
}

/** Returns the cursors after every event that has committed. */
async function cursorsNow(logs: Stores['logs']): Promise<LogCursors> {
  const atEnd = async (name: LogName) => {
    const { readUpTo } = await newsSince(logs[name], null);
    return [name, { readUpTo, window: null }];
  };
  return { ...START, ...Object.fromEntries(await Promise.all(LOGS.map(atEnd))) };
}

function hasNews({ items, more }: EventPageView): boolean {
  return items.length > 0 || more;
}

/**
 * Returns the logs with events of these types, and the types in each; null for all types of a log, as `<log>.*` names
 * them. Each type begins with the name of its log.
 * @throws Problem invalid-request when a type belongs to no log
 */
function typesByLog(types: readonly string[] | undefined): ReadonlyMap<LogName, LogTypes> {
  if (types === undefined) return new Map(LOGS.map((log) => [log, null]));
  const byLog = new Map<LogName, LogTypes>();
  for (const type of types) {
    const name = type.slice(0, type.indexOf('.'));
    const log = LOGS.find((one) => one === name);
    if (!log) throw invalid('types', `no event type begins with ${name}`);
    const named = byLog.get(log);
    const isAll = named === null || type === `${log}.*`;
    byLog.set(log, isAll ? null : [...(named ?? []), type]);
  }
  return byLog;
}
