import type { Command } from '../contracts/commands';
import type { Decision } from '../domain/decision';
import { evolveTrip, type TripEvent } from '../domain/trip/evolve-trip';
import type { Trip } from '../domain/trip/trip';
import { PendingLog } from './event-log';
import type { PrismaClient } from './generated/orders/client';
import type { StoreSession } from './store-session';
import { inTransaction } from './transaction';
import { type TripRow, toTrip, tripRow } from './trip-rows';
import { endedByHand } from './unrecorded-commands';

/** A command as the trips store sees it. */
export interface TripCommand extends Command {
  readonly tripId: string;
  /** The idempotency key that this command claims for its trip, where it does. */
  readonly claim?: { readonly key: string; readonly fingerprint: string };
}

/**
 * A trip as a decision finds it, whether its idempotency key stands for another body, and whether an operator has ended
 * it before it could be recorded.
 */
export interface LoadedTrip {
  readonly trip: Trip | undefined;
  readonly claimedByOther: boolean;
  readonly isEndedByHand: boolean;
}

interface Loaded {
  readonly now: string;
  readonly trip: TripRow | null;
  /** Whose the wanted key is; null where it is free or none is wanted. */
  readonly claimedFor: string | null;
  readonly endedByHand: readonly string[];
}

/** Trips, the idempotency keys they were claimed under, and their streams in the log of the orders store. */
export class TripsStore {
  constructor(readonly client: PrismaClient) {}

  /**
   * One step for one trip, in one transaction. A trip's own row is the stored answer: deciding again on it answers
   * the same.
   */
  async step<Answer>(
    command: TripCommand,
    decide: (loaded: LoadedTrip) => Decision<Answer, TripEvent>,
  ): Promise<Answer> {
    return inTransaction(this.client, async (session) => {
      const { tripId } = command;
      await session.$queryRaw`SELECT 1 FROM trip WHERE id = ${tripId} FOR UPDATE`;
      const { now, trip, claimedFor, endedByHand: ended } = await load(session, command);
      const log = new PendingLog(now);
      const loaded = { state: trip ? toTrip(trip) : undefined, version: trip?.streamVersion ?? 0 };
      const stream = log.open(`trip/${tripId}`, loaded, (state: Trip | undefined, event: TripEvent) =>
        evolveTrip(state, tripId, event, now),
      );
      const claimedByOther = claimedFor !== null && claimedFor !== tripId;
      const { answer, events } = decide({
        trip: stream.state,
        claimedByOther,
        isEndedByHand: ended.length > 0,
      });
      for (const event of events) stream.append(event, command);
      const isNewClaim = command.claim !== undefined && claimedFor === null;
      if (!log.isEmpty)
        await save(
          session,
          log,
          { ...stream.state, streamVersion: stream.version },
          isNewClaim ? command : undefined,
        );
      return answer;
    });
  }
}

async function load(session: StoreSession, { tripId, caller, claim }: TripCommand): Promise<Loaded> {
  const [loaded] = await session.$queryRaw<Loaded[]>`
    SELECT iso(clock_timestamp()) AS now,
      (SELECT ${tripRow} FROM trip t WHERE id = ${tripId}) AS trip,
      (SELECT trip_id FROM trip_claim WHERE caller = ${caller} AND key = ${claim?.key ?? null}) AS "claimedFor",
      ${endedByHand(claim ? [tripId] : [])} AS "endedByHand"`;
  if (!loaded) throw new Error('a load gave no row');
  return loaded;
}

async function save(
  session: StoreSession,
  log: PendingLog,
  trip: object,
  claiming: TripCommand | undefined,
): Promise<void> {
  const claims = claiming ? [{ caller: claiming.caller, tripId: claiming.tripId, ...claiming.claim }] : [];
  await session.$executeRaw`
    WITH logged AS (${log.insertion()}),
    claimed AS (
      INSERT INTO trip_claim (caller, key, fingerprint, trip_id)
      SELECT caller, key, fingerprint, "tripId"
      FROM jsonb_to_recordset(${JSON.stringify(claims)}::jsonb) AS c(
        caller text, key text, fingerprint text, "tripId" text))
    INSERT INTO trip (id, caller, traveller, status, reason, bookings, compensation, attention, stream_version,
      saga_id, created_at, updated_at)
    SELECT id, caller, traveller, status, reason, bookings, compensation, attention, "streamVersion", "sagaId",
      "createdAt", "updatedAt"
    FROM jsonb_to_record(${JSON.stringify(trip)}::jsonb) AS t(id text, caller text, traveller text, status text,
      reason text, bookings jsonb, compensation text, attention jsonb, "streamVersion" int, "sagaId" text,
      "createdAt" timestamptz, "updatedAt" timestamptz)
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, reason = excluded.reason,
      bookings = excluded.bookings, compensation = excluded.compensation, attention = excluded.attention,
      stream_version = excluded.stream_version, updated_at = excluded.updated_at`;
}
