import { z } from 'zod';
import { type FeedRow, feedRow, MOST_FEED_ROWS } from '../contracts/api/feeds';
import { fieldErrors } from './field-errors';
import { invalid, Problem } from './problem';
import type { BodyFormat } from './request-body';
import { parseStrictJson } from './strict-json';

const LARGEST_FEED_BYTES = 8 * 1024 * 1024;

/** A row of a feed that could be read, or what is wrong with it. */
export type ReadRow = { readonly row: FeedRow } | { readonly fault: string };

/** A feed as a JSON array or as NDJSON, one row a line. A bad row is that row's fault alone. */
export const feedBody: BodyFormat<readonly ReadRow[]> = {
  maxBytes: LARGEST_FEED_BYTES,
  parsers: { 'application/json': readArray, 'application/x-ndjson': readLines },
  schemas: {
    'application/json': z.array(feedRow).max(MOST_FEED_ROWS),
    'application/x-ndjson': z.string().meta({ description: 'one `FeedRow` a line' }),
  },
};

function readArray(text: string): readonly ReadRow[] {
  const values = parseStrictJson(text);
  if (!Array.isArray(values)) throw invalid('body', 'must be an array of rows');
  refuseTooMany(values.length);
  return values.map(readRow);
}

function readLines(text: string): readonly ReadRow[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  refuseTooMany(lines.length);
  return lines.map(readLine);
}

function readLine(line: string): ReadRow {
  try {
    return readRow(parseStrictJson(line));
  } catch (error) {
    if (error instanceof Problem) return { fault: error.message };
    throw error;
  }
}

function readRow(value: unknown): ReadRow {
  const parsed = feedRow.safeParse(value);
  if (parsed.success) return { row: parsed.data };
  const errors = fieldErrors(parsed.error, 'row');
  return { fault: errors.map(({ field, message }) => `${field}: ${message}`).join('; ') };
}

function refuseTooMany(rows: number): void {
  if (rows <= MOST_FEED_ROWS) return;
  const message = `must have at most ${MOST_FEED_ROWS} rows`;
  throw new Problem('too-large', { detail: message, errors: [{ field: 'body', message }] });
}
