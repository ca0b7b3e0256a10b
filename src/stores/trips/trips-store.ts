import { sqltag as sql } from '@prisma/client/runtime/client';
import type { CommandChange, CommandRow, TripDecision } from '../../domain/command/recorded-command';
import { recordedTrip, type TripChange } from '../../domain/trip/decide-trip';
import { evolveTrip, type TripEvent } from '../../domain/trip/evolve-trip';
import type { Trip, TripProgress } from '../../domain/trip/trip';
import { PendingLog } from '../log/event-log';
import {
  answerFrom,
  causeOf,
  commandRow,
  insertCommands,
  type NewCommand,
  type RecordAnswer,
  type StoredCommand,
  updateCommands,
} from '../orders/command-rows';
import { exactlyOne } from '../postgres/exactly-one';
import type { StorePool } from '../postgres/store-pool';
import type { StepSession } from '../postgres/store-session';
import { Wake } from '../postgres/wake';
import { type TripRow, toTrip, tripRow } from './trip-rows';

interface Loaded {
  readonly now: string;
  readonly trip: TripRow | null;
  readonly command: StoredCommand | null;
}

/** A trip as a transaction has decided it, for the first time. */
export interface DecidedTrip {
  readonly decision: TripDecision;
}

/** The store of trips, of the commands that book them, and of their streams in the log of the orders store. */
export class TripsStore {
  /** Notifies listeners of a decided trip, after the commit. */
  readonly decided = new Wake<DecidedTrip>();

  constructor(private readonly pool: StorePool) {}

  /** Records a trip as PENDING, with its first party asked, and claims its idempotency key, in one transaction. */
  async record(workflowId: string, command: NewCommand<'trip'>): Promise<RecordAnswer> {
    return this.pool.step(async (session) => {
      const claiming = session.$queryRaw<{ id: string }[]>(
        sql`${insertCommands([command], workflowId)} RETURNING id`,
      );
      const [claimed, { command: row, now }] = await Promise.all([claiming, load(session, command.id)]);
      if (!row) throw new Error(`command ${command.id} was claimed, but has no row`);
      if (claimed.length === 0) return answerFrom(row, command, { workflowId });
      const events = recordedTrip(command.caller, command.subject, command.wanted);
      save(session, { row, now, trip: null, events, commands: [] });
      return { kind: 'recorded', row };
    });
  }

  /** Runs one decision under the trip's lock. A repeat decides on the trip's present state. */
  async decide(
    commandId: string,
    decide: (trip: Trip | undefined, command: CommandRow<'trip'>) => TripChange,
  ): Promise<TripProgress> {
    const { answer, decided } = await this.pool.step(async (session) => {
      const { now, trip, command: row } = await load(session, commandId);
      if (!row) throw new Error(`command ${commandId} was never recorded`);
      const change = decide(trip ? toTrip(trip) : undefined, row as unknown as CommandRow<'trip'>);
      if (change.events.length > 0 || change.commands.length > 0)
        save(session, { row, now, trip, events: change.events, commands: change.commands });
      const decision = row.decision ? undefined : change.commands.find(({ id }) => id === row.id)?.decision;
      return { answer: change.answer, decided: decision as TripDecision | undefined };
    });
    if (decided) this.decided.tell({ decision: decided });
    return answer;
  }
}

/** Locks a trip, then its command. Loads both in a separate statement, whose snapshot is taken after the wait. */
async function load(session: StepSession, commandId: string): Promise<Loaded> {
  const locking = session.$queryRaw<unknown>(sql`
    SELECT 1 FROM (SELECT 1 FROM trip WHERE id IN (SELECT subject FROM command WHERE id = ${commandId}) FOR UPDATE) t
    UNION ALL SELECT 1 FROM (SELECT 1 FROM command WHERE id = ${commandId} FOR UPDATE) c`);
  const loading = session.$queryRaw<Loaded[]>(sql`
    SELECT iso(clock_timestamp()) AS now,
      (SELECT ${commandRow} FROM command c WHERE id = ${commandId}) AS command,
      (SELECT ${tripRow} FROM trip t WHERE id IN (SELECT subject FROM command WHERE id = ${commandId})) AS trip`);
  const [, rows] = await Promise.all([locking, loading]);
  const loaded = exactlyOne(rows);
  return loaded;
}

interface TripChanges {
  readonly row: StoredCommand;
  readonly now: string;
  readonly trip: TripRow | null;
  readonly events: readonly TripEvent[];
  readonly commands: readonly CommandChange[];
}

function save(session: StepSession, { row, now, trip, events, commands }: TripChanges): void {
  const id = row.subject;
  const log = new PendingLog(now);
  const loaded = { state: trip ? toTrip(trip) : undefined, version: trip?.streamVersion ?? 0 };
  const stream = log.open({ kind: 'trip', id }, loaded, (state: Trip | undefined, event: TripEvent) =>
    evolveTrip(state, id, event, now),
  );
  for (const event of events) stream.append(event, causeOf(row));
  const after = stream.isTouched ? [{ ...stream.state, streamVersion: stream.version }] : [];
  session.save(sql`
    WITH logged AS (${log.insertion()}), commanded AS (${updateCommands(commands)})
    INSERT INTO trip (id, caller, traveller, status, reason, bookings, stream_version, created_at, updated_at)
    SELECT id, caller, traveller, status, reason, bookings, "streamVersion", "createdAt", "updatedAt"
    FROM jsonb_to_recordset(${JSON.stringify(after)}::jsonb) AS t(id text, caller text, traveller text, status text,
      reason text, bookings jsonb, "streamVersion" int, "createdAt" timestamptz, "updatedAt" timestamptz)
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, reason = excluded.reason,
      bookings = excluded.bookings, stream_version = excluded.stream_version, updated_at = excluded.updated_at`);
}
