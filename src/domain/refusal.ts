/** The reasons for which a command or an order can be refused. */
export const REFUSAL_REASONS = [
  'ALREADY_CAPTURED',
  'ALREADY_FINAL',
  'ALREADY_REPORTED',
  'BELOW_SHIPPED',
  'CANCELLED',
  'CAP_REACHED',
  'CONFLICT',
  'CREDIT_LIMIT_EXCEEDED',
  'CREDIT_NOT_HELD',
  'CURRENCY_MISMATCH',
  'IDEMPOTENCY_KEY_REUSED',
  'LINE_MISMATCH',
  'NOT_ACCEPTED',
  'NOT_DUE',
  'NOT_ELIGIBLE',
  'NOT_SHIPPED',
  'NOT_STUCK',
  'OUT_OF_STOCK',
  'PARTNER_UNREACHABLE',
  'PAYMENT_TOO_LARGE',
  'PER_ORDER_MAX_EXCEEDED',
  'PROCESSING_FAILED',
  'QUANTITY_TOO_LARGE',
  'RELEASED_EARLIER',
  'RESERVATION_MISMATCH',
  'SHIPMENT_OVER',
  'SHIPPED_MEANWHILE',
  'UNKNOWN_CUSTOMER',
  'UNKNOWN_LINE',
  'UNKNOWN_ORDER',
  'UNKNOWN_SHIPMENT',
  'UNKNOWN_SKU',
  'VERSION_MISMATCH',
] as const;

export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** The requested and the available quantity of one item at its refusal. */
export interface Shortage {
  readonly sku: string;
  readonly requested: number;
  readonly available: number;
}

/** A business refusal: data, never an exception. */
export interface Refusal {
  readonly kind: 'refused';
  readonly reason: RefusalReason;
  readonly detail?: string;
  readonly shortages?: readonly Shortage[];
}

export function refused(reason: RefusalReason, detail?: string, shortages?: readonly Shortage[]): Refusal {
  return {
    kind: 'refused',
    reason,
    ...(detail === undefined ? {} : { detail }),
    ...(shortages === undefined ? {} : { shortages }),
  };
}
