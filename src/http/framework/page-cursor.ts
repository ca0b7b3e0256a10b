import { z } from 'zod';
import { givenMoment, orderId } from '../../contracts/api/fields';
import type { OrderPosition } from '../../stores/orders/orders-reads';
import { invalid } from './problem';

/**
 * Reads the position from which a listing goes on.
 * @param id the schema of the listed ids, when they are not ids of orders
 * @throws Problem invalid-request for text that is not a cursor
 */
export function positionAt(cursor: string, id: z.ZodType<string> = orderId): OrderPosition {
  const position = z.tuple([givenMoment, id]);
  const parsed = position.safeParse(Buffer.from(cursor, 'base64url').toString('latin1').split(' '));
  if (!parsed.success) throw invalid('cursor', 'is not a cursor of this listing');
  const [createdAt, last] = parsed.data;
  return { createdAt, id: last };
}

/** Makes a page from rows read with one more than `limit`: the extra row tells that there is a next page. */
export function pageFrom<Row extends OrderPosition, View>(
  rows: readonly Row[],
  limit: number,
  view: (row: Row) => View,
): { items: View[]; nextCursor?: string } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const items = shown.map(view);
  return rows.length > limit && last ? { items, nextCursor: cursorAfter(last) } : { items };
}

function cursorAfter({ createdAt, id }: OrderPosition): string {
  return Buffer.from(`${createdAt} ${id}`, 'latin1').toString('base64url');
}
