import { randomInt } from 'node:crypto';
import { Pool } from 'pg';
import type { BenchRow } from '../bench-report';
import type { BenchServers } from '../bench-servers';
import { closedLoop } from '../closed-loop';
import { withCosts } from '../costs';
import { ITEMS } from './inventory-data';

/** More connections than this were no faster on two cores. */
const CONNECTIONS = 16;

const RESERVE = `
  WITH taken AS (UPDATE bare_stock SET left_over = left_over - 1 WHERE sku = $1 AND left_over >= 1 RETURNING sku)
  INSERT INTO bare_hold (sku) SELECT sku FROM taken RETURNING id`;

/** Measures the least that reserving can cost: one bare statement each, with nothing around it. */
export async function bareStatements(
  servers: BenchServers,
  inFlight: number,
  seconds: number,
): Promise<BenchRow[]> {
  const pool = new Pool({ connectionString: servers.environment.DATABASE_URL, max: CONNECTIONS });
  try {
    await pool.query(`CREATE TABLE bare_stock (sku int PRIMARY KEY, left_over int NOT NULL)`);
    await pool.query(`CREATE TABLE bare_hold (id bigserial PRIMARY KEY, sku int NOT NULL)`);
    await pool.query(`INSERT INTO bare_stock SELECT i, 1000000 FROM generate_series(0, ${ITEMS - 1}) AS i`);
    const reserve = async (sku: number) =>
      (await pool.query({ name: 'reserve', text: RESERVE, values: [sku] })).rowCount === 1 ? 'held' : 'out';
    const pids = { driver: process.pid, ...servers.pids };
    const loop = (sku: () => number) => () => closedLoop(inFlight, seconds, () => reserve(sku()));
    return [
      await withCosts(
        'one SKU, a bare statement each',
        pids,
        loop(() => 0),
      ),
      await withCosts(
        '10,000 SKUs, a bare statement each',
        pids,
        loop(() => randomInt(ITEMS)),
      ),
    ];
  } finally {
    await pool.query(`DROP TABLE IF EXISTS bare_hold, bare_stock`);
    await pool.end();
  }
}
