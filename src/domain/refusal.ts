/** The reasons for which a command or an order can be refused. docs/reference/reason-codes.md is written from this. */
const REFUSALS = {
  ALREADY_CAPTURED: 'Another command has captured the credit of the shipment.',
  ALREADY_FINAL:
    'The order is rejected, cancelled or delivered, or all of it has shipped: nothing can change any more.',
  ALREADY_REPORTED: 'The node has reported this, or a later step of the shipment, before.',
  BELOW_SHIPPED: 'The revision asks for less of a line than has shipped.',
  CANCELLED: 'The order was cancelled before it was decided.',
  CAP_REACHED: 'A sales cap has not enough left. The detail names the cap.',
  CONFLICT:
    'Another command has locked the order, or the order is still pending. Try again after `Retry-After`.',
  CREDIT_LIMIT_EXCEEDED: "The customer's available credit does not cover the order.",
  CREDIT_NOT_HELD: 'The account does not hold the credit that the command needs: the data is inconsistent.',
  CURRENCY_MISMATCH: "The customer's account is kept in another currency.",
  IDEMPOTENCY_KEY_REUSED: 'The caller has used the key for another request.',
  LINE_MISMATCH:
    'A line of the revision has another item than before, comes twice, or changes the price of shipped units.',
  NOT_ACCEPTED: 'The node has to accept the shipment before it ships it.',
  NOT_DUE: 'The deadline of the shipment was extended or met meanwhile.',
  NOT_ELIGIBLE:
    'Eligibility rules leave the buyer no node for an item. The detail names the item and the reason of the rule.',
  NOT_SHIPPED: 'The node has to ship the shipment before it is delivered.',
  NOT_STUCK: 'The command needs no attention.',
  OUT_OF_STOCK: 'Less is available to promise than asked for. `shortages` has both quantities of each item.',
  PARTNER_UNREACHABLE: 'A partner did not reply in time, and no other node has the units.',
  PAYMENT_TOO_LARGE: 'The customer would have paid too much ahead. The detail has the limit, in minor units.',
  PER_ORDER_MAX_EXCEEDED: 'The order asks for more of an item than one order may have.',
  PROCESSING_FAILED:
    'A step failed on the data of this command, or an operator resolved the command before its decision.',
  QUANTITY_TOO_LARGE: 'The shipment has fewer units of the line than the node gives back.',
  RELEASED_EARLIER: 'The stock or the credit of the order was released before.',
  RESERVATION_MISMATCH:
    'The reservation is unknown or final, is of another caller or for other items, or has fewer units than the command takes.',
  SHIPMENT_OVER: 'The shipment is rejected or cancelled.',
  SHIPPED_MEANWHILE: 'Units shipped before the revision was decided: the revision is turned back.',
  UNKNOWN_CUSTOMER: 'The customer has no credit account.',
  UNKNOWN_LINE: 'The order or the shipment has no such line.',
  UNKNOWN_ORDER: 'There is no such order.',
  UNKNOWN_SHIPMENT: 'There is no such shipment.',
  UNKNOWN_SKU: 'There is no such item.',
  VERSION_MISMATCH: 'The order was revised since the version that the revision is based on. Read it again.',
} as const;

export type RefusalReason = keyof typeof REFUSALS;

export const REFUSAL_REASONS = Object.keys(REFUSALS) as RefusalReason[];

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
