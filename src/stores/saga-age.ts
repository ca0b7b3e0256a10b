import { sqltag as sql } from '@prisma/client/runtime/client';
import type { OrderEvent } from '../domain/order/order-events';

/** A saga that has not finished within this time is listed as stuck. */
const STUCK_AFTER_SECONDS = 30;

/** Whether a moment is so long ago that whatever began then is stuck. */
export function isLate(moment: ReturnType<typeof sql>) {
  return sql`${moment} < statement_timestamp() - make_interval(secs => ${STUCK_AFTER_SECONDS})`;
}

/**
 * When a saga on the order `o` has begun, or begun again, with the last of these events. The order's log says so: its
 * row changes with whatever else happens to it, so that a caller whose commands are refused again and again would keep
 * a lost saga from ever being found.
 */
export function begunAt(beginnings: readonly OrderEvent['type'][]) {
  return sql`least(o.updated_at, (
    SELECT max(occurred_at) FROM event WHERE stream = 'order/' || o.id AND type = ANY(${[...beginnings]})))`;
}
