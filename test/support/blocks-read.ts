import type { Sql } from '@prisma/client/runtime/client';
import type { Client } from 'pg';

/** Returns the number of blocks that a statement reads under a generic plan, as prepared statements get in time. */
export async function blocksRead(client: Client, { text, values }: Sql): Promise<number> {
  const literals = values.map((value) => client.escapeLiteral(literalOf(value)));
  await client.query(
    `SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; PREPARE asked AS ${text}`,
  );
  const explain = `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE asked (${literals.join(', ')})`;
  const { rows } = await client.query(explain);
  await client.query('DEALLOCATE asked');
  return rows[0]['QUERY PLAN'][0].Plan['Shared Hit Blocks'];
}

function literalOf(value: unknown): string {
  return Array.isArray(value) ? `{${value.join(',')}}` : `${value}`;
}
