import type { Trip } from '../domain/trip/trip';
import { Prisma, type PrismaClient } from './generated/orders/client';
import { type OrderPosition, openSagaCondition, type SagaState } from './orders-reads';
import { type TripRow, toTrip, tripRow } from './trip-rows';

/** Reads of trips that lock nothing. */
export class TripsReads {
  constructor(private readonly client: PrismaClient) {}

  async trip(id: string): Promise<Trip | undefined> {
    return (await this.trips([id])).get(id);
  }

  async trips(ids: readonly string[]): Promise<ReadonlyMap<string, Trip>> {
    const rows = await this.client.$queryRaw<{ row: TripRow }[]>`
      SELECT ${tripRow} AS "row" FROM trip t WHERE id = ANY(${[...ids]})`;
    return new Map(rows.map(({ row }) => [row.id, toTrip(row)]));
  }

  /** What a caller's idempotency key has been claimed for; undefined where nobody has used it. */
  async claim(caller: string, key: string): Promise<{ readonly fingerprint: string } | undefined> {
    const [claim] = await this.client.$queryRaw<{ fingerprint: string }[]>`
      SELECT fingerprint FROM trip_claim WHERE caller = ${caller} AND key = ${key}`;
    return claim;
  }

  /** Trips whose saga is not done, oldest first. */
  async openSagas(state: SagaState, limit: number, after?: OrderPosition): Promise<readonly Trip[]> {
    const rows = await this.client.$queryRaw<{ row: TripRow }[]>`
      SELECT ${tripRow} AS "row" FROM trip t
      WHERE (status = 'PENDING' OR compensation IN ('running', 'needs_attention'))
        AND ${openSagaCondition(state, Prisma.sql`updated_at`)}
        AND ${after ? Prisma.sql`(created_at, id) > (${after.createdAt}::timestamptz, ${after.id})` : Prisma.sql`true`}
      ORDER BY created_at, id LIMIT ${limit}`;
    return rows.map(({ row }) => toTrip(row));
  }
}
