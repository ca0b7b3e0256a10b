import { done, type StepAnswer, unchanged } from '../../decision';
import { refused } from '../../refusal';
import type { Demand } from '../limits/demand';
import { denialOf } from '../limits/eligibility';
import { claimsOn } from '../limits/sales-cap';
import { isDue } from './release';
import type { InventoryRoom, Reservation, ReservationGiven } from './reservation';
import { onCaps, onReservation, onStock } from './reservation-changes';
import { capRefusal, givenBy, mostShipments, type ReserveDecision, type ReserveRequest } from './reserve';

/**
 * Converts the hold that an order names, in one step, when it is the caller's own and for the same summed lines.
 * Refuses a buyer that a rule or a customer's cap forbids, even when the hold's buyer was allowed.
 * @returns undefined when the hold ran out, so that a fresh reservation is needed
 */
export function decideAdopt(
  hold: Reservation | undefined,
  request: ReserveRequest & { readonly orderId: string },
  room: InventoryRoom,
  now: string,
): ReserveDecision | undefined {
  const isOurs = hold?.caller === request.caller && sameDemands(hold.lines, request.demands);
  if (!hold || !isOurs) return unchanged(refused('RESERVATION_MISMATCH'));
  const heldFor = hold.buyer?.customerId ?? null;
  if (heldFor !== null && heldFor !== request.buyer.customerId)
    return unchanged(refused('RESERVATION_MISMATCH', 'the reservation is for another customer'));
  if (hold.state === 'COMMITTED' && hold.orderId === request.orderId) {
    return unchanged<StepAnswer<ReservationGiven>>({ ...done, ...givenBy(hold, room) });
  }
  if (hold.state === 'EXPIRED' || (hold.state === 'HELD' && isDue(hold, now))) return undefined;
  if (hold.state !== 'HELD')
    return unchanged(refused('RESERVATION_MISMATCH', `the reservation is ${hold.state}`));
  const nodes = new Set(hold.allocations.map(({ nodeId }) => nodeId)).size;
  const most = mostShipments(request);
  if (nodes > most)
    return unchanged(
      refused('RESERVATION_MISMATCH', `it is at ${nodes} nodes, and the order allows ${most}`),
    );
  const denied = denialOfHold(hold, request, room);
  if (denied !== undefined) return unchanged(refused('NOT_ELIGIBLE', denied));
  const isNew = ({ cap }: { cap: { id: string } }) => !hold.caps.some(({ capId }) => capId === cap.id);
  const unclaimed = { caps: room.caps.filter(isNew) };
  const refusal = capRefusal(unclaimed, request.demands, request.buyer, now);
  return refusal ? unchanged(refusal) : adopt(hold, request, { ...room, ...unclaimed }, now);
}

/** Returns the first item that a rule denies this buyer at the node of the hold, with the reason of the rule. */
function denialOfHold(
  { allocations }: Reservation,
  { buyer }: ReserveRequest,
  { rules, items }: InventoryRoom,
): string | undefined {
  for (const { sku, nodeId } of allocations) {
    const reason = denialOf(rules, { sku, tags: items.get(sku)?.tags ?? [], nodeId }, buyer);
    if (reason !== undefined) return `${sku}: ${reason}`;
  }
  return undefined;
}

function adopt(
  hold: Reservation,
  request: ReserveRequest & { readonly orderId: string },
  room: InventoryRoom,
  now: string,
): ReserveDecision {
  const { id: reservationId, expiresAt } = hold;
  const { orderId, buyer, demands, shipComplete, maxShipments } = request;
  const more = claimsOn(room.caps, demands, buyer, now).map(({ facts, quantity }) => ({
    capId: facts.cap.id,
    quantity,
  }));
  const data = { orderId, buyer, caps: [...hold.caps, ...more], shipComplete, maxShipments };
  const moved = onStock(hold.allocations, ({ quantity, grantedAt }) => ({
    type: 'inventory.held-stock-committed.v1',
    data: { reservationId, quantity, grantedAt, expiresAt: expiresAt ?? now },
  }));
  return {
    answer: { ...done, ...givenBy({ ...hold, expiresAt: null }, room) },
    events: [
      onReservation(reservationId, { type: 'inventory.hold-adopted.v1', data }),
      ...moved,
      ...onCaps('inventory.cap-claim-kept.v1', hold.caps, hold),
      ...onCaps('inventory.cap-claimed.v1', more, { id: reservationId, expiresAt: null }),
    ],
  };
}

function sameDemands(left: readonly Demand[], right: readonly Demand[]): boolean {
  return (
    left.length === right.length &&
    left.every(({ sku, quantity }, index) => right[index]?.sku === sku && right[index].quantity === quantity)
  );
}
