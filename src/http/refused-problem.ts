import type { RefusalReason, Shortage } from '../domain/refusal';
import { keyReused } from './idempotency';
import { Problem } from './problem';

interface RefusedOutcome {
  readonly reason: RefusalReason;
  readonly detail?: string;
  readonly shortages?: readonly Shortage[];
}

/** The answer to a command on reservations that was refused. */
export function refusedReservation({ reason, detail, shortages }: RefusedOutcome): Problem {
  if (reason === 'IDEMPOTENCY_KEY_REUSED') return keyReused();
  return new Problem('refused', {
    reason,
    ...(detail === undefined ? {} : { detail }),
    ...(shortages === undefined ? {} : { shortages: shortages.map((shortage) => ({ ...shortage })) }),
  });
}
