import type { PlacedOrder } from '../traffic/journal';
import { type FaultKind, targetSecondsOf } from './fault-plan';

/** An injected fault. */
export interface InjectedFault {
  readonly kind: FaultKind;
  readonly startedAt: number;
  /** The time of the repair: the drill started a killed process or resumed a paused one. */
  readonly endedAt: number;
  /** True when no other fault was under way. */
  readonly isLone: boolean;
}

/** The recovery times of the service after one fault, counted from its end, in milliseconds. */
export interface Recovery {
  readonly kind: FaultKind;
  /** Until the first order placed after the fault was final; undefined if none was. */
  readonly firstAfterMs: number | undefined;
  /** Until all orders placed during the fault were final; undefined if one never was. */
  readonly allDuringMs: number | undefined;
}

type Timed = Pick<PlacedOrder, 'placedAt' | 'decidedAt'>;

/** Measures a recovery by the orders placed during a fault and after it. */
export function recoveryFrom(
  { kind, startedAt, endedAt }: InjectedFault,
  orders: readonly Timed[],
): Recovery {
  const after = orders
    .filter(({ placedAt, decidedAt }) => placedAt >= endedAt && decidedAt !== undefined)
    .map(({ decidedAt = 0 }) => decidedAt - endedAt);
  const during = orders
    .filter(({ placedAt }) => placedAt >= startedAt && placedAt < endedAt)
    .map(({ decidedAt }) => (decidedAt === undefined ? undefined : Math.max(0, decidedAt - endedAt)));
  return {
    kind,
    firstAfterMs: after.length === 0 ? undefined : Math.min(...after),
    allDuringMs: during.includes(undefined)
      ? undefined
      : Math.max(0, ...during.filter((took) => took !== undefined)),
  };
}

/** Returns the table of recovery times, one row a kind of fault; `!` marks a median beyond its target. */
export function recoveryTable(recoveries: readonly Recovery[]): readonly string[] {
  const kinds = [...new Set(recoveries.map(({ kind }) => kind))].sort();
  const rows = kinds.map((kind) => {
    const own = recoveries.filter((one) => one.kind === kind);
    const first = own.map(({ firstAfterMs }) => firstAfterMs);
    const all = own.map(({ allDuringMs }) => allDuringMs);
    const target = targetSecondsOf(kind);
    const isLate = target !== undefined && (median(first) ?? Number.POSITIVE_INFINITY) > target * 1_000;
    return [
      kind,
      String(own.length),
      `${seconds(median(first))}${isLate ? ' !' : ''}`,
      seconds(worst(first)),
      seconds(median(all)),
      seconds(worst(all)),
      target === undefined ? '' : `${target} s`,
    ];
  });
  const head = [
    'fault',
    'times',
    'first order after: median',
    'worst',
    'all orders during: median',
    'worst',
    'target',
  ];
  return aligned([head, ...rows]);
}

function worst(values: readonly (number | undefined)[]): number | undefined {
  return values.includes(undefined) ? undefined : Math.max(...values.filter((value) => value !== undefined));
}

function median(values: readonly (number | undefined)[]): number | undefined {
  const sorted = values
    .map((value) => value ?? Number.POSITIVE_INFINITY)
    .sort((a, b) => (a < b ? -1 : Number(a > b)));
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  return middle === Number.POSITIVE_INFINITY ? undefined : middle;
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? 'never' : `${(ms / 1_000).toFixed(1)} s`;
}

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
