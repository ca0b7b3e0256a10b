import { z } from 'zod';
import { feedRow, feedRowExample, MOST_FEED_ROWS } from '../../contracts/api/feeds';
import { PORTION } from '../../stores/inventory/feed/inventory-feed';
import { CsvFields } from '../framework/csv-fields';
import { bodyTooLarge } from '../framework/problem';
import type { BodyFormat } from '../framework/request-body';
import { csvText, ndjsonText } from '../framework/rows-as-text';
import { textLines } from '../framework/text-lines';
import { type ReadRow, readFeedLine, readFeedRow, readFeedRows, unreadable } from './feed-row';

const LARGEST_FEED_BYTES = 8 * 1024 * 1024;

/** The rows of a feed, in portions that are applied together. */
export type FeedBody = AsyncIterable<readonly ReadRow[]>;

/** The formats of a feed: a JSON array, NDJSON with one row a line, or CSV with a header. A bad row is rejected alone. */
export const feedBody: BodyFormat<FeedBody> = {
  maxBytes: LARGEST_FEED_BYTES,
  parsers: { 'application/json': readArray },
  streams: { 'application/x-ndjson': readLines, 'text/csv': readCsv },
  schemas: {
    'application/json': z.array(feedRow).max(MOST_FEED_ROWS),
    'application/x-ndjson': ndjsonText('one `FeedRow` a line', feedRowExample),
    'text/csv': csvText(
      'the first row names the fields of `FeedRow`; an empty cell is a field that is left out',
      feedRowExample,
    ),
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
  const rows = new Portions();
  for await (const lines of textLines(bytes)) {
    for (const line of lines)
      yield* rows.add(line === undefined ? unreadable('row: is not UTF-8') : readFeedLine(line));
  }
  yield* rows.end();
}

const CSV_FIELDS = new CsvFields(feedRow);

/** Reads rows of CSV as they arrive, as `readLines` does. */
async function* readCsv(bytes: AsyncIterable<Buffer>): FeedBody {
  const rows = new Portions();
  for await (const row of CSV_FIELDS.rows(bytes, 'messageId'))
    yield* rows.add('fault' in row ? unreadable(row.fault) : readFeedRow(row.value));
  yield* rows.end();
}

/** Collects rows until a portion is full. */
class Portions {
  #portion: ReadRow[] = [];
  #taken = 0;

  *add(row: ReadRow): Iterable<readonly ReadRow[]> {
    this.#taken += 1;
    refuseTooMany(this.#taken);
    this.#portion.push(row);
    if (this.#portion.length < PORTION) return;
    yield this.#portion;
    this.#portion = [];
  }

  *end(): Iterable<readonly ReadRow[]> {
    if (this.#portion.length > 0) yield this.#portion;
  }
}

function refuseTooMany(rows: number): void {
  if (rows > MOST_FEED_ROWS) throw bodyTooLarge(`must have at most ${MOST_FEED_ROWS} rows`);
}
