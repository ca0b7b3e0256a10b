/** The reasons for which a command or an order can be refused. docs/reference/reason-codes.md is written from this. */
export const REFUSALS = {
  ALREADY_CAPTURED: 'Another command has captured the credit of the shipment.',
  ALREADY_FINAL:
    'The order is rejected, cancelled or delivered, or all of it has shipped: it can no longer change.',
  ALREADY_REPORTED: 'The node has already reported this, or a later step of the shipment.',
  BELOW_SHIPPED:
    'The revision has fewer units of an item, at the price at which they shipped, than have shipped.',
  CANCELLED: 'The order was cancelled before it was decided.',
  CAP_REACHED: 'A sales cap leaves fewer units than the command asks for. The detail names the cap.',
  CONFLICT: 'Another command has locked the order, or the order is still PENDING.',
  CREDIT_LIMIT_EXCEEDED: "The customer's available credit does not cover the order.",
  CREDIT_NOT_HELD: 'The account does not hold the credit that the command needs: the data is inconsistent.',
  CURRENCY_MISMATCH: "The customer's account is kept in another currency.",
  IDEMPOTENCY_KEY_REUSED: 'The caller has used the key for another request.',
  LINE_MISMATCH: 'A line of the revision has another item than before, or is named twice.',
  NOT_ACCEPTED: 'The node must accept the shipment before it ships it.',
  NOT_DUE: 'The deadline of the shipment was extended or met before Holdfast recorded that it had passed.',
  NOT_ELIGIBLE:
    'Eligibility rules deny an item to the buyer at every node. The detail names the item and the reason of a rule.',
  NOT_RETURNABLE:
    'The return names more units of the line than have shipped, are captured and have not come back.',
  NOT_SHIPPED: 'The shipment must have shipped before it can be delivered.',
  NOT_STUCK: 'The command does not need attention, so there is nothing to resolve.',
  NO_SOURCING_FOUND:
    'The search for nodes ended without a result: none within the limit of shipments, or too many partners failed.',
  OUT_OF_STOCK:
    'Fewer units are available to promise than the command asks for. `shortages` has both quantities of each item.',
  PARTNER_UNREACHABLE: 'A partner did not reply in time, and no other node has the units.',
  PAYMENT_TOO_LARGE:
    'The payment exceeds what the customer owes by more than may be paid ahead. The detail has the limit.',
  PER_ORDER_MAX_EXCEEDED: 'The order asks for more units of an item than one order may have.',
  PROCESSING_FAILED:
    'A step failed on the data of the command, or an operator resolved the command before its decision.',
  QUANTITY_TOO_LARGE: 'The node reports more units of the line than the shipment has.',
  RELEASED_EARLIER: 'The stock or the credit of the order has already been released.',
  RESERVATION_MISMATCH:
    'The reservation does not exist or is final, belongs to another caller, is for other items, or has fewer units than the command needs.',
  SHIPMENT_OVER: 'The shipment is rejected or cancelled.',
  SHIPS_COMPLETE: 'The order ships complete, so no part of its shipment can leave alone.',
  SHIPPED_MEANWHILE: 'Units shipped before the revision was decided, so the revision was turned back.',
  TOO_MANY_SHIPMENTS:
    'The units are in stock, but need more shipments than the order or the installation allows.',
  UNKNOWN_CUSTOMER: 'The customer has no credit account.',
  UNKNOWN_LINE: 'The order or the shipment has no such line.',
  UNKNOWN_NODE: 'The node does not exist.',
  UNKNOWN_ORDER: 'The order does not exist.',
  UNKNOWN_SHIPMENT: 'The shipment does not exist.',
  UNKNOWN_SKU: 'The item does not exist.',
  VERSION_MISMATCH: 'The order was revised after the version on which this revision is based.',
} as const;

export type RefusalReason = keyof typeof REFUSALS;

export const REFUSAL_REASONS = Object.keys(REFUSALS) as RefusalReason[];

const NOTHING_TO_DO = 'None: the effect of the command has already happened, or is no longer possible.';
const READ_AGAIN = 'Read the order and its shipments again, and correct the command.';
const AN_OPERATOR = 'Ask an operator to read the saga of the command: `GET /v1/sagas/{id}`.';

