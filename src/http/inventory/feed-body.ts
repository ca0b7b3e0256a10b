import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { feedRow, MOST_FEED_ROWS } from '../../contracts/api/feeds';
import { PORTION } from '../../stores/inventory/feed/inventory-feed';
import { Problem } from '../framework/problem';
import type { BodyFormat } from '../framework/request-body';
import { type ReadRow, readFeedLine, readFeedRow, readFeedRows } from './feed-row';

const LARGEST_FEED_BYTES = 8 * 1024 * 1024;
const LONGEST_LINE_BYTES = 64 * 1024;
const NEW_LINE = 10;
/** Some programs begin a file with it; concatenated files have it in the middle. */
const BYTE_ORDER_MARK = /^\uFEFF/;

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
  for await (const lines of linesOf(bytes)) {
    for (const row of rowsOf(lines)) {
      taken += 1;
      refuseTooMany(taken);
      portion.push(row);
      if (portion.length < PORTION) continue;
      yield portion;
      portion = [];
    }
  }
  if (portion.length > 0) yield portion;
}

/** Yields the lines that each chunk completes, and the rest at the end. Copies each byte once, however small chunks are. */
async function* linesOf(bytes: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of bytes) {
    const end = chunk.lastIndexOf(NEW_LINE);
    if (end !== -1) {
      yield Buffer.concat([...rest, chunk.subarray(0, end)]);
      rest = [];
      restBytes = 0;
    }
    rest.push(chunk.subarray(end + 1));
    restBytes += chunk.length - end - 1;
    if (restBytes > LONGEST_LINE_BYTES) throw lineTooLong();
  }
  yield Buffer.concat(rest);
}

/** Reads rows lazily, one after the other; skips blank lines. */
function* rowsOf(bytes: Buffer): Iterable<ReadRow> {
  // Invalid UTF-8 spoils its own line only: in UTF-8 the byte of a line feed is part of no other character.
  const isText = isUtf8(bytes);
  for (const line of bytes.toString(isText ? 'utf8' : 'latin1').split('\n')) {
    if (Buffer.byteLength(line, isText ? 'utf8' : 'latin1') > LONGEST_LINE_BYTES) throw lineTooLong();
    const text = (isText ? line : utf8Of(line))?.replace(BYTE_ORDER_MARK, '');
    if (text === undefined) yield { fault: 'row: is not UTF-8' };
    else if (text.trim() !== '') yield readFeedLine(text);
  }
}

function utf8Of(line: string): string | undefined {
  const bytes = Buffer.from(line, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

function lineTooLong(): Problem {
  return tooLarge(`must have lines of at most ${LONGEST_LINE_BYTES} bytes`);
}

function refuseTooMany(rows: number): void {
  if (rows > MOST_FEED_ROWS) throw tooLarge(`must have at most ${MOST_FEED_ROWS} rows`);
}

/** Returns the problem of a feed that is too large. It closes the connection, so that the rest need not be read. */
function tooLarge(message: string): Problem {
  const errors = [{ field: 'body', message }];
  return new Problem('too-large', { detail: message, errors, headers: { Connection: 'close' } });
}
