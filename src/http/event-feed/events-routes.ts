import { eventPage, eventsQuery } from '../../contracts/api/events';
import { LOGS, type LogName } from '../../stores/log/log-cursor';
import type { Stores } from '../../stores/stores';
import type { HeavyReads } from '../framework/heavy-reads';
import { type Operation, operation } from '../framework/operation';
import { invalid } from '../framework/problem';
import { pageOfLogs } from './event-pages';
import { cursorsAt, START } from './log-cursors';

const DESCRIPTION = `Every event of every store, for whoever follows from outside: read a page, keep \`next\`, ask again with
\`after\`. Nothing is skipped, however late it was committed; events of one stream come in the order of their versions, and
there is no order between the stores. After a fault the same page can be asked for again.`;

/** Declares the route of the event feed. */
export function eventsRoutes({ logs }: Pick<Stores, 'logs'>, heavyReads: HeavyReads): Operation[] {
  const readEvents = operation({
    method: 'get',
    path: '/v1/events',
    tag: 'Events',
    summary: 'Follow what happens',
    description: DESCRIPTION,
    scope: 'events:read',
    query: eventsQuery,
    answers: { 200: { description: 'the next events', schema: eventPage } },
    async handle({ caller, query: { after, types = null, stream = null, limit } }) {
      const from = after === undefined ? START : cursorsAt(after, 'after');
      const read = () => pageOfLogs(logs, logsOf(types), from, { types, stream, limit });
      const page = await heavyReads.run(caller, read);
      return { status: 200, json: page };
    },
  });
  return [readEvents];
}

/**
 * Returns the logs with events of these types: each type begins with the name of its store.
 * @throws Problem invalid-request when a type belongs to no store
 */
function logsOf(types: readonly string[] | null): readonly LogName[] {
  if (types === null) return LOGS;
  const names = new Set(types.map((type) => type.slice(0, type.indexOf('.'))));
  const unknown = [...names].find((name) => !LOGS.some((log) => log === name));
  if (unknown !== undefined) throw invalid('types', `no event begins with ${unknown}`);
  return LOGS.filter((log) => names.has(log));
}
