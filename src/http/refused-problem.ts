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

/** Which field of the request a refusal is about, where it is about one. */
const FIELDS: Partial<Record<RefusalReason, string>> = {
  BELOW_SHIPPED: 'lines',
  LINE_MISMATCH: 'lines',
  QUANTITY_TOO_LARGE: 'quantity',
  UNKNOWN_LINE: 'lineId',
  UNKNOWN_ORDER: 'id',
  UNKNOWN_SHIPMENT: 'id',
  VERSION_MISMATCH: 'baseVersion',
};

/** The answer to a change that was not taken. Where another command has the order, a later try may fare better. */
export function refusedChange(refusal: RefusedOutcome): Problem {
  const { reason, detail = reason } = refusal;
  if (reason !== 'CONFLICT') return lostChange(refusal);
  return new Problem('conflict', { reason, detail, headers: { 'Retry-After': '1' } });
}

/** The answer to a change that was taken and lost: so it stays under its key, however often it is sent. */
export function lostChange({ reason, detail = reason }: RefusedOutcome): Problem {
  if (reason === 'UNKNOWN_ORDER' || reason === 'UNKNOWN_SHIPMENT')
    return new Problem('not-found', { detail });
  if (reason === 'CONFLICT')
    return new Problem('conflict', {
      reason,
      detail: 'another command was first: send it under another key',
    });
  const field = FIELDS[reason];
  return new Problem('refused', {
    reason,
    detail,
    ...(field === undefined ? {} : { errors: [{ field, message: detail }] }),
  });
}
