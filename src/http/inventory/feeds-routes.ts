import type { z } from 'zod';
import { feedAnswer, feedPath, type FeedRow as GivenRow } from '../../contracts/api/feeds';
import type { FeedAnswer } from '../../domain/inventory/supply/supply-feed';
import type { DirectCommands } from '../../intake/direct-commands';
import type { FeedRow } from '../../stores/inventory/feed/inventory-feed-rows';
import { type Operation, operation } from '../framework/operation';
import { notFound } from '../framework/problem';
import { feedBody } from './feed-body';
import type { ReadRow } from './feed-row';
import type { FeedTurns } from './feed-turns';

type FeedResults = z.output<typeof feedAnswer>['results'];

/** Declares the route of supply feeds. */
export function feedsRoutes(commands: DirectCommands, turns: FeedTurns): Operation[] {
  const feed = operation({
    method: 'post',
    path: '/v1/feeds/{sourceId}',
    operationId: 'reportSupply',
    tag: 'Stock',
    summary: 'Report counts and movements: a JSON array, NDJSON or CSV of up to 10,000 rows',
    description:
      'Every row is answered, in order, and a bad one stops nobody else. Rows take effect in portions, NDJSON and ' +
      'CSV while they are still being sent: where a call fails half way, send it again. That changes nothing twice, as rows are ' +
      'known by their sequence, so no key is needed. The key of a partner needs `feeds:write:<source>` only.',
    scope: ({ sourceId }) => [`feeds:write:${sourceId}`],
    params: feedPath,
    body: feedBody,
    answers: { 200: { description: 'the answers, one for each row', schema: feedAnswer } },
    problems: [404],
    async handle({ params: { sourceId }, body, cause }) {
      const source = await commands.source(sourceId);
      if (!source) throw notFound(`source ${sourceId}`);
      const results: FeedResults = [];
      for await (const rows of body) {
        const sound = rows.flatMap((read) => ('row' in read ? [reported(read.row)] : []));
        const answers = await turns.run(() => commands.applyFeed(source, sound, cause));
        results.push(...inOrder(rows, answers, results.length));
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

/**
 * Merges the answers of readable rows with rejections of the unreadable ones, in the order of the rows. `before`: the
 * number of rows of the feed before them.
 */
function inOrder(rows: readonly ReadRow[], answers: Iterable<FeedAnswer>, before: number): FeedResults {
  const next = answers[Symbol.iterator]();
  return rows.map((read, at) => {
    const row = before + at + 1;
    if ('fault' in read) {
      const { fault: detail, sku, messageId } = read;
      return { row, sku, messageId, outcome: 'rejected', reason: 'INVALID', detail };
    }
    const { done, value } = next.next();
    if (done) throw new Error('the inventory store gave fewer answers than the feed has rows');
    const { kind: outcome, ...more } = value;
    return { row, sku: read.row.sku, messageId: read.row.messageId, outcome, ...more };
  });
}

function countsOf(results: FeedResults) {
  const counts = { applied: 0, duplicate: 0, stale: 0, rejected: 0 };
  for (const { outcome } of results) counts[outcome] += 1;
  return counts;
}
