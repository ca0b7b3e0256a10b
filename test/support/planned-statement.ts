import type { Sql } from '@prisma/client/runtime/client';
import type { Client } from 'pg';

/** A node of PostgreSQL's plan, as EXPLAIN says it in JSON. */
export interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Shared Hit Blocks'?: number;
  readonly Plans?: readonly PlanNode[];
}

type Statement = Pick<Sql, 'text' | 'values'>;

/** Plans a statement as the stores' prepared statements are planned: once for all values, without sequential scans. */
export async function planned(client: Client, { text, values }: Statement, options = ''): Promise<PlanNode> {
  await client.query(
    `SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; PREPARE asked AS ${text}`,
  );
  const literals = values.map((value) => (value === null ? 'NULL' : client.escapeLiteral(literalOf(value))));
  const call = literals.length > 0 ? `asked (${literals.join(', ')})` : 'asked';
  const { rows } = await client.query(`EXPLAIN (${options}FORMAT JSON) EXECUTE ${call}`);
  await client.query('DEALLOCATE asked');
  return rows[0]['QUERY PLAN'][0].Plan;
}

/** Runs a statement so planned. Returns the number of blocks that it reads. */
export async function blocksRead(client: Client, statement: Statement): Promise<number> {
  const { 'Shared Hit Blocks': blocks = Number.NaN } = await planned(client, statement, 'ANALYZE, BUFFERS, ');
  return blocks;
}

function literalOf(value: unknown): string {
  return Array.isArray(value) ? `{${value.map((one) => JSON.stringify(one)).join(',')}}` : `${value}`;
}
