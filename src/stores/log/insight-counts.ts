import { raw, sqltag as sql } from '@prisma/client/runtime/client';
import type { DayTally, Dimension, Measure } from '../../domain/insights/tally';
import type { StepSession, StoreSession } from '../postgres/store-session';

/** The days that a read sums up, both included. */
export interface Days {
  readonly from: string;
  readonly to: string;
}

interface Counted extends Days {
  readonly measure: Measure;
  readonly dimension: Dimension;
}

/** The counts of a store, and what the events before the start of its log have added to them. */
type CountsTable = 'insight_count' | 'insight_start';

/** Adds tallies to the counts of a store; the statement is sent with the commit. */
export function addTallies(
  session: StepSession,
  tallies: readonly DayTally[],
  table: CountsTable = 'insight_count',
): void {
  const sums = new Map<string, DayTally>();
  for (const tally of tallies) {
    const { measure, dimension, day, key } = tally;
    const name = JSON.stringify([measure, dimension, day, key]);
    sums.set(name, { ...tally, units: tally.units + (sums.get(name)?.units ?? 0) });
  }
  if (sums.size === 0) return;
  session.save(sql`
    INSERT INTO ${raw(table)} AS counts (measure, dimension, day, key, units)
    SELECT measure, dimension, day, key, units
    FROM jsonb_to_recordset(${JSON.stringify([...sums.values()])}::jsonb) AS t(
      measure text, dimension text, day date, key text, units bigint)
    ON CONFLICT (measure, dimension, day, key) DO UPDATE SET units = counts.units + excluded.units`);
}

/** Sets the counts back to the start of the log. */
export async function clearTallies(session: StepSession): Promise<void> {
  await session.$executeRaw`DELETE FROM insight_count`;
  await session.$executeRaw`INSERT INTO insight_count SELECT * FROM insight_start`;
}

/** Sums counts by key. */
export async function sumsByKey(
  session: StoreSession,
  { measure, dimension, from, to }: Counted,
): Promise<ReadonlyMap<string, number>> {
  const rows = await session.$queryRaw<{ key: string; units: number }[]>`
    SELECT key, sum(units)::float8 AS units FROM insight_count
    WHERE measure = ${measure} AND dimension = ${dimension} AND day BETWEEN ${from}::text::date AND ${to}::text::date
    GROUP BY key`;
  return new Map(rows.map(({ key, units }) => [key, units]));
}

/** Sums counts by day, those of some keys (null: of all). */
export async function sumsByDay(
  session: StoreSession,
  { measure, dimension, from, to }: Counted,
  keys: readonly string[] | null,
): Promise<ReadonlyMap<string, number>> {
  const isNamed = keys === null ? sql`true` : sql`key = ANY(${[...keys]})`;
  const rows = await session.$queryRaw<{ day: string; units: number }[]>`
    SELECT day::text AS day, sum(units)::float8 AS units FROM insight_count
    WHERE measure = ${measure} AND dimension = ${dimension} AND day BETWEEN ${from}::text::date AND ${to}::text::date
      AND ${isNamed}
    GROUP BY day`;
  return new Map(rows.map(({ day, units }) => [day, units]));
}
