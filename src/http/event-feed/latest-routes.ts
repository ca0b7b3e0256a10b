import { z } from 'zod';
import { type LatestStockView, latestQuery, latestStock } from '../../contracts/api/events';
import { waitHeaders } from '../../contracts/api/headers';
import type { AvailabilityReads } from '../../stores/inventory/availability/availability-reads';
import type { HeavyReads } from '../framework/heavy-reads';
import { type Operation, operation } from '../framework/operation';
import { cursorOf, valuesAt } from '../framework/page-cursor';
import { preferenceHeaders } from '../framework/preference';
import { invalid } from '../framework/problem';
import type { EventWaits } from './event-waits';
import { shelfItem } from './snapshot-routes';

const DESCRIPTION = `The answer has the newest state of each item at each node that has changed after the cursor, each once,
however often it has changed: a follower that wants no history needs no event. Without \`after\` it begins with all of them.
Send \`next\` as \`after\` of the next call. With \`Prefer: wait=N\` an empty answer waits up to N seconds for a change. A count
that only repeats the one before is no change.`;

/** Declares the route of the latest state of stock. */
export function latestRoutes(
  reads: AvailabilityReads,
  heavyReads: HeavyReads,
  waits: EventWaits,
): Operation[] {
  const readLatest = operation({
    method: 'get',
    path: '/v1/latest/stock',
    operationId: 'getLatestStock',
    tag: 'Events',
    summary: 'Read the newest state of the stock that has changed',
    description: DESCRIPTION,
    scope: 'events:read',
    query: latestQuery,
    headers: waitHeaders,
    answers: {
      200: {
        description: 'the newest states',
        schema: latestStock,
        headers: { 'Preference-Applied': '`wait=N`' },
      },
    },
    async handle({ caller, query: { after, limit }, headers }) {
      const from = after === undefined ? '0' : changeAt(after);
      const { page, granted } = await waits.untilNews(
        headers.Prefer,
        ['inventory'],
        () => heavyReads.run(caller, () => pageAfter(reads, from, limit)),
        ({ items }) => items.length > 0,
      );
      return { status: 200, headers: preferenceHeaders(granted), json: page };
    },
  });
  return [readLatest];
}

async function pageAfter(reads: AvailabilityReads, from: string, limit: number): Promise<LatestStockView> {
  const { shelves, change } = await reads.changedAfter(from, limit);
  return {
    items: shelves.map(shelfItem),
    next: cursorOf([change]),
    more: shelves.length === limit,
  };
}

function changeAt(cursor: string): string {
  const [change] = valuesAt(cursor, z.tuple([z.string().regex(/^\d{1,19}$/)])) ?? [];
  if (change === undefined) throw invalid('after', 'is not a cursor of the latest stock');
  return change;
}
