import type { BookTrip, FinishTrip } from '../contracts/trips';
import { finishTripId } from '../contracts/workflow-names';
import type { Trip } from '../domain/trip/trip';
import type { TripsReads } from '../stores/trips-reads';
import type { Watch } from './watch';

export interface LostTrips {
  readonly reads: Pick<TripsReads, 'openSagas' | 'trips'>;
  readonly witness: {
    isUnderWay(sagaId: string): Promise<boolean>;
    /** Those that are not known. */
    lostTrips(
      known: (ids: readonly string[]) => Promise<ReadonlyMap<string, Trip>>,
    ): Promise<readonly BookTrip[]>;
  };
  finish(command: FinishTrip): Promise<void>;
  startAgain(command: BookTrip): void;
}

const EVERY_MS = 5_000;
const PAGE = 100;

/**
 * Notices trips whose workflow ended without a result: one that was recorded is ended and what it had asked for is
 * cancelled; undos that were lost are begun again; one that was never recorded is started again from its input.
 */
export function lostTripsWatch(lost: LostTrips): Watch {
  return {
    name: 'lost-trips',
    everyMs: EVERY_MS,
    async look() {
      await finishRecorded(lost);
      await startUnrecordedAgain(lost);
    },
  };
}

/** Page by page: a hundred trips that are merely slow must not hide one that is lost behind them. */
async function finishRecorded({ reads, witness, finish }: LostTrips): Promise<void> {
  let last: Trip | undefined;
  do {
    const overdue = await reads.openSagas('stuck', PAGE, last);
    for (const { id, caller, sagaId } of overdue) {
      const isCaredFor = (await witness.isUnderWay(sagaId)) || (await witness.isUnderWay(finishTripId(id)));
      if (!isCaredFor) await finish({ commandId: id, caller, correlation: id, reason: 'RECLAIMED' });
    }
    last = overdue.length === PAGE ? overdue.at(-1) : undefined;
  } while (last);
}

async function startUnrecordedAgain({ reads, witness, startAgain }: LostTrips): Promise<void> {
  for (const command of await witness.lostTrips((ids) => reads.trips(ids))) startAgain(command);
}
