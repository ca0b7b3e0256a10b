import type { Trip } from '../../domain/trip/trip';
import type { PrismaClient } from '../generated/orders/client';
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
}
