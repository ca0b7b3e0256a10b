import { type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import { insertAct } from '../log/audit-log';
import type { FoldedEvent } from '../log/event-rows';
import { placeInLog } from '../log/log-place';
import { lockLogStart } from '../log/log-start';
import { exactlyOne } from '../postgres/exactly-one';
import type { StorePool } from '../postgres/store-pool';
import type { StepSession } from '../postgres/store-session';
import { type Need, needsUpTo } from './needs';

/** A span of the log that is archived: the events after one position, up to another, except acts of the audit log. */
export interface Span {
  readonly after: number;
  readonly last: number;
  /** A snapshot: only events that it sees are archived. A transaction that commits late keeps its events in the log. */
  readonly seen: string;
  readonly until: string;
  readonly events: number;
  readonly plannedAt: string;
  /** True once the log starts after the span: its file is complete. */
  readonly isStarted: boolean;
}

/** An event of a span. */
export interface SpanEvent extends FoldedEvent {
  readonly position: number;
  /** True for an act of the audit log: it is folded, and stays in the log. */
  readonly isAct: boolean;
}

/** A stream after its last archived event. */
export interface StreamStart extends Pick<FoldedEvent, 'stream' | 'key' | 'version' | 'occurredAt'> {
  /** As the audit folds it. */
  readonly state: unknown;
  /** As reads of the past and projections fold it. */
  readonly past: unknown;
}

/** The next events of some streams, and the states after those that were archived before. */
export interface Portion {
  readonly events: readonly SpanEvent[];
  readonly starts: ReadonlyMap<string, StreamStart>;
}

/** The states after the events of a portion, and the saving of the rest that follows from them. */
export interface Archived {
  readonly starts: readonly StreamStart[];
  /** Queues the statements that save what else follows from the events. */
  save(session: StepSession): void;
}

/** The number of removed events, and whether the streams have more; or the readers that need the events. */
export type Removal =
  | { readonly kind: 'removed'; readonly count: number; readonly hasMore: boolean }
  | { readonly kind: 'needed'; readonly needs: readonly Need[] };

/** The most events of a span, so that a run that was cut off does little again. */
const MOST_EVENTS = 100_000;
const EVENTS_A_PAGE = 2_000;

/** Removes old events from one store's log, after they were written to a file. */
export class LogArchive {
  constructor(private readonly pool: StorePool) {}

  /** Returns the span that an earlier run began; undefined when there is none. */
  async unfinished(): Promise<Span | undefined> {
    const [span] = await this.pool.$queryRaw<Span[]>`
      SELECT ${spanColumns} FROM log_archive WHERE removed_at IS NULL ORDER BY last LIMIT 1`;
    return span;
  }

  /** Drops the plan of a span that the log does not start after yet. */
  async drop({ last }: Span): Promise<void> {
    await this.pool.$executeRaw`
      DELETE FROM log_archive WHERE last = ${last}::bigint AND started_at IS NULL`;
  }

  /** Finds the position up to which all events were recorded at least so many days ago. */
  async positionBefore(days: number): Promise<number> {
    const { moment } = exactlyOne(
      await this.pool.$queryRaw<{ moment: string }[]>`
        SELECT iso(clock_timestamp() - make_interval(days => ${days}::int)) AS moment`,
    );
    return (await placeInLog(this.pool, moment)).window?.position ?? 0;
  }

  /** Returns the readers that need an event up to a position, each with the first one that it needs. */
  needs(upTo: number): Promise<readonly Need[]> {
    return needsUpTo(this.pool, upTo);
  }

  /** Plans the next span, up to a position; undefined when it would have no event. */
  async plan(upTo: number): Promise<Span | undefined> {
    return this.pool.transaction(async (session) => {
      await lockLogStart(session);
      const [span] = await session.$queryRaw<Span[]>`
        INSERT INTO log_archive (last, after, seen, until, last_transaction, events)
        SELECT max(position), min(after), min(seen)::pg_snapshot, greatest(max(occurred_at), min(until)),
          greatest(max(transaction_id::text::bigint), min(last_transaction))::text::xid8, count(*)
        FROM (
          SELECT position, occurred_at, transaction_id, after, until, last_transaction, seen
          FROM (SELECT coalesce(max(last), 0) AS after, max(until) AS until,
              max(last_transaction::text::bigint) AS last_transaction, log_snapshot()::text AS seen
            FROM log_archive) AS start
          CROSS JOIN LATERAL (SELECT * FROM event
            WHERE position > start.after AND position <= ${upTo}::bigint AND act IS NULL
              AND pg_visible_in_snapshot(transaction_id, start.seen::pg_snapshot)
            ORDER BY position LIMIT ${MOST_EVENTS}::int) AS old) AS span
        HAVING count(*) > 0
        RETURNING ${spanColumns}`;
      return span;
    });
  }

  /** Reads the events of a span, in order, a page of lines at a time. Each line is a whole row of the log as JSON. */
  async *lines(span: Span): AsyncGenerator<readonly string[]> {
    for (let after = span.after; ; ) {
      const page = await this.pool.$queryRaw<{ position: number; line: string }[]>`
        SELECT position::float8, row_to_json(event)::text AS line FROM event
        WHERE position > ${after}::bigint AND position <= ${span.last}::bigint AND act IS NULL
          AND pg_visible_in_snapshot(transaction_id, ${span.seen}::text::pg_snapshot)
        ORDER BY position LIMIT ${EVENTS_A_PAGE}::int`;
      yield page.map(({ line }) => line);
      const last = page.at(-1);
      if (!last || page.length < EVENTS_A_PAGE) return;
      after = last.position;
    }
  }

  /**
   * Moves the start of the log behind a span, whose file is complete. Nothing is removed yet.
   * @returns the readers that need an event of the span; the start has moved when there are none
   */
  async start({ last, until, events }: Span, file: string): Promise<readonly Need[]> {
    return this.pool.transaction(async (session) => {
      await lockLogStart(session);
      const needs = await needsUpTo(session, last);
      if (needs.length > 0) return needs;
      await session.$executeRaw`
        WITH started AS (
          UPDATE log_archive SET started_at = clock_timestamp(), started_in = log_transaction_id(), file = ${file}
          WHERE last = ${last}::bigint AND started_at IS NULL RETURNING file)
        ${insertAct('log.archive', ARCHIVER, sql`SELECT file FROM started`, { until, events })}`;
      return [];
    });
  }

  /** Lists the streams with events of a span that are not removed yet, in groups with about a transaction's events. */
  async streams({ after, last, seen }: Span): Promise<readonly (readonly string[])[]> {
    const rows = await this.pool.$queryRaw<{ stream: string; count: number }[]>`
      SELECT stream, count(*)::int AS count FROM event
      WHERE position > ${after}::bigint AND position <= ${last}::bigint AND act IS NULL
        AND pg_visible_in_snapshot(transaction_id, ${seen}::text::pg_snapshot)
      GROUP BY stream`;
    const groups: string[][] = [];
    let room = 0;
    for (const { stream, count } of rows) {
      if (room < count) {
        groups.push([]);
        room = EVENTS_A_PAGE;
      }
      groups.at(-1)?.push(stream);
      room -= count;
    }
    return groups;
  }

  /**
   * Removes the next events of some streams, and keeps the states after them, in one transaction. It locks only rows
   * that nothing else writes: old events and states of archived events.
   */
  async removeNext(
    span: Span,
    streams: readonly string[],
    fold: (portion: Portion) => Promise<Archived>,
  ): Promise<Removal> {
    return this.pool.transaction(async (session) => {
      await lockLogStart(session);
      const needs = await needsUpTo(session, span.last);
      if (needs.length > 0) return { kind: 'needed', needs };
      const portion = await nextPortion(session, span, streams);
      const { starts, save } = await fold(portion);
      if (starts.length > 0) await keepStarts(session, starts);
      const positions = portion.events.filter(({ isAct }) => !isAct).map(({ position }) => position);
      const count = await session.$executeRaw`DELETE FROM event WHERE position = ANY(${positions}::bigint[])`;
      if (count !== positions.length)
        throw new Error(`${positions.length} events were to be removed, and ${count} were there`);
      await session.$executeRaw`
        UPDATE log_archive SET removed = removed + ${count}::bigint WHERE last = ${span.last}::bigint`;
      save(session);
      return { kind: 'removed', count, hasMore: portion.events.length === EVENTS_A_PAGE };
    });
  }

  /** Ends a span. @returns the number of events that were removed in all runs */
  async finish({ last }: Span): Promise<number> {
    const { removed } = exactlyOne(
      await this.pool.$queryRaw<{ removed: number }[]>`
      UPDATE log_archive SET removed_at = coalesce(removed_at, clock_timestamp()) WHERE last = ${last}::bigint
      RETURNING removed::float8 AS removed`,
    );
    return removed;
  }
}

/** The caller of the archive's entries in the audit log. */
const ARCHIVER = { caller: 'archive' };

const spanColumns: Sql = sql`after::float8 AS after, last::float8 AS last, seen::text AS seen, iso(until) AS until,
  events::float8 AS events, iso(planned_at) AS "plannedAt", started_at IS NOT NULL AS "isStarted"`;

async function nextPortion(
  session: StepSession,
  { last, seen }: Span,
  streams: readonly string[],
): Promise<Portion> {
  const starts = session.$queryRaw<StreamStart[]>`
    SELECT stream, key, version, iso(occurred_at) AS "occurredAt", state, past FROM stream_start
    WHERE stream = ANY(${[...streams]}::text[])`;
  const events = session.$queryRaw<SpanEvent[]>`
    SELECT position::float8, event.stream, event.key, event.version, type, data, iso(event.occurred_at) AS "occurredAt",
      causation, act IS NOT NULL AS "isAct"
    FROM unnest(${[...streams]}::text[]) AS named(stream) LEFT JOIN stream_start s USING (stream)
    CROSS JOIN LATERAL (SELECT * FROM event WHERE event.stream = named.stream AND version > coalesce(s.version, 0)
      AND position <= ${last}::bigint AND pg_visible_in_snapshot(transaction_id, ${seen}::text::pg_snapshot)
      ORDER BY version LIMIT ${EVENTS_A_PAGE}::int) AS event
    ORDER BY event.stream, event.version LIMIT ${EVENTS_A_PAGE}::int`;
  return {
    starts: new Map((await starts).map((start) => [start.stream, start])),
    events: await events,
  };
}

async function keepStarts(session: StepSession, starts: readonly StreamStart[]): Promise<void> {
  await session.$executeRaw`
    INSERT INTO stream_start (stream, key, version, occurred_at, state, past)
    SELECT stream, key, version, "occurredAt", coalesce(state, 'null'), coalesce(past, 'null')
    FROM jsonb_to_recordset(${JSON.stringify(starts)}::jsonb) AS s(stream text, key jsonb, version int,
      "occurredAt" timestamptz, state jsonb, past jsonb)
    ON CONFLICT (stream) DO UPDATE SET version = excluded.version, occurred_at = excluded.occurred_at,
      state = excluded.state, past = excluded.past`;
}
