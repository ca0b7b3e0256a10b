import type { BenchRow } from '../bench-report';
import { DBOS, EMPTY_WORKFLOW, HOLDFAST, RESTATE, SQL_ORDERS } from './rounds';

/** The medians of the rounds of one engine at one number of callers in flight. */
export interface Median {
  readonly what: string;
  readonly inFlight: number;
  readonly rounds: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU-milliseconds an order over all processes of the engine, without the callers. */
  readonly cpuMs: number;
  /** The share of the orders that were refused, over all rounds. */
  readonly rejectedShare: number;
  /** Answers over all rounds that are neither an approval nor a refusal. */
  readonly failures: number;
}

export function mediansOf(rows: readonly BenchRow[]): readonly Median[] {
  const groups = new Map<string, BenchRow[]>();
  for (const row of rows) {
    const key = `${row.inFlight} ${row.what}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map(medianOfRounds);
}

function medianOfRounds(rows: readonly BenchRow[]): Median {
  const middle = (figure: (row: BenchRow) => number) => median(rows.map(figure));
  const count = rows.reduce((sum, row) => sum + row.count, 0);
  const answered = (answer: string) =>
    rows.reduce((sum, { answers }) => sum + (answers[answer] ?? answers[answer.toLowerCase()] ?? 0), 0);
  const rejected = answered('REJECTED');
  return {
    what: rows[0]?.what ?? '',
    inFlight: rows[0]?.inFlight ?? 0,
    rounds: rows.length,
    perSecond: middle(({ perSecond }) => perSecond),
    p50Ms: middle(({ p50Ms }) => p50Ms),
    p99Ms: middle(({ p99Ms }) => p99Ms),
    cpuMs: middle(({ costs }) => costs.server + costs.temporal + costs.postgres),
    rejectedShare: rejected / count,
    failures: count - answered('APPROVED') - rejected,
  };
}

/** Returns the middle figure, or the mean of the two in the middle. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** Returns the ratios that the README names, from medians. */
export function ratiosOf(medians: readonly Median[]): Readonly<Record<string, number>> {
  const of = (what: string, inFlight: number): Median | undefined =>
    medians.find((row) => row.what === what && row.inFlight === inFlight);
  const rate = (what: string, inFlight: number) => of(what, inFlight)?.perSecond ?? Number.NaN;
  const p50 = (what: string, inFlight: number) => of(what, inFlight)?.p50Ms ?? Number.NaN;
  return {
    'alone, p50: Holdfast / an empty eager workflow': p50(HOLDFAST, 1) / p50(EMPTY_WORKFLOW, 1),
    '50 in flight, orders/s: Holdfast / DBOS': rate(HOLDFAST, 50) / rate(DBOS, 50),
    '50 in flight, orders/s: Holdfast / Restate': rate(HOLDFAST, 50) / rate(RESTATE, 50),
    '500 in flight, orders/s: Holdfast / DBOS': rate(HOLDFAST, 500) / rate(DBOS, 500),
    '500 in flight, orders/s: Holdfast / Restate': rate(HOLDFAST, 500) / rate(RESTATE, 500),
    '500 in flight, orders/s: Holdfast / SQL order by order': rate(HOLDFAST, 500) / rate(SQL_ORDERS, 500),
    '50 in flight, Holdfast: p99 / p50': (of(HOLDFAST, 50)?.p99Ms ?? Number.NaN) / p50(HOLDFAST, 50),
  };
}

/** Prints the medians as a Markdown table for docs. */
export function printMedians(medians: readonly Median[]): void {
  console.log('\n### The same saga on other engines: medians of the rounds\n');
  console.log('| what | in flight | orders/s | p50 ms | p99 ms | CPU-ms an order | refused | failed |');
  console.log('|---|---|---|---|---|---|---|---|');
  for (const row of medians) {
    const figures = [row.perSecond, row.p50Ms, row.p99Ms].map(short);
    const refused = `${(row.rejectedShare * 100).toFixed(1)} %`;
    const cells = [row.what, row.inFlight, ...figures, row.cpuMs.toFixed(2), refused, row.failures];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

export function printFigures(title: string, figures: Readonly<Record<string, number>>): void {
  console.log(`\n### ${title}\n\n| what | figure |\n|---|---|`);
  for (const [what, figure] of Object.entries(figures)) console.log(`| ${what} | ${figure.toFixed(2)} |`);
}

function short(figure: number): string {
  return figure.toFixed(figure < 10 ? 1 : 0);
}
