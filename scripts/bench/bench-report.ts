import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { LoopResult } from './closed-loop';

/** CPU-milliseconds an order, by process. */
export interface Costs {
  readonly driver: number;
  readonly server: number;
  readonly temporal: number;
  readonly postgres: number;
}

export interface BenchRow extends LoopResult {
  readonly what: string;
  readonly costs: Costs;
}

/** Prints rows as a Markdown table for docs. */
export function printRows(title: string, rows: readonly BenchRow[]): void {
  console.log(`\n### ${title}\n`);
  console.log(
    '| what | in flight | orders/s | p50 ms | p99 ms | driver | server | Temporal | PostgreSQL | answers |',
  );
  console.log('|---|---|---|---|---|---|---|---|---|---|');
  for (const row of rows) console.log(lineOf(row));
}

/** Prints rows as a Markdown table. Its columns are the fields of all rows. */
export function printTable<Row extends object>(title: string, rows: readonly Row[]): void {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  console.log(`\n### ${title}\n`);
  console.log(`| ${columns.join(' | ')} |\n|${'---|'.repeat(columns.length)}`);
  for (const row of rows) {
    const values = row as Readonly<Record<string, unknown>>;
    console.log(`| ${columns.map((column) => values[column] ?? '').join(' | ')} |`);
  }
}

function lineOf({ what, inFlight, perSecond, p50Ms, p99Ms, costs, answers }: BenchRow): string {
  const figures = [perSecond, p50Ms, p99Ms].map((figure) => figure.toFixed(figure < 10 ? 1 : 0));
  const cpu = [costs.driver, costs.server, costs.temporal, costs.postgres].map((ms) => ms.toFixed(2));
  const kinds = Object.entries(answers).map(([kind, count]) => `${kind} ${count}`);
  return `| ${[what, inFlight, ...figures, ...cpu, kinds.join(', ')].join(' | ')} |`;
}

export function saveResults(results: object): string {
  mkdirSync('bench-results', { recursive: true });
  const file = path.join('bench-results', `${new Date().toISOString().replace(/[:.]/g, '-')}.json`);
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  return file;
}
