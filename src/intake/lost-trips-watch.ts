import type { Known } from '../contracts/known-commands';
import type { BookTrip, FinishTrip } from '../contracts/trips';
import { finishTripId } from '../contracts/workflow-names';
import type { Trip } from '../domain/trip/trip';
import type { TripsReads } from '../stores/trips-reads';
import type { UnrecordedCommands } from '../stores/unrecorded-commands';
import { knownToAny } from './known-commands';
import { lostCommandsWatch } from './lost-commands';
import type { Watch } from './watch';

export interface LostTrips {
  readonly reads: Pick<TripsReads, 'openSagas' | 'trips'>;
  /** Those that an operator is to start again, and those that only timed out. */
  readonly unrecorded: Pick<UnrecordedCommands, 'known' | 'transient'>;
  readonly witness: {
    isUnderWay(sagaId: string): Promise<boolean>;
    /** Those that are not known. */
    lostTrips(known: Known): Promise<readonly BookTrip[]>;
  };
  finish(command: FinishTrip): Promise<void>;
  startAgain(command: BookTrip): void;
}

/**
 * Notices trips whose workflow ended without a result: one that was recorded is ended and what it had asked for is
 * cancelled; undos that were lost are begun again; one that was never recorded is started again from its input, or from
 * where it was kept because its recording had timed out.
 */
export function lostTripsWatch({ reads, unrecorded, witness, finish, startAgain }: LostTrips): Watch {
  const known = knownToAny(
    (ids) => reads.trips(ids),
    (ids) => unrecorded.known(ids),
  );
  return lostCommandsWatch<Trip, BookTrip>({
    name: 'lost-trips',
    overdue: (limit, after) => reads.openSagas('stuck', limit, after),
    caring:
      () =>
      async ({ id, sagaId }) =>
        (await witness.isUnderWay(sagaId)) || witness.isUnderWay(finishTripId(id)),
    finish: ({ id, caller }) => finish({ commandId: id, caller, correlation: id, reason: 'RECLAIMED' }),
    async unrecorded(limit, without) {
      const timedOut = await unrecorded.transient('trip', limit, without);
      return [...timedOut, ...(await witness.lostTrips(known))];
    },
    startAgain,
  });
}
