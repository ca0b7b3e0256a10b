import type { FinishTrip } from '../contracts/trips';
import { decideResolveTrip } from '../domain/trip/decide-trip';
import type { TripsReads } from '../stores/trips-reads';
import type { TripsStore } from '../stores/trips-store';
import type { SagaOperations } from './saga-operations';

/** What an operator can do about a trip that needs attention. */
export function tripOperations(
  trips: TripsStore,
  reads: TripsReads,
  finishTrip: (command: FinishTrip) => Promise<void>,
): SagaOperations {
  return {
    async retry(tripId, by) {
      const trip = await reads.trip(tripId);
      if (!trip) throw new Error(`there is no trip ${tripId}`);
      const { compensation, caller } = trip;
      if (compensation !== 'needs_attention') return { kind: 'not-stuck', compensation };
      // The saga takes note of the retry itself: one start, and nothing written beside it.
      const reason = trip.reason ?? 'RECLAIMED';
      await finishTrip({ commandId: tripId, caller, correlation: tripId, reason, retriedBy: by });
      return { kind: 'done' };
    },
    resolve(tripId, by, note) {
      const command = { commandId: `${tripId}/resolve`, caller: by, correlation: tripId, tripId };
      return trips.step(command, ({ trip }) => decideResolveTrip(trip, tripId, { by, note }));
    },
  };
}

const TRIP_ID = /^trp_/;

/** Whether a saga is a trip's: ids say what they name. */
export function isTripId(id: string): boolean {
  return TRIP_ID.test(id);
}

/** The operations of orders, of trips and of what could not be recorded as one: each saga has those of its kind. */
export function operationsByKind(kinds: {
  readonly orders: SagaOperations;
  readonly trips: SagaOperations;
  readonly unrecorded: SagaOperations;
  isUnrecorded(id: string): Promise<boolean>;
}): SagaOperations {
  const of = async (id: string) => {
    if (await kinds.isUnrecorded(id)) return kinds.unrecorded;
    return isTripId(id) ? kinds.trips : kinds.orders;
  };
  return {
    retry: async (id, by) => (await of(id)).retry(id, by),
    resolve: async (id, by, note) => (await of(id)).resolve(id, by, note),
  };
}
