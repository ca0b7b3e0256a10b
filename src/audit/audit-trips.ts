import { evolveTrip, type TripEvent } from '../domain/trip/evolve-trip';
import type { Trip } from '../domain/trip/trip';
import { type TripRow, toTrip, tripRow } from '../stores/trips/trip-rows';
import type { RowRule } from './audit-streams';

/** Every trip row equals the fold of its log. */
export const tripRule: RowRule<Trip | undefined> = {
  kind: 'trip',
  open: () => undefined,
  evolve: (trip, id, { type, data, occurredAt }) => {
    return evolveTrip(trip, id, { type, data } as TripEvent, occurredAt);
  },
  rowOf: (trip) => trip,
  tables: { trip: (trip, streamVersion) => (trip ? [{ ...trip, streamVersion }] : []) },
  async load(session, ids) {
    const stored = await session.$queryRaw<{ row: TripRow }[]>`
      SELECT ${tripRow} AS "row" FROM trip t WHERE id = ANY(${[...ids]})`;
    return stored.map(({ row }) => ({
      key: row.id,
      row: { ...toTrip(row), version: row.streamVersion },
    }));
  },
};
