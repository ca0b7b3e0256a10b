import { type EventPageView, eventPage, eventsQuery } from '../../contracts/api/events';
import { waitHeaders } from '../../contracts/api/headers';
import { LOGS, type LogName } from '../../contracts/logs';
import type { Stores } from '../../stores/stores';
import type { HeavyReads } from '../framework/heavy-reads';
import { type Operation, operation } from '../framework/operation';
import { preferenceHeaders } from '../framework/preference';
import { invalid } from '../framework/problem';
import { type LogTypes, pageOfLogs } from './event-pages';
import { EventWaits } from './event-waits';
import { cursorsAt, START } from './log-cursors';

const DESCRIPTION = `The feed has every event of every store. Read a page, store its \`next\`, and send it as \`after\` for the next
page. No event is skipped, however late it commits. Events of one stream come in the order of their versions; there is no
order between the stores. After an error request the same page again. With \`Prefer: wait=N\` an empty answer waits up to N
seconds for an event.`;

/** Declares the route of the event feed. */
export function eventsRoutes({ logs }: Pick<Stores, 'logs'>, heavyReads: HeavyReads): Operation[] {
  const waits = new EventWaits(logs);
  const readEvents = operation({
    method: 'get',
    path: '/v1/events',
    tag: 'Events',
    summary: 'Read the event feed',
    description: DESCRIPTION,
    scope: 'events:read',
    query: eventsQuery,
    headers: waitHeaders,
    answers: {
      200: {
        description: 'the next events',
        schema: eventPage,
        headers: { 'Preference-Applied': '`wait=N`' },
      },
    },
    async handle({ caller, query: { after, types, stream = null, limit }, headers }) {
      const from = after === undefined ? START : cursorsAt(after, 'after');
      const wanted = typesByLog(types);
      const read = (cursors: typeof from) =>
        heavyReads.run(caller, () => pageOfLogs(logs, wanted, cursors, { stream, limit }));
      const seconds = waits.isFull ? 0 : headers.Prefer;
      const deadline = performance.now() + seconds * 1_000;
      let page = await read(from);
      for (;;) {
        const left = deadline - performance.now();
        if (left <= 0 || hasNews(page))
          return { status: 200, headers: preferenceHeaders(seconds), json: page };
        await waits.news([...wanted.keys()], left);
        page = await read(cursorsAt(page.next, 'after'));
      }
    },
  });
  return [readEvents];
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
