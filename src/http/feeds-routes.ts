import type { z } from 'zod';
import { type FeedRow, feedAnswer, feedPath } from '../contracts/api/feeds';
import type { DirectCommands } from '../intake/direct-commands';
import type { CountRow } from '../stores/inventory-feed';
import { feedBody, type ReadRow } from './feed-body';
import { type Operation, operation } from './operation';
import { notFound } from './problem';

type FeedResults = z.output<typeof feedAnswer>['results'];

/** What sources report. */
export function feedsRoutes(commands: DirectCommands): Operation[] {
  const feed = operation({
    method: 'post',
    path: '/v1/feeds/{sourceId}',
    tag: 'Stock',
    summary: 'Report counts: a JSON array or NDJSON of up to 10,000 rows',
    description:
      'Every row is answered, in order, and a bad one stops nobody else. Sending rows again changes nothing: they ' +
      'are duplicates by their sequence, so no key is needed. The key of a partner needs `feeds:write:<source>` only.',
    scope: ({ sourceId }) => `feeds:write:${sourceId}`,
    params: feedPath,
    body: feedBody,
    answers: { 200: { description: 'an answer for each row', schema: feedAnswer } },
    problems: [404],
    async handle({ params: { sourceId }, body, cause }) {
      const counts = body.flatMap((read) => ('row' in read ? [countOf(read.row)] : []));
      const answers = await commands.applyCounts(sourceId, counts, cause);
      if (!answers) throw notFound(`source ${sourceId}`);
      const results = inOrder(body, answers);
      return { status: 200, json: { ...countsOf(results), results } };
    },
  });
  return [feed];
}

function countOf(row: FeedRow): CountRow {
  return { ...row, section: row.section ?? null };
}

/** The answers of the rows that were applied, among those of the rows that could not be read. */
function inOrder(body: readonly ReadRow[], answers: Iterable<FeedResults[number]>): FeedResults {
  const next = answers[Symbol.iterator]();
  return body.map((read) => {
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
