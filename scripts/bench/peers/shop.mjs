import pg from 'pg';

/**
 * The steps of the saga in SQL, the same for both peers. Each step is one statement and so one transaction on one
 * connection for one round trip. Both engines run a step again when they crash before they have recorded its answer:
 * the second run of a step that did its work changes nothing and gives the same answer. A refusal leaves nothing
 * behind and is judged anew.
 */

const RECORD_ORDER = `
  WITH recorded AS (
    INSERT INTO customer_order (order_id, customer_id, currency, total, status)
    VALUES ($1, $2, $3, $4, 'PENDING')
    ON CONFLICT DO NOTHING
    RETURNING order_id)
  INSERT INTO order_line (order_id, line_number, sku, quantity, unit_price)
  SELECT recorded.order_id, line.number, line.sku, line.quantity, line.unit_price
  FROM recorded,
    unnest($5::text[], $6::int[], $7::bigint[]) WITH ORDINALITY AS line (sku, quantity, unit_price, number)`;

const HOLD_CREDIT = `
  WITH held AS (
    UPDATE customer_account SET held = held + $3
    WHERE customer_id = $2 AND held + $3 <= credit_limit
      AND NOT EXISTS (SELECT FROM credit_hold WHERE order_id = $1)
    RETURNING customer_id)
  INSERT INTO credit_hold (order_id, customer_id, amount) SELECT $1, customer_id, $3 FROM held`;

/** The rows are locked in the order of their SKUs, so that two orders for the same SKUs cannot block each other. */
const COMMIT_STOCK = `
  WITH wanted AS (
    SELECT sku, sum(quantity)::int AS quantity
    FROM unnest($2::text[], $3::int[]) AS line (sku, quantity) GROUP BY sku),
  locked AS (
    SELECT stock.sku, wanted.quantity, stock.available >= wanted.quantity AS is_enough
    FROM stock JOIN wanted USING (sku) ORDER BY stock.sku FOR UPDATE OF stock),
  taken AS (
    UPDATE stock SET available = stock.available - locked.quantity
    FROM locked
    WHERE stock.sku = locked.sku
      AND (SELECT count(*) FROM locked WHERE is_enough) = (SELECT count(*) FROM wanted)
      AND NOT EXISTS (SELECT FROM stock_commitment WHERE order_id = $1)
    RETURNING stock.sku, locked.quantity)
  INSERT INTO stock_commitment (order_id, sku, quantity) SELECT $1, sku, quantity FROM taken`;

const RELEASE_CREDIT = `
  WITH released AS (DELETE FROM credit_hold WHERE order_id = $1 RETURNING customer_id, amount)
  UPDATE customer_account SET held = held - released.amount
  FROM released WHERE customer_account.customer_id = released.customer_id`;

/** Opens the tables of one peer; `connections` is the size of the pool. */
export function openShop({ url, schema, connections }) {
  const pool = new pg.Pool({
    connectionString: url,
    // A prepared statement keeps its plan: one made while a table was small must not scan it once it has grown.
    options: `-c search_path=${schema} -c enable_seqscan=off`,
    max: connections,
  });
  const run = async (name, text, values) => (await pool.query({ name, text, values })).rowCount > 0;
  return {
    recordOrder: (orderId, { customerId, currency, lines }) =>
      run('record order', RECORD_ORDER, [
        orderId,
        customerId,
        currency,
        totalOf(lines),
        lines.map(({ sku }) => sku),
        lines.map(({ quantity }) => quantity),
        lines.map(({ unitPrice }) => unitPrice),
      ]),

    /** Returns false when the customer's credit does not cover the order. */
    holdCredit: async (orderId, { customerId, lines }) =>
      (await run('hold credit', HOLD_CREDIT, [orderId, customerId, totalOf(lines)])) ||
      run('look up hold', 'SELECT FROM credit_hold WHERE order_id = $1', [orderId]),

    /** Returns false when the stock of one line is short; nothing is committed then. */
    commitStock: async (orderId, { lines }) =>
      (await run('commit stock', COMMIT_STOCK, [
        orderId,
        lines.map(({ sku }) => sku),
        lines.map(({ quantity }) => quantity),
      ])) || run('look up commitment', 'SELECT FROM stock_commitment WHERE order_id = $1', [orderId]),

    releaseCredit: (orderId) => run('release credit', RELEASE_CREDIT, [orderId]),

    approveOrder: (orderId) =>
      run('approve order', `UPDATE customer_order SET status = 'APPROVED' WHERE order_id = $1`, [orderId]),

    rejectOrder: (orderId, reason) =>
      run('reject order', `UPDATE customer_order SET status = 'REJECTED', reason = $2 WHERE order_id = $1`, [
        orderId,
        reason,
      ]),

    close: () => pool.end(),
  };
}

function totalOf(lines) {
  return lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
}
