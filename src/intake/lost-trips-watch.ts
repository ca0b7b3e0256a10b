import type { BookTrip, FinishTrip } from '../contracts/trips';
import { finishTripId } from '../contracts/workflow-names';
import type { Trip } from '../domain/trip/trip';
import type { TripsReads } from '../stores/trips-reads';
import type { UnrecordedCommands } from '../stores/unrecorded-commands';
import { type Known, knownToAny } from './known-commands';
import { LeftAlone } from './left-alone';
import type { Watch } from './watch';

export interface LostTrips {
  readonly reads: Pick<TripsReads, 'openSagas' | 'trips'>;
  /** Those that an operator is to look at: starting them again is up to them. */
  readonly unrecorded: Pick<UnrecordedCommands, 'known'>;
  readonly witness: {
    isUnderWay(sagaId: string): Promise<boolean>;
    /** Those that are not known. */
    lostTrips(known: Known): Promise<readonly BookTrip[]>;
  };
  finish(command: FinishTrip): Promise<void>;
  startAgain(command: BookTrip): void;
}

const EVERY_MS = 5_000;
const PAGE = 100;

/**
 * Notices trips whose workflow ended without a result: one that was recorded is ended and what it had asked for is
 * cancelled; undos that were lost are begun again; one that was never recorded is started again from its input.
 * What has been seen to and is lost again is left alone for a while.
 */
export function lostTripsWatch(lost: LostTrips): Watch {
  const seenTo = new LeftAlone();
  return {
    name: 'lost-trips',
    everyMs: EVERY_MS,
    async look() {
      await finishRecorded(lost, seenTo);
      await startUnrecordedAgain(lost);
    },
  };
}

/** Page by page: a hundred trips that are merely slow must not hide one that is lost behind them. */
async function finishRecorded({ reads, witness, finish }: LostTrips, seenTo: LeftAlone): Promise<void> {
  const leftAlone = new Set(seenTo.at(performance.now()));
  let last: Trip | undefined;
  do {
    const overdue = await reads.openSagas('stuck', PAGE, last);
    for (const { id, caller, sagaId } of overdue) {
      if (leftAlone.has(id)) continue;
      if ((await witness.isUnderWay(sagaId)) || (await witness.isUnderWay(finishTripId(id)))) continue;
      await finish({ commandId: id, caller, correlation: id, reason: 'RECLAIMED' });
      seenTo.note(id, undefined, performance.now());
    }
    last = overdue.length === PAGE ? overdue.at(-1) : undefined;
  } while (last);
}

async function startUnrecordedAgain({ reads, unrecorded, witness, startAgain }: LostTrips): Promise<void> {
  const known = knownToAny(
    (ids) => reads.trips(ids),
    (ids) => unrecorded.known(ids),
  );
  for (const command of await witness.lostTrips(known)) startAgain(command);
}
