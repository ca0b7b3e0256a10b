import type { z } from 'zod';
import { invalid } from './problem';

/** The values of one row by which a listing is sorted. Together they are unique. */
export type Position = readonly string[];

/**
 * Reads the position from which a listing goes on; undefined without a cursor.
 * @param position the schema of the values by which the listing is sorted
 * @throws Problem invalid-request for text that is not a cursor of this listing
 */
export function positionAt<P extends z.ZodType<Position>>(
  cursor: string | undefined,
  position: P,
): z.output<P> | undefined {
  if (cursor === undefined) return undefined;
  const values = valuesAt(cursor, position);
  if (values === undefined) throw invalid('cursor', 'is not a cursor of this listing');
  return values;
}

/** Reads the values in a cursor; undefined for text that is not a cursor with such values. */
export function valuesAt<V extends z.ZodType>(cursor: string, values: V): z.output<V> | undefined {
  const parsed = values.safeParse(jsonOf(cursor));
  return parsed.success ? parsed.data : undefined;
}

/** Makes a cursor, opaque text, from the values that a reader goes on from. */
export function cursorOf(values: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(values), 'utf8').toString('base64url');
}

function jsonOf(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Makes a page from rows read with one more than `limit`: the extra row tells that there is a next page. */
export function pageFrom<Row, View>(
  rows: readonly Row[],
  limit: number,
  positionOf: (row: Row) => Position,
  view: (row: Row) => View,
): { items: View[]; nextCursor?: string } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const items = shown.map(view);
  return rows.length > limit && last ? { items, nextCursor: cursorOf(positionOf(last)) } : { items };
}
