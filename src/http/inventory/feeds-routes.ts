import type { z } from 'zod';
import { feedAnswer, feedPath, type FeedRow as GivenRow } from '../../contracts/api/feeds';
import type { DirectCommands } from '../../intake/direct-commands';
import type { FeedRow } from '../../stores/inventory/feed/inventory-feed-rows';
import { type Operation, operation } from '../framework/operation';
import { notFound } from '../framework/problem';
import { feedBody } from './feed-body';
import type { ReadRow } from './feed-row';

type FeedResults = z.output<typeof feedAnswer>['results'];

/** Declares the route of supply feeds. */
export function feedsRoutes(commands: DirectCommands): Operation[] {
  const feed = operation({
    method: 'post',
    path: '/v1/feeds/{sourceId}',
    tag: 'Stock',
    summary: 'Report counts and movements: a JSON array or NDJSON of up to 10,000 rows',
    description:
      'Every row is answered, in order, and a bad one stops nobody else. Rows take effect in portions, NDJSON while ' +
      'it is still being sent: where a call fails half way, send it again. That changes nothing twice, as rows are ' +
      'known by their sequence, so no key is needed. The key of a partner needs `feeds:write:<source>` only.',
    scope: ({ sourceId }) => `feeds:write:${sourceId}`,
    params: feedPath,
    body: feedBody,
    answers: { 200: { description: 'an answer for each row', schema: feedAnswer } },
    problems: [404],
    async handle({ params: { sourceId }, body, cause }) {
      const source = await commands.source(sourceId);
      if (!source) throw notFound(`source ${sourceId}`);
      const results: FeedResults = [];
      for await (const rows of body) {
        const sound = rows.flatMap((read) => ('row' in read ? [reported(read.row)] : []));
        results.push(...inOrder(rows, await commands.applyFeed(source, sound, cause)));
      }
      return { status: 200, json: { ...countsOf(results), results } };
    },
  });
  return [feed];
}

function reported(row: GivenRow): FeedRow {
  const { messageId, sku, nodeId, section = null, sequence, observedAt, count, movement = 0 } = row;
  return count === undefined
    ? { messageId, sku, nodeId, section, sequence, observedAt, movement }
    : { messageId, sku, nodeId, section, sequence, observedAt, count };
}

/** Merges the answers of readable rows with rejections of the unreadable ones, in the order of the rows. */
function inOrder(rows: readonly ReadRow[], answers: Iterable<FeedResults[number]>): FeedResults {
  const next = answers[Symbol.iterator]();
  return rows.map((read) => {
    if ('fault' in read) return { kind: 'rejected', reason: 'INVALID', detail: read.fault };
    const { done, value } = next.next();
    if (done) throw new Error('a row of the feed got no answer');
    return value;
  });
}

function countsOf(results: FeedResults) {
  const counts = { applied: 0, duplicate: 0, stale: 0, rejected: 0 };
  for (const { kind } of results) counts[kind] += 1;
  return counts;
}
