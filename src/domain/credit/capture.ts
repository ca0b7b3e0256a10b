import { type Decision, done, type StepAnswer, unchanged } from '../decision';
import { type Refusal, refused } from '../refusal';
import type { Account, AccountEvent } from './account';
import { type Hold, heldOf } from './hold';

export interface CaptureRequest {
  readonly orderId: string;
  /** The command that captures; its undo names it again. */
  readonly captureId: string;
  readonly shipmentId: string;
  readonly amount: number;
  /** No other shipment of the order is to come. */
  readonly isLast: boolean;
}

/** Turns the part of a hold that a shipment is worth into what the customer owes; the last one releases the rest. */
export function decideCapture(account: Account, request: CaptureRequest): Decision<StepAnswer, AccountEvent> {
  const { isLast, ...data } = request;
  const hold = account.holds[request.orderId];
  const known = hold?.captures[request.captureId];
  if (known) return unchanged(known.state === 'CAPTURED' ? done : refused('RELEASED_EARLIER'));
  if (!hold) return unchanged(refused('CREDIT_NOT_HELD', 'nothing is held for the order'));
  const refusal = refusalToCapture(hold, request);
  if (refusal) return unchanged(refusal);
  const captured: AccountEvent = { type: 'credit.credit-captured.v1', data };
  const rest = heldOf(hold) - request.amount;
  if (!isLast || rest === 0) return { answer: done, events: [captured] };
  const released: AccountEvent = {
    type: 'credit.rest-released.v1',
    data: { orderId: request.orderId, amount: rest },
  };
  return { answer: done, events: [captured, released] };
}

function refusalToCapture(hold: Hold, { shipmentId, amount }: CaptureRequest): Refusal | undefined {
  if (hold.state === 'RELEASED') return refused('RELEASED_EARLIER');
  const ofShipment = Object.values(hold.captures).filter((capture) => capture.shipmentId === shipmentId);
  // Captured by a command that is still to be undone, or one that the order's own state should have kept out.
  if (ofShipment.some(({ state }) => state === 'CAPTURED')) return refused('ALREADY_CAPTURED');
  if (amount > heldOf(hold)) return refused('CREDIT_NOT_HELD', `${amount} asked, ${heldOf(hold)} held`);
  return undefined;
}

/**
 * Undoes a capture: what was captured is held again where the order still holds, and is the customer's again where it
 * was released meanwhile. Before the capture has happened a tombstone is left, so that a late one is refused.
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
  if (known || hold?.state !== 'HELD') return unchanged(done);
  const data = { orderId, captureId, shipmentId };
  return { answer: done, events: [{ type: 'credit.capture-forestalled.v1', data }] };
}
