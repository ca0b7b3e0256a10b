import { sqltag as sql } from '@prisma/client/runtime/client';
import { type StreamKey, streamOf } from '../../names/stream-key';
import { exactlyOne } from '../postgres/exactly-one';
import type { StepSession, StoreSession } from '../postgres/store-session';
import { EventsArchived } from './log-start';

/** An event of a stream that is folded up to a moment. */
export type PastEvent<Event> = Event & { readonly version: number; readonly occurredAt: string };

/** How the past states of one kind of stream are folded. */
export interface PastFold<State, Event> {
  /**
   * Raise it when the fold changes, so that snapshots of earlier revisions are no longer used. The states at the start of
   * streams stay in use, because their events are archived: the new fold must read them, or a migration change them.
   */
  readonly revision: number;
  /** The state before the first event. */
  readonly start: State;
  /** Applies the next events. The state must be JSON, because snapshots keep it. */
  take(state: State, events: readonly PastEvent<Event>[]): State | Promise<State>;
}

/** A snapshot is kept after every so many events, so a fold never reads more events than this once its stream has been read. */
const EVENTS_A_PAGE = 1_000;

/** Deletes the snapshots that lie before the first event of some streams: no fold begins there any more. */
export function dropSnapshots(
  session: StepSession,
  starts: readonly { readonly stream: string; readonly version: number }[],
): void {
  session.save(sql`
    DELETE FROM fold_snapshot USING unnest(${starts.map(({ stream }) => stream)}::text[],
      ${starts.map(({ version }) => version)}::int[]) AS start(stream, version)
    WHERE fold_snapshot.stream = start.stream AND fold_snapshot.version <= start.version`);
}

/** The events that a read needs were archived while it ran: it begins again, at the state that is there now. */
export class ArchivedMeanwhile extends Error {
  override readonly name = 'ArchivedMeanwhile';
}

interface Page<Event> {
  readonly events: readonly PastEvent<Event>[];
  /** The last archived event of the stream; null: none is archived. */
  readonly archived: { readonly version: number; readonly occurredAt: string } | null;
}

type EventRow = readonly [version: number, type: string, data: object, occurredAt: string];

/**
 * Folds streams of one store up to a moment. A fold begins at the newest snapshot that is not after the moment, or at the
 * state of the last archived event, and keeps a snapshot after each whole page of events that it applies. The cost of a read therefore does not grow with the
 * age of its streams, apart from the first read after many events.
 */
export class PastStreams {
  constructor(private readonly session: StoreSession) {}

  /**
   * Folds a stream up to a moment, with the events of that moment.
   * @throws EventsArchived when the stream is archived past the moment
   */
  async fold<State, Event>(key: StreamKey, moment: string, how: PastFold<State, Event>): Promise<State> {
    for (;;) {
      try {
        return await this.#fold(streamOf(key), moment, how);
      } catch (error) {
        if (!(error instanceof ArchivedMeanwhile)) throw error;
      }
    }
  }

  async #fold<State, Event>(
    stream: string,
    moment: string,
    { revision, start, take }: PastFold<State, Event>,
  ): Promise<State> {
    let { version, state } = (await this.#snapshot<State>(stream, revision, moment)) ?? {
      version: 0,
      state: start,
    };
    for (;;) {
      const { events, archived } = await this.#page<Event>(stream, version);
      if (archived && archived.occurredAt > moment) throw new EventsArchived(archived.occurredAt);
      if (archived && archived.version > version) throw new ArchivedMeanwhile();
      const past = events.filter(({ occurredAt }) => occurredAt <= moment);
      const last = past.at(-1);
      if (!last) return state;
      state = await take(state, past);
      if (past.length < EVENTS_A_PAGE) return state;
      version = last.version;
      await this.#keep(stream, revision, last, state);
    }
  }

  /**
   * Finds the version of a stream at a moment, 0 before its first event; a moment before the last archived event counts
   * as that event's. It is a binary search, because the moments of
   * a stream rise with its versions and have no index.
   */
  async versionAt(key: StreamKey, moment: string): Promise<number> {
    const stream = streamOf(key);
    const { version } = exactlyOne(
      await this.session.$queryRaw<{ version: number }[]>`
        WITH RECURSIVE search(low, high) AS (
          SELECT first, greatest(first, (SELECT max(version) FROM event WHERE stream = ${stream}))
          FROM (SELECT coalesce((SELECT version FROM stream_start WHERE stream = ${stream}), 0) AS first) AS start
          UNION ALL
          SELECT CASE WHEN is_past THEN middle ELSE low END, CASE WHEN is_past THEN high ELSE middle - 1 END
          FROM (SELECT low, high, (low + high + 1) / 2 AS middle FROM search WHERE low < high) AS half
          CROSS JOIN LATERAL (SELECT occurred_at <= ${moment}::timestamptz AS is_past FROM event
            WHERE stream = ${stream} AND version = middle) AS found)
        SELECT low AS version FROM search WHERE low = high`,
    );
    return version;
  }

  async #snapshot<State>(
    stream: string,
    revision: number,
    moment: string,
  ): Promise<{ readonly version: number; readonly state: State } | undefined> {
    const [found] = await this.session.$queryRaw<{ version: number; state: State }[]>`
      SELECT version, state FROM (
        SELECT version, state FROM fold_snapshot
          WHERE stream = ${stream} AND revision = ${revision}::int AND occurred_at <= ${moment}::timestamptz
        UNION ALL SELECT version, past FROM stream_start
          WHERE stream = ${stream} AND occurred_at <= ${moment}::timestamptz) AS known
      ORDER BY version DESC LIMIT 1`;
    return found;
  }

  /** Reads the next events as JSON arrays, which the client parses faster than rows. */
  async #page<Event>(stream: string, after: number): Promise<Page<Event>> {
    const { events, archived } = exactlyOne(
      await this.session.$queryRaw<(Pick<Page<Event>, 'archived'> & { events: readonly EventRow[] })[]>`
        SELECT (SELECT json_build_object('version', version, 'occurredAt', iso(occurred_at)) FROM stream_start
            WHERE stream = ${stream}) AS archived,
          coalesce(json_agg(json_build_array(version, type, data, iso(occurred_at)) ORDER BY version), '[]') AS events
        FROM (SELECT version, type, data, occurred_at FROM event
          WHERE stream = ${stream} AND version > ${after}::int ORDER BY version LIMIT ${EVENTS_A_PAGE}::int) page`,
    );
    const past = events.map(
      ([version, type, data, occurredAt]) =>
        ({ version, type, data, occurredAt }) as unknown as PastEvent<Event>,
    );
    return { events: past, archived };
  }

  /** Keeps a snapshot. Snapshots of every revision lie at the same versions, so a new one replaces the old. */
  async #keep<Event>(
    stream: string,
    revision: number,
    { version, occurredAt }: PastEvent<Event>,
    state: unknown,
  ): Promise<void> {
    await this.session.$executeRaw`
      INSERT INTO fold_snapshot (stream, version, occurred_at, revision, state)
      VALUES (${stream}, ${version}::int, ${occurredAt}::timestamptz, ${revision}::int, ${JSON.stringify(state)}::jsonb)
      ON CONFLICT (stream, version) DO UPDATE SET revision = excluded.revision, state = excluded.state`;
  }
}
