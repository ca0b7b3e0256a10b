import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { BENCH_STOCK } from '../bench-data';

/** Creates the tables of one peer and fills them with the catalogue and the accounts that Holdfast has. */
export async function openPeerShop(url: string, schema: string, peersFolder: string): Promise<void> {
  const { skus, each, customers, limit } = BENCH_STOCK;
  await withClient(url, schema, async (client) => {
    await client.query(`CREATE SCHEMA ${schema}`);
    await client.query(readFileSync(path.join(peersFolder, 'shop.sql'), 'utf8'));
    await client.query(
      `INSERT INTO stock (sku, available) SELECT 'BENCH-' || i, $1 FROM generate_series(0, $2 - 1) AS i`,
      [each, skus],
    );
    await client.query(
      `INSERT INTO customer_account (customer_id, credit_limit)
       SELECT 'bench-' || i, $1 FROM generate_series(0, $2 - 1) AS i`,
      [limit, customers],
    );
    await client.query('ANALYZE stock, customer_account');
  });
}

const BOOKS = [
  {
    finding: 'orders are still pending',
    query: `SELECT count(*) AS wrong FROM customer_order WHERE status = 'PENDING'`,
  },
  {
    finding: 'approved orders have no hold or no stock, or others have some',
    query: `
      SELECT count(*) AS wrong FROM customer_order
      WHERE (status = 'APPROVED') IS DISTINCT FROM
          EXISTS (SELECT FROM credit_hold WHERE credit_hold.order_id = customer_order.order_id)
        OR (status = 'APPROVED') IS DISTINCT FROM
          EXISTS (SELECT FROM stock_commitment WHERE stock_commitment.order_id = customer_order.order_id)`,
  },
  {
    finding: 'SKUs lost units',
    query: `
      SELECT count(*) AS wrong FROM stock
        LEFT JOIN (SELECT sku, sum(quantity) AS units FROM stock_commitment GROUP BY sku) AS taken USING (sku)
      WHERE available + coalesce(units, 0) <> $1`,
    values: [BENCH_STOCK.each],
  },
  {
    finding: 'customers have a wrong sum of holds',
    query: `
      SELECT count(*) AS wrong FROM customer_account
        LEFT JOIN (SELECT customer_id, sum(amount) AS amount FROM credit_hold GROUP BY customer_id) AS holds
          USING (customer_id)
      WHERE held <> coalesce(amount, 0)`,
  },
];

/** Audits the books of one peer, so that only completed orders count. Returns the findings. */
export async function auditPeerShop(url: string, schema: string): Promise<readonly string[]> {
  const findings: string[] = [];
  await withClient(url, schema, async (client) => {
    for (const { finding, query, values } of BOOKS) {
      const { rows } = await client.query<{ readonly wrong: string }>(query, values);
      const wrong = Number(rows[0]?.wrong);
      if (wrong > 0) findings.push(`${schema}: ${wrong} ${finding}`);
    }
  });
  return findings;
}

async function withClient(
  url: string,
  schema: string,
  work: (client: Client) => Promise<void>,
): Promise<void> {
  const client = new Client({ connectionString: url, options: `-c search_path=${schema}` });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
