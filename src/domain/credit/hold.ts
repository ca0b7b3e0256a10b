import { never } from '../decision';

/** What a shipment took of its order's hold. REFUNDED is final, and for one that was never captured a tombstone. */
export interface Capture {
  readonly shipmentId: string;
  readonly amount: number;
  readonly state: 'CAPTURED' | 'REFUNDED';
}

/** What a revision added to a hold, or took off it. REVOKED is final, and for one that was never made a tombstone. */
export interface Adjustment {
  readonly by: number;
  readonly state: 'MADE' | 'REVOKED';
}

/**
 * One order's claim on a customer's credit. SETTLED: no other shipment is to come, so the amount is what all of them
 * are worth; captures of some may still be under way. RELEASED is final: nothing is held any more, and what was
 * captured stays so. For an order that never held it is a tombstone.
 */
export interface Hold {
  readonly orderId: string;
  /** What the order has credit for altogether, captured or still held. */
  readonly amount: number;
  readonly state: 'HELD' | 'SETTLED' | 'RELEASED';
  /** By the command that captured: a shipment whose capture was undone is captured anew by another command. */
  readonly captures: Readonly<Record<string, Capture>>;
  /** By the command that revised. */
  readonly adjustments: Readonly<Record<string, Adjustment>>;
}

interface OfOrder {
  readonly orderId: string;
}

interface OfCapture extends OfOrder {
  readonly captureId: string;
  readonly shipmentId: string;
}

interface OfAdjustment extends OfOrder {
  readonly adjustmentId: string;
}

export type HoldEvent =
  | { readonly type: 'credit.credit-held.v1'; readonly data: OfOrder & { readonly amount: number } }
  | { readonly type: 'credit.credit-released.v1'; readonly data: OfOrder }
  | { readonly type: 'credit.hold-forestalled.v1'; readonly data: OfOrder }
  | { readonly type: 'credit.credit-captured.v1'; readonly data: OfCapture & { readonly amount: number } }
  | { readonly type: 'credit.capture-refunded.v1'; readonly data: OfCapture & { readonly amount: number } }
  | { readonly type: 'credit.capture-forestalled.v1'; readonly data: OfCapture }
  /** What is held beyond the worth of all shipments is given back. */
  | { readonly type: 'credit.hold-settled.v1'; readonly data: OfOrder & { readonly amount: number } }
  | { readonly type: 'credit.hold-adjusted.v1'; readonly data: OfAdjustment & { readonly by: number } }
  | { readonly type: 'credit.adjustment-revoked.v1'; readonly data: OfAdjustment & { readonly by: number } }
  | { readonly type: 'credit.adjustment-forestalled.v1'; readonly data: OfAdjustment };

/** What there is for an order before anything happened. */
export function nothingHeld(orderId: string): Hold {
  return { orderId, amount: 0, state: 'RELEASED', captures: {}, adjustments: {} };
}

/** How much of a hold has been captured, paid for or not. */
export function capturedOf({ captures }: Hold): number {
  return Object.values(captures).reduce(
    (sum, { state, amount }) => sum + (state === 'CAPTURED' ? amount : 0),
    0,
  );
}

/** How much a hold still holds. */
export function heldOf(hold: Hold): number {
  return hold.state === 'RELEASED' ? 0 : hold.amount - capturedOf(hold);
}

export function evolveHold(hold: Hold, event: HoldEvent): Hold {
  switch (event.type) {
    case 'credit.credit-held.v1':
      return { ...hold, amount: event.data.amount, state: 'HELD' };
    case 'credit.credit-released.v1':
    case 'credit.hold-forestalled.v1':
      return { ...hold, state: 'RELEASED' };
    case 'credit.credit-captured.v1': {
      const { captureId, shipmentId, amount } = event.data;
      return withCapture(hold, captureId, { shipmentId, amount, state: 'CAPTURED' });
    }
    case 'credit.capture-refunded.v1': {
      const { captureId, shipmentId, amount } = event.data;
      return withCapture(hold, captureId, { shipmentId, amount, state: 'REFUNDED' });
    }
    case 'credit.capture-forestalled.v1': {
      const { captureId, shipmentId } = event.data;
      return withCapture(hold, captureId, { shipmentId, amount: 0, state: 'REFUNDED' });
    }
    case 'credit.hold-settled.v1':
      return { ...hold, amount: event.data.amount, state: 'SETTLED' };
    case 'credit.hold-adjusted.v1': {
      const { adjustmentId, by } = event.data;
      return withAdjustment({ ...hold, amount: hold.amount + by }, adjustmentId, { by, state: 'MADE' });
    }
    case 'credit.adjustment-revoked.v1': {
      const { adjustmentId, by } = event.data;
      return withAdjustment({ ...hold, amount: hold.amount - by }, adjustmentId, { by, state: 'REVOKED' });
    }
    case 'credit.adjustment-forestalled.v1':
      return withAdjustment(hold, event.data.adjustmentId, { by: 0, state: 'REVOKED' });
    default:
      return never(event);
  }
}

function withCapture(hold: Hold, id: string, capture: Capture): Hold {
  return { ...hold, captures: { ...hold.captures, [id]: capture } };
}

function withAdjustment(hold: Hold, id: string, adjustment: Adjustment): Hold {
  return { ...hold, adjustments: { ...hold.adjustments, [id]: adjustment } };
}
