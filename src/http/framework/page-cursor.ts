import type { z } from 'zod';
import { invalid } from './problem';

/** The values by which a listing is sorted, of one of its rows. They are unique together. */
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
  const parsed = position.safeParse(jsonOf(cursor));
  if (!parsed.success) throw invalid('cursor', 'is not a cursor of this listing');
  return parsed.data;
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
  return rows.length > limit && last ? { items, nextCursor: cursorAfter(positionOf(last)) } : { items };
}

function cursorAfter(position: Position): string {
  return Buffer.from(JSON.stringify(position), 'utf8').toString('base64url');
}
