import { type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import type { Order } from '../../domain/order/order';

/** An order with the items that its lines name. */
export interface OrderSkus {
  readonly id: string;
  readonly skus: readonly string[];
}

/** Returns the SKUs of some lines, each once. */
export function skusIn(lines: readonly { readonly sku: string }[]): readonly string[] {
  return [...new Set(lines.map(({ sku }) => sku))].sort();
}

/** Builds the insertion of the rows by which orders are found by item. `moment` is when the orders were created. */
export function insertOrderItems(orders: readonly OrderSkus[], moment: Sql, condition: Sql) {
  const rows = orders.flatMap(({ id, skus }) => skus.map((sku) => ({ id, sku })));
  return sql`
    INSERT INTO order_item (sku, created_at, order_id)
    SELECT i.sku, ${moment}, i.id FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS i(id text, sku text)
    ${condition} ORDER BY i.sku, i.id`;
}

/** The items that an order has gained or lost. */
export interface ItemChange {
  readonly id: string;
  readonly createdAt: string;
  readonly sku: string;
  readonly isGone: boolean;
}

/** Returns the items that a changed order has gained or lost: only a revision changes its lines. */
export function itemChanges(before: Order | undefined, after: Order | undefined): readonly ItemChange[] {
  if (!before || !after || before.lines === after.lines) return [];
  const { id, createdAt } = after;
  const had = new Set(skusIn(before.lines));
  const has = new Set(skusIn(after.lines));
  return [
    ...[...has].filter((sku) => !had.has(sku)).map((sku) => ({ id, createdAt, sku, isGone: false })),
    ...[...had].filter((sku) => !has.has(sku)).map((sku) => ({ id, createdAt, sku, isGone: true })),
  ];
}

/** Builds the parts of a statement that save gained and lost items. */
export function saveItemChanges(changes: readonly ItemChange[]) {
  return sql`
    items AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(changes)}::jsonb) AS i(
        id text, "createdAt" timestamptz, sku text, "isGone" boolean)),
    lost AS (
      DELETE FROM order_item o USING items i
      WHERE i."isGone" AND o.sku = i.sku AND o.created_at = i."createdAt" AND o.order_id = i.id),
    gained AS (
      INSERT INTO order_item (sku, created_at, order_id)
      SELECT sku, "createdAt", id FROM items WHERE NOT "isGone" ORDER BY sku, id)`;
}
