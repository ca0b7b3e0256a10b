import type { Sql } from '@prisma/client/runtime/client';
import { sqltag as sql } from '@prisma/client/runtime/client';
import type { Allocation } from '../../domain/inventory/offer/sourcing';
import type { PartnerRequest } from '../../domain/inventory/reservation/partner-request';
import type { StoreSession } from '../../stores/postgres/store-session';
import type { StoreSessions } from '../audit-across';
import { type Ownership, ownershipOf, settledOf } from './order-owners';

interface Unowned {
  readonly orderId: string;
  readonly ownership: Exclude<Ownership, 'alive'>;
}

/** Stock that a reservation keeps for an order that is lost or final. */
export interface UnownedStock extends Unowned {
  readonly id: string;
  readonly allocations: readonly Allocation[];
  readonly backordered: readonly { readonly sku: string; readonly quantity: number }[];
  /** The partners that were asked: each may have a booking. */
  readonly partnerRequests: readonly PartnerRequest[];
}

/** Credit that is held for an order that is lost or final. Minor units. */
export interface UnownedCredit extends Unowned {
  readonly customerId: string;
  readonly currency: string | null;
  readonly held: number;
  /** The amount that the customer owes for shipments; a release does not change it. */
  readonly captured: number;
}

const ROWS_A_PAGE = 500;

/** Reads the stock that no order owns, in pages. It leaves out orders that changed within the safe age. */
export function unownedStock(
  stores: StoreSessions,
  safeMinutes: number,
): AsyncGenerator<readonly UnownedStock[]> {
  return unowned(stores, safeMinutes, (after) =>
    rowsOf<UnownedStock>(
      stores.inventory,
      sql`
        SELECT json_build_object('id', id, 'orderId', order_id, 'allocations', allocations,
          'backordered', backordered, 'partnerRequests', partner_requests) AS row
        FROM reservation WHERE order_id > ${after} AND state IN ('HELD', 'COMMITTED')
        ORDER BY order_id LIMIT ${ROWS_A_PAGE}::int`,
    ),
  );
}

/** Reads the credit that no order owns, in pages. It leaves out orders that changed within the safe age. */
export async function* unownedCredit(
  stores: StoreSessions,
  safeMinutes: number,
): AsyncGenerator<readonly UnownedCredit[]> {
  const pages = unowned(stores, safeMinutes, (after) =>
    rowsOf<UnownedCredit>(
      stores.credit,
      sql`
        SELECT json_build_object('orderId', order_id, 'customerId', h.customer_id, 'currency', a.currency,
          'held', h.amount - c.captured, 'captured', c.captured) AS row
        FROM hold h JOIN account a ON a.customer_id = h.customer_id CROSS JOIN LATERAL (
          SELECT coalesce(sum((value->>'amount')::bigint), 0) AS captured
          FROM jsonb_each(h.captures) WHERE value->>'state' = 'CAPTURED') c
        WHERE order_id > ${after} AND state <> 'RELEASED' ORDER BY order_id LIMIT ${ROWS_A_PAGE}::int`,
    ),
  );
  // The hold of a cancelled order stays, with nothing in it.
  for await (const page of pages)
    yield page.filter(({ ownership, held }) => ownership === 'lost' || held > 0);
}

async function* unowned<Row extends Unowned>(
  stores: StoreSessions,
  safeMinutes: number,
  read: (after: string) => Promise<readonly Omit<Row, 'ownership'>[]>,
): AsyncGenerator<readonly Row[]> {
  for (let after = ''; ; ) {
    const rows = (await read(after)) as readonly Row[];
    const owners = await ownershipOf(
      stores.orders,
      rows.map(({ orderId }) => orderId),
    );
    const found = rows.flatMap((row) => {
      const ownership = owners.get(row.orderId) ?? 'alive';
      return ownership === 'alive' ? [] : [{ ...row, ownership }];
    });
    const settled = await settledOf(
      stores,
      found.map(({ orderId }) => orderId),
      safeMinutes,
    );
    yield found.filter(({ orderId }) => settled.has(orderId));
    const last = rows.at(-1);
    if (!last || rows.length < ROWS_A_PAGE) return;
    after = last.orderId;
  }
}

async function rowsOf<Row>(session: StoreSession, query: Sql): Promise<readonly Omit<Row, 'ownership'>[]> {
  const rows = await session.$queryRaw<{ row: Omit<Row, 'ownership'> }[]>(query);
  return rows.map(({ row }) => row);
}
