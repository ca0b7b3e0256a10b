import type { SagaFixture } from './saga-fixture';

type Sql = Pick<SagaFixture, 'sql'>['sql'];

export const NOTHING_HELD = { stock: [], reservation: null, credit: 0 };

/** Returns the current holdings of one order, in the two stores that hold for it. */
export async function holdingsOf(sql: Sql, orderId: string) {
  const reservations = await sql<{
    state: string;
    sku: string | null;
    node_id: string | null;
    quantity: number;
  }>(
    `SELECT r.state, a.sku, a.node_id, a.quantity FROM inventory.reservation r
     LEFT JOIN inventory.allocation a ON a.reservation_id = r.id WHERE r.order_id = $1 ORDER BY 1, 2, 3`,
    [orderId],
  );
  const credit = await sql<{ state: string; amount: string }>(
    `SELECT state, amount FROM credit.hold WHERE order_id = $1`,
    [orderId],
  );
  return {
    stock: reservations.flatMap(({ sku, node_id, quantity }) =>
      sku ? [`${quantity} ${sku} ${node_id}`] : [],
    ),
    reservation: reservations[0]?.state ?? null,
    credit: credit[0]?.state === 'HELD' ? Number(credit[0].amount) : 0,
  };
}

/** Returns the sums of all holds and commitments: zero after every order was refused. */
export async function heldAltogether(sql: Sql) {
  const [stock] = await sql<{ held: number; committed: number }>(
    `SELECT sum(held)::int AS held, sum(committed)::int AS committed FROM inventory.stock`,
  );
  const [credit] = await sql<{ held: number }>(`SELECT sum(held)::int AS held FROM credit.account`);
  const [rows] = await sql<{ count: number }>(`SELECT count(*)::int AS count FROM inventory.allocation`);
  return { held: stock?.held, committed: stock?.committed, credit: credit?.held, allocations: rows?.count };
}

/** Returns the types of an order's events in all three stores, in order within each store. */
export async function eventTypesOf(sql: Sql, orderId: string): Promise<readonly string[]> {
  const types = ['orders', 'credit', 'inventory'].map((schema) =>
    sql<{ type: string }>(`SELECT type FROM ${schema}.event WHERE correlation = $1 ORDER BY position`, [
      orderId,
    ]),
  );
  return (await Promise.all(types)).flat().map(({ type }) => type);
}
