import { type Decision, done, refusedForNow, type StepAnswer, unchanged } from '../decision';
import { type Refusal, refused } from '../refusal';
import { type Account, type AccountEvent, moneyOf } from './account';
import { capturedOf, type Hold, heldOf } from './hold';

export interface CaptureRequest {
  readonly orderId: string;
  /** The command that captures. Its compensation names it again. */
  readonly captureId: string;
  readonly shipmentId: string;
  readonly amount: number;
  /**
   * The value of all shipments of the order when no other follows; null when others may. It is a sum, not a flag,
   * because the last shipment may be captured before another that left at the same moment.
   */
  readonly finalTotal: number | null;
}

/**
 * Captures the value of a shipment: moves it from held to owed. With the last shipment, releases the credit held beyond
 * the value of all shipments.
 */
export function decideCapture(account: Account, request: CaptureRequest): Decision<StepAnswer, AccountEvent> {
  const { finalTotal, ...data } = request;
  const { orderId, captureId } = data;
  const hold = account.holds[orderId];
  const known = hold?.captures[captureId];
  if (known) return known.state === 'CAPTURED' ? unchanged(done) : refusedForNow(refused('RELEASED_EARLIER'));
  if (!hold) return refusedForNow(refused('CREDIT_NOT_HELD', 'nothing is held for the order'));
  const refusal = refusalToCapture(account, hold, request);
  if (refusal) return refusedForNow(refusal);
  const captured: AccountEvent = { type: 'credit.credit-captured.v1', data };
  if (finalTotal === null || hold.state === 'SETTLED') return { answer: done, events: [captured] };
  const settled: AccountEvent = { type: 'credit.hold-settled.v1', data: { orderId, amount: finalTotal } };
  return { answer: done, events: [captured, settled] };
}

function refusalToCapture(
  account: Account,
  hold: Hold,
  { shipmentId, amount, finalTotal }: CaptureRequest,
): Refusal | undefined {
  if (hold.state === 'RELEASED') return refused('RELEASED_EARLIER');
  const ofShipment = Object.values(hold.captures).filter((capture) => capture.shipmentId === shipmentId);
  // Another command captured this shipment: its refund is still to come, or the order's state should have refused it.
  if (ofShipment.some(({ state }) => state === 'CAPTURED')) return refused('ALREADY_CAPTURED');
  const money = moneyOf(account);
  if (amount > heldOf(hold))
    return refused('CREDIT_NOT_HELD', `${money(amount)} asked, ${money(heldOf(hold))} held`);
  const least = capturedOf(hold) + amount;
  if (finalTotal !== null && (finalTotal < least || finalTotal > hold.amount))
    return refused(
      'CREDIT_NOT_HELD',
      `${money(finalTotal)} in all, ${money(least)} captured of ${money(hold.amount)}`,
    );
  return undefined;
}

/**
 * Compensates a capture: the credit is held again, or is available again if the hold was released meanwhile. Leaves a
 * tombstone when the capture has not happened, so that a late one is refused.
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
  // Without a hold, or after its release, no capture can still happen.
  if (known || !hold || hold.state === 'RELEASED') return unchanged(done);
  const data = { orderId, captureId, shipmentId };
  return { answer: done, events: [{ type: 'credit.capture-forestalled.v1', data }] };
}
