import type { RefusalReason, Shortage } from '../../domain/refusal';
import { fieldName } from '../framework/field-errors';
import { keyReused } from '../framework/idempotency';
import { Problem } from '../framework/problem';

interface RefusedOutcome {
  readonly reason: RefusalReason;
  readonly detail?: string;
  readonly shortages?: readonly Shortage[];
  readonly atLine?: number;
}

type Headers = Readonly<Record<string, string>>;

/** Returns the problem of a refused command on reservations. */
export function refusedReservation(
  { reason, detail, shortages }: RefusedOutcome,
  headers: Headers = {},
): Problem {
  if (reason === 'IDEMPOTENCY_KEY_REUSED') return keyReused();
  return new Problem('refused', {
    reason,
    headers,
    ...(detail === undefined ? {} : { detail }),
    ...(shortages === undefined ? {} : { shortages: shortages.map((shortage) => ({ ...shortage })) }),
  });
}

/** The request field that a refusal concerns, where it concerns one. */
const FIELDS: Partial<Record<RefusalReason, string>> = {
  BELOW_SHIPPED: 'lines',
  LINE_MISMATCH: 'lines',
  NOT_RETURNABLE: 'lines',
  QUANTITY_TOO_LARGE: 'quantity',
  SHIPS_COMPLETE: 'lines',
  UNKNOWN_LINE: 'lineId',
  UNKNOWN_NODE: 'nodeId',
  UNKNOWN_ORDER: 'id',
  UNKNOWN_SHIPMENT: 'id',
  VERSION_MISMATCH: 'baseVersion',
};

/** Returns the problem of a refused change. `Retry-After` asks for a retry when another command has the order. */
export function refusedChange(
  refusal: RefusedOutcome & { readonly isFinal?: boolean; readonly headers?: Headers },
): Problem {
  const { reason, detail = reason, isFinal = false, headers = {}, atLine } = refusal;
  if (reason === 'UNKNOWN_ORDER' || reason === 'UNKNOWN_SHIPMENT')
    return new Problem('not-found', { detail });
  if (reason === 'NOT_STUCK') return new Problem('conflict', { detail });
  if (reason === 'CONFLICT')
    return new Problem('conflict', {
      reason,
      detail,
      headers: isFinal ? headers : { ...headers, 'Retry-After': '1' },
    });
  const own = FIELDS[reason];
  const field = own !== undefined && atLine !== undefined ? fieldName(['lines', atLine, own], 'body') : own;
  return new Problem('refused', {
    reason,
    detail,
    headers,
    ...(field === undefined ? {} : { errors: [{ field, message: detail }] }),
  });
}
