import type { StoreSession } from '../../stores/postgres/store-session';
import type { StoreSessions } from '../audit-across';

/**
 * `lost`: the orders store has neither the order nor a command of that id. `final`: the order is rejected or cancelled,
 * and no command on it is open. `alive`: any other order.
 */
export type Ownership = 'lost' | 'final' | 'alive';

/** Reads the ownership of each order. Read holdings first: an order is recorded before anything is held for it. */
export async function ownershipOf(
  orders: StoreSession,
  orderIds: readonly string[],
): Promise<ReadonlyMap<string, Ownership>> {
  const rows = await orders.$queryRaw<{ id: string; ownership: Ownership }[]>`
    SELECT asked.id, CASE
        WHEN EXISTS (SELECT FROM command c WHERE c.subject = asked.id AND c.closed_at IS NULL) THEN 'alive'
        WHEN o.status IN ('REJECTED', 'CANCELLED') THEN 'final'
        WHEN o.id IS NULL AND NOT EXISTS (SELECT FROM command c WHERE c.id = asked.id) THEN 'lost'
        ELSE 'alive' END AS ownership
    FROM unnest(${[...orderIds]}::text[]) AS asked(id) LEFT JOIN "order" o ON o.id = asked.id`;
  return new Map(rows.map(({ id, ownership }) => [id, ownership]));
}

/** Returns the orders for which no store has logged an event, and no command was recorded, within the safe age. */
export async function settledOf(
  stores: StoreSessions,
  orderIds: readonly string[],
  safeMinutes: number,
): Promise<ReadonlySet<string>> {
  const ids = [...orderIds];
  const young = await Promise.all([
    ...Object.values(stores).map(
      (session: StoreSession) => session.$queryRaw<{ id: string }[]>`
        SELECT DISTINCT correlation AS id FROM event WHERE correlation = ANY(${ids}::text[])
          AND recorded_at > clock_timestamp() - make_interval(mins => ${safeMinutes}::int)`,
    ),
    stores.orders.$queryRaw<{ id: string }[]>`
      SELECT DISTINCT subject AS id FROM command WHERE subject = ANY(${ids}::text[])
        AND (closed_at IS NULL OR greatest(recorded_at, closed_at)
          > clock_timestamp() - make_interval(mins => ${safeMinutes}::int))`,
  ]);
  const busy = new Set(young.flat().map(({ id }) => id));
  return new Set(ids.filter((id) => !busy.has(id)));
}