/** The action that a caller can take after each refusal. */
export const REFUSAL_ACTIONS: Readonly<Record<RefusalReason, string>> = {
  ALREADY_CAPTURED: AN_OPERATOR,
  ALREADY_FINAL: NOTHING_TO_DO,
  ALREADY_REPORTED: NOTHING_TO_DO,
  BELOW_SHIPPED: 'Ask for at least the shipped units, at their price.',
  CANCELLED: 'Place a new order if the customer still wants it.',
  CAP_REACHED: 'Ask for fewer units, or wait until units are given back or the next window begins.',
  CONFLICT: 'Wait for the time in `Retry-After`, and send the command again.',
  CREDIT_LIMIT_EXCEEDED: 'Record a payment, raise the limit of the account, or order less.',
  CREDIT_NOT_HELD: AN_OPERATOR,
  CURRENCY_MISMATCH: 'Use the currency of the account.',
  IDEMPOTENCY_KEY_REUSED: 'Use a new key for a new request.',
  LINE_MISMATCH: READ_AGAIN,
  NOT_ACCEPTED: 'First report the acceptance.',
  NOT_DUE: NOTHING_TO_DO,
  NOT_ELIGIBLE:
    'Choose another item, region, channel or shipping method, or ask an operator to change the rule.',
  NOT_RETURNABLE:
    'Return at most the units that the detail names. The capture follows soon after a shipment.',
  NOT_SHIPPED: 'First report that the shipment has left.',
  NOT_STUCK: NOTHING_TO_DO,
  NO_SOURCING_FOUND: 'Allow more shipments, split the order, or place it again later.',
  OUT_OF_STOCK: 'Ask for what is available, or allow backorders of the item.',
  PARTNER_UNREACHABLE: 'Place the order again later.',
  PAYMENT_TOO_LARGE: 'Record a smaller payment.',
  PER_ORDER_MAX_EXCEEDED: 'Ask for at most `perOrderMax` of the item: `GET /v1/items/{sku}`.',
  PROCESSING_FAILED: 'Place the order again, or ask an operator for the failure of the saga.',
  QUANTITY_TOO_LARGE: READ_AGAIN,
  RELEASED_EARLIER: 'Place a new order.',
  RESERVATION_MISMATCH:
    'Name a hold of your own that has not expired and has the same items and quantities, or name none.',
  SHIPMENT_OVER: NOTHING_TO_DO,
  SHIPS_COMPLETE: 'Ship all units of the shipment together, or reject those that cannot leave.',
  SHIPPED_MEANWHILE: READ_AGAIN,
  TOO_MANY_SHIPMENTS: 'Allow more shipments (`maxShipments`, no `shipComplete`), or split the order.',
  UNKNOWN_CUSTOMER: 'Open an account: `PUT /v1/credit-accounts/{customerId}`.',
  UNKNOWN_LINE: READ_AGAIN,
  UNKNOWN_NODE: 'Check the id: `GET /v1/nodes` lists the nodes.',
  UNKNOWN_ORDER: 'Check the id.',
  UNKNOWN_SHIPMENT: 'Check the id: `GET /v1/orders/{id}/shipments` lists the shipments of an order.',
  UNKNOWN_SKU: 'Check the SKU, or set the item up: `PUT /v1/items/{sku}`.',
  VERSION_MISMATCH: READ_AGAIN,
};

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
  /** The position, from 0, of the line of the command that it concerns. */
  readonly atLine?: number;
}

/** Returns the reason of a refusal in plain words, with its detail, as one clause without a full stop. */
export function explained({ reason, detail }: Pick<Refusal, 'reason' | 'detail'>): string {
  const [sentence = reason] = REFUSALS[reason].split(/\. |\.$/);
  return detail === undefined ? sentence : `${sentence} (${detail})`;
}

export function refused(reason: RefusalReason, detail?: string, shortages?: readonly Shortage[]): Refusal {
  return {
    kind: 'refused',
    reason,
    ...(detail === undefined ? {} : { detail }),
    ...(shortages === undefined ? {} : { shortages }),
  };
}
