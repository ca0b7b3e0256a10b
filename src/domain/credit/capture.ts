import { type Decision, done, refusedForNow, type StepAnswer, unchanged } from '../decision';
import { type Refusal, refused } from '../refusal';
import type { Account, AccountEvent } from './account';
import { capturedOf, type Hold, heldOf } from './hold';

export interface CaptureRequest {
  readonly orderId: string;
  /** The command that captures; its undo names it again. */
  readonly captureId: string;
  readonly shipmentId: string;
  readonly amount: number;
  /**
   * What all shipments of the order are worth together, where no other is to come; null where others may. A sum and no
   * mere flag: the last shipment may be captured before another that left at the same moment.
   */
  readonly finalTotal: number | null;
}

/**
 * Turns the part of a hold that a shipment is worth into what the customer owes. With the last shipment, what is held
 * beyond the worth of all of them is given back.
 */
export function decideCapture(account: Account, request: CaptureRequest): Decision<StepAnswer, AccountEvent> {
  const { finalTotal, ...data } = request;
  const { orderId, captureId } = data;
  const hold = account.holds[orderId];
  const known = hold?.captures[captureId];
  if (known) return known.state === 'CAPTURED' ? unchanged(done) : refusedForNow(refused('RELEASED_EARLIER'));
  if (!hold) return refusedForNow(refused('CREDIT_NOT_HELD', 'nothing is held for the order'));
  const refusal = refusalToCapture(hold, request);
  if (refusal) return refusedForNow(refusal);
  const captured: AccountEvent = { type: 'credit.credit-captured.v1', data };
  if (finalTotal === null || hold.state === 'SETTLED') return { answer: done, events: [captured] };
  const settled: AccountEvent = { type: 'credit.hold-settled.v1', data: { orderId, amount: finalTotal } };
  return { answer: done, events: [captured, settled] };
}

function refusalToCapture(
  hold: Hold,
  { shipmentId, amount, finalTotal }: CaptureRequest,
): Refusal | undefined {
  if (hold.state === 'RELEASED') return refused('RELEASED_EARLIER');
  const ofShipment = Object.values(hold.captures).filter((capture) => capture.shipmentId === shipmentId);
  // Captured by a command that is still to be undone, or one that the order's own state should have kept out.
  if (ofShipment.some(({ state }) => state === 'CAPTURED')) return refused('ALREADY_CAPTURED');
  if (amount > heldOf(hold)) return refused('CREDIT_NOT_HELD', `${amount} asked, ${heldOf(hold)} held`);
  const least = capturedOf(hold) + amount;
  if (finalTotal !== null && (finalTotal < least || finalTotal > hold.amount))
    return refused('CREDIT_NOT_HELD', `${finalTotal} in all, ${least} captured of ${hold.amount}`);
  return undefined;
}

/**
 * Undoes a capture: what was captured is held again, or is the customer's again where the hold was released meanwhile.
 * Before the capture has happened a tombstone is left, so that a late one is refused.
 */
export function decideRefund(
  account: Account,
  capture: Pick<CaptureRequest, 'orderId' | 'captureId' | 'shipmentId'>,
): Decision<StepAnswer, AccountEvent> {
  const { orderId, captureId, shipmentId } = capture;
  const hold = account.holds[orderId];
  const known = hold?.captures[captureId];
  if (known?.state === 'CAPTURED') {
    const { amount } = known;
    const data = { orderId, captureId, shipmentId: known.shipmentId, amount };
    return { answer: done, events: [{ type: 'credit.capture-refunded.v1', data }] };
  }
  // Without a hold, or after its release, nothing can be captured any more.
  if (known || !hold || hold.state === 'RELEASED') return unchanged(done);
  const data = { orderId, captureId, shipmentId };
  return { answer: done, events: [{ type: 'credit.capture-forestalled.v1', data }] };
}
