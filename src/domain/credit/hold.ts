import { never } from '../decision';

/** A shipment's capture from the order's hold. REFUNDED is final; without a preceding capture it is a tombstone. */
export interface Capture {
  readonly shipmentId: string;
  readonly amount: number;
  readonly state: 'CAPTURED' | 'REFUNDED';
}

/** A command's change of a hold. REVOKED is final; without a preceding change it is a tombstone. */
export interface Adjustment {
  readonly by: number;
  readonly state: 'MADE' | 'REVOKED';
}

/**
 * One order's hold on a customer's credit. SETTLED: no other shipment follows, so the amount is the value of all
 * shipments; some captures may still be running. RELEASED is final: nothing is held, and captured credit stays
 * captured. For an order that never held credit, RELEASED is a tombstone.
 */
export interface Hold {
  readonly orderId: string;
  /** The order's total credit, captured or still held. */
  readonly amount: number;
  readonly state: 'HELD' | 'SETTLED' | 'RELEASED';
  /** By the command that captured. After a refund, another command captures the same shipment again. */
  readonly captures: Readonly<Record<string, Capture>>;
  /** By the command that changed the order. */
  readonly adjustments: Readonly<Record<string, Adjustment>>;
  /** Refunded amounts of captured credit, by the command that returned units. */
  readonly refunds: Readonly<Record<string, number>>;
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

interface OfReturn extends OfOrder {
  readonly returnId: string;
}

export type HoldEvent =
  /** Credit is held for an order. */
  | { readonly type: 'credit.credit-held.v1'; readonly data: OfOrder & { readonly amount: number } }
  /** The rest of an order's hold is released. */
  | { readonly type: 'credit.credit-released.v1'; readonly data: OfOrder }
  /** A tombstone: the release ran before the hold. A hold that runs later is refused. */
  | { readonly type: 'credit.hold-forestalled.v1'; readonly data: OfOrder }
  /** The value of a shipment moves from held to owed. */
  | { readonly type: 'credit.credit-captured.v1'; readonly data: OfCapture & { readonly amount: number } }
  /** A capture is given back. */
  | { readonly type: 'credit.capture-refunded.v1'; readonly data: OfCapture & { readonly amount: number } }
  /** A tombstone: the refund ran before the capture. A capture that runs later is refused. */
  | { readonly type: 'credit.capture-forestalled.v1'; readonly data: OfCapture }
  /** The customer gets back the captured price of returned units. Minor units. */
  | { readonly type: 'credit.return-refunded.v1'; readonly data: OfReturn & { readonly amount: number } }
  /** The credit held beyond the value of all shipments is released. */
  | { readonly type: 'credit.hold-settled.v1'; readonly data: OfOrder & { readonly amount: number } }
  /** The hold of an order grows or, below zero, shrinks. */
  | { readonly type: 'credit.hold-adjusted.v1'; readonly data: OfAdjustment & { readonly by: number } }
  /** A change of the hold is compensated. */
  | { readonly type: 'credit.adjustment-revoked.v1'; readonly data: OfAdjustment & { readonly by: number } }
  /** A tombstone: the compensation ran before the change. A change that runs later is refused. */
  | { readonly type: 'credit.adjustment-forestalled.v1'; readonly data: OfAdjustment };

/** Returns the hold of an order before its first event. */
export function nothingHeld(orderId: string): Hold {
  return { orderId, amount: 0, state: 'RELEASED', captures: {}, adjustments: {}, refunds: {} };
}

/** Returns the captured amount of a hold, paid or not. */
export function capturedOf({ captures }: Hold): number {
  return Object.values(captures).reduce(
    (sum, { state, amount }) => sum + (state === 'CAPTURED' ? amount : 0),
    0,
  );
}

/** Returns the amount that a hold's order owes, paid or not: what was captured and not refunded. */
export function owedOf(hold: Hold): number {
  return capturedOf(hold) - Object.values(hold.refunds).reduce((sum, amount) => sum + amount, 0);
}

/** Returns the amount that a hold still holds. */
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
    case 'credit.return-refunded.v1': {
      const { returnId, amount } = event.data;
      return { ...hold, refunds: { ...hold.refunds, [returnId]: amount } };
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
