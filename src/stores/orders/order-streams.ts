import { type FollowingEvents, type OrderStory, UNTOLD } from '../../domain/insights/order-tallies';
import type { Order } from '../../domain/order/order';
import type { StoreSession } from '../postgres/store-session';

/** The part of an order's stream that is still in the log, after the story that its archived events tell. */
export type OrderStream = Omit<FollowingEvents, 'id'> & { readonly stream: string };

/** The story of an order's archived events, beside the order itself. */
export type ArchivedStory = Pick<OrderStory, 'approvedAt'>;

interface Row extends Pick<OrderStream, 'stream' | 'events'> {
  readonly start: { readonly order: Order; readonly past: ArchivedStory } | null;
}

/** Reads some streams of orders, each up to a version. */
export async function storiesUpTo(
  session: StoreSession,
  versions: ReadonlyMap<string, number>,
): Promise<readonly OrderStream[]> {
  const streams = [...versions.keys()];
  const last = [...versions.values()];
  const rows = await session.$queryRaw<Row[]>`
    SELECT told.stream,
      CASE WHEN s.stream IS NOT NULL THEN json_build_object('order', s.state, 'past', s.past) END AS start,
      (SELECT coalesce(json_agg(json_build_object('version', e.version, 'event',
          json_build_object('type', e.type, 'data', e.data, 'occurredAt', iso(e.occurred_at))) ORDER BY e.version), '[]')
        FROM event e WHERE e.stream = told.stream AND e.version > coalesce(s.version, 0) AND e.version <= told.last) AS events
    FROM unnest(${streams}::text[], ${last}::int[]) AS told(stream, last)
    LEFT JOIN stream_start s ON s.stream = told.stream`;
  return rows.map(({ stream, events, start }) => ({
    stream,
    events,
    story: start ? { order: start.order, ...start.past } : UNTOLD,
  }));
}
