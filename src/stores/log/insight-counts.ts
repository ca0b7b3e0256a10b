import { sqltag as sql } from '@prisma/client/runtime/client';
import type { Dimension, Measure, Tally } from '../../domain/insights/tally';
import type { StepSession, StoreSession } from '../postgres/store-session';

/** A tally with its day, `YYYY-MM-DD` in UTC. */
export type DayTally = Tally & { readonly day: string };

/** The days that a read sums up, both included. */
export interface Days {
  readonly from: string;
  readonly to: string;
}

interface Counted extends Days {
  readonly measure: Measure;
  readonly dimension: Dimension;
}

/** Adds tallies to the counts of a store; the statement is sent with the checkpoint. */
export function addTallies(session: StepSession, tallies: readonly DayTally[]): void {
  const sums = new Map<string, DayTally>();
  for (const tally of tallies) {
    const { measure, dimension, day, key } = tally;
    const name = JSON.stringify([measure, dimension, day, key]);
    sums.set(name, { ...tally, units: tally.units + (sums.get(name)?.units ?? 0) });
  }
  if (sums.size === 0) return;
  session.save(sql`
    INSERT INTO insight_count (measure, dimension, day, key, units)
    SELECT measure, dimension, day, key, units
    FROM jsonb_to_recordset(${JSON.stringify([...sums.values()])}::jsonb) AS t(
      measure text, dimension text, day date, key text, units bigint)
    ON CONFLICT (measure, dimension, day, key) DO UPDATE SET units = insight_count.units + excluded.units`);
}

/** Deletes the counts. */
export async function clearTallies(session: StepSession): Promise<void> {
  await session.$executeRaw`DELETE FROM insight_count`;
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
