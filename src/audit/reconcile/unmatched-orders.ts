import type { StepName } from '../../contracts/plans';
import { hasLeft } from '../../domain/order/line-units';
import { mismatchesOf, type OrderAcross, ordersAcross, type StoreSessions } from '../audit-across';
import { settledOf } from './order-owners';

/** A closed command of which a store does not have the effect. */
export interface LostSteps {
  readonly commandId: string;
  readonly remaining: readonly StepName[];
}

/** An order that believes something that another store does not have, with its status and one sentence a difference. */
export interface UnmatchedOrder {
  readonly orderId: string;
  readonly status: string;
  readonly sentences: readonly string[];
  /** Its reports and returns that a store has lost; their sagas can complete them again. */
  readonly lostSteps: readonly LostSteps[];
}

/**
 * Reads the approved orders that differ from inventory or credit, in pages. It leaves out orders with an open command,
 * and those that changed within the safe age: a saga may be between two stores.
 */
export async function* unmatchedOrders(
  stores: StoreSessions,
  safeMinutes: number,
): AsyncGenerator<readonly UnmatchedOrder[]> {
  for await (const page of ordersAcross(stores)) {
    const found = page.flatMap((one) => {
      const sentences = keepsHoldings(one) ? mismatchesOf(one, true) : [];
      return sentences.length === 0 ? [] : [{ one, sentences }];
    });
    const ids = found.map(({ one }) => one.order.id);
    if (ids.length === 0) continue;
    const settled = await settledOf(stores, ids, safeMinutes);
    yield found
      .filter(({ one }) => settled.has(one.order.id))
      .map(({ one, sentences }) => ({
        orderId: one.order.id,
        status: one.order.status,
        sentences,
        lostSteps: lostStepsOf(one),
      }));
  }
}

/** Returns true for an order that should have stock and credit. The holdings of the others are judged as unowned. */
function keepsHoldings({ order: { status, pending } }: OrderAcross): boolean {
  return !pending && !['PENDING', 'REJECTED', 'CANCELLED'].includes(status);
}

/** Returns the reports and returns of an order whose effect on stock or credit is not there. */
function lostStepsOf({
  order,
  reservations,
  hold,
  arrivals,
  archivedReturns,
}: OrderAcross): readonly LostSteps[] {
  const consumed = new Set(reservations.flatMap((one) => one.consumed.map(({ shipmentId }) => shipmentId)));
  const arrived = new Set(arrivals.map(({ returnId }) => returnId));
  const shipped = order.shipments.filter(hasLeft).map(({ id, shippedBy = '', captured }) => ({
    commandId: shippedBy,
    remaining: missing({
      consumeStock: consumed.has(id),
      captureCredit: captured === 0 || hold?.captures[shippedBy]?.state === 'CAPTURED',
    }),
  }));
  const returned = order.returns.map(({ id, refund, refunded }) => ({
    commandId: id,
    remaining: missing({
      restockUnits: arrived.has(id) || archivedReturns.has(id),
      refundCredit: refund === 0 || refunded === 0 || hold?.refunds[id] !== undefined,
    }),
  }));
  return [...shipped, ...returned].filter(({ remaining }) => remaining.length > 0);
}

function missing(steps: Partial<Record<StepName, boolean>>): readonly StepName[] {
  return (Object.keys(steps) as StepName[]).filter((step) => steps[step] !== true);
}
