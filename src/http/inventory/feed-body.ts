import { z } from 'zod';
import { feedRow, MOST_FEED_ROWS } from '../../contracts/api/feeds';
import { PORTION } from '../../stores/inventory/feed/inventory-feed';
import type { BodyFormat } from '../framework/request-body';
import { bodyTooLarge, textLines } from '../framework/text-lines';
import { type ReadRow, readFeedLine, readFeedRow, readFeedRows } from './feed-row';

const LARGEST_FEED_BYTES = 8 * 1024 * 1024;

/** The rows of a feed, in portions that are applied together. */
export type FeedBody = AsyncIterable<readonly ReadRow[]>;

/** The format of a feed: a JSON array, or NDJSON with one row a line. A bad row is rejected alone. */
export const feedBody: BodyFormat<FeedBody> = {
  maxBytes: LARGEST_FEED_BYTES,
  parsers: { 'application/json': readArray },
  streams: { 'application/x-ndjson': readLines },
  schemas: {
    'application/json': z.array(feedRow).max(MOST_FEED_ROWS),
    'application/x-ndjson': z.string().meta({ description: 'one `FeedRow` a line' }),
  },
};

/** Reads an array: it is one JSON value, so all of it must be valid JSON before any row is applied. */
function readArray(text: string): FeedBody {
  const values = readFeedRows(text);
  refuseTooMany(values.length);
  return inPortions(values);
}

async function* inPortions(values: readonly unknown[]): FeedBody {
  for (let from = 0; from < values.length; from += PORTION) {
    yield values.slice(from, from + PORTION).map(readFeedRow);
  }
}

/**
 * Reads lines as they arrive and yields them in portions: a body that breaks off leaves its earlier portions applied.
 */
async function* readLines(bytes: AsyncIterable<Buffer>): FeedBody {
  let portion: ReadRow[] = [];
  let taken = 0;
  for await (const lines of textLines(bytes)) {
    for (const line of lines) {
      taken += 1;
      refuseTooMany(taken);
      portion.push(line === undefined ? { fault: 'row: is not UTF-8' } : readFeedLine(line));
      if (portion.length < PORTION) continue;
      yield portion;
      portion = [];
    }
  }
  if (portion.length > 0) yield portion;
}

function refuseTooMany(rows: number): void {
  if (rows > MOST_FEED_ROWS) throw bodyTooLarge(`must have at most ${MOST_FEED_ROWS} rows`);
}
