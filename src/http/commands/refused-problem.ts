import type { RefusalReason, Shortage } from '../../domain/refusal';
import { keyReused } from '../framework/idempotency';
import { Problem } from '../framework/problem';

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

/** The answer to a change that is refused. Where another command has the order, a later try may fare better. */
export function refusedChange(refusal: RefusedOutcome & { readonly isFinal?: boolean }): Problem {
  const { reason, detail = reason, isFinal = false } = refusal;
  if (reason === 'UNKNOWN_ORDER' || reason === 'UNKNOWN_SHIPMENT')
    return new Problem('not-found', { detail });
  if (reason === 'NOT_STUCK') return new Problem('conflict', { detail });
  if (reason === 'CONFLICT')
    return new Problem('conflict', {
      reason,
      detail,
      ...(isFinal ? {} : { headers: { 'Retry-After': '1' } }),
    });
  const field = FIELDS[reason];
  return new Problem('refused', {
    reason,
    detail,
    ...(field === undefined ? {} : { errors: [{ field, message: detail }] }),
  });
}
