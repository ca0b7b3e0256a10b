import { LARGEST_BATCH } from '../contracts/saga';
import type { ReservationCommand } from '../intake/reservation-command';
import { isolateFaults } from '../stores/postgres/isolate-faults';
import { Backoff } from './backoff';
import type { Watch } from './watch';

const EVERY_MS = 1_000;

/** A watch that carries out the commands of due reservations, a batch per transaction. */
interface DueBatches {
  readonly name: string;
  /** Returns the commands that are due, without those of some reservations. */
  due(limit: number, without: readonly string[]): Promise<readonly ReservationCommand[]>;
  /** Carries out a batch, all or nothing. */
  carryOut(commands: readonly ReservationCommand[]): Promise<unknown>;
  /** The beginning of the error that lists the reservations that failed. */
  readonly failure: string;
}

/** Creates such a watch. A command that fails does not stop the others and is retried later. */
export function dueBatchWatch({ name, due, carryOut, failure }: DueBatches): Watch {
  const backoff = new Backoff();
  return {
    name,
    everyMs: EVERY_MS,
    async look() {
      const commands = await due(LARGEST_BATCH, backoff.pausing(performance.now()));
      const faults = await isolateFaults(commands, carryOut);
      if (faults.length === 0) return;
      const ids = faults.map(({ item }) => item.reservationId);
      for (const id of ids) backoff.failed(id, performance.now());
      const errors = faults.map(({ error }) => error);
      throw new AggregateError(errors, `${failure}: ${ids.join(', ')}`);
    },
  };
}
