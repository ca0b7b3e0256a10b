import { type Decision, done, type StepAnswer, unchanged } from '../decision';
import { evolveOrder } from './evolve-order';
import { dealt, sourcesByLine } from './line-units';
import type { EarlyFill, Order, OrderedLine, Terms } from './order';
import type { LineWait, OrderEvent, ReleasingEvent } from './order-events';
import { isApproved } from './order-status';
import { releasing } from './release-shipments';

/**
 * Applies a filled backorder entry to its order. A fill may arrive before the decision that brings the entry: the order
 * keeps it until then. An order that no longer waits for the entry (refused, cancelled, revised) has given the units
 * back: nothing changes.
 */
export function decideFilled(
  order: Order | undefined,
  fill: EarlyFill,
  terms: Terms,
): Decision<StepAnswer, OrderEvent> {
  if (!order || order.pending?.kind === 'cancel') return unchanged(done);
  const filled = fillOf(order, fill);
  if (filled) return { answer: done, events: releasing(order, [filled], terms) };
  const isKnown = order.earlyFills.some((early) => isSame(early, fill));
  if (fill.allocations.length === 0 || isKnown || !mayGetTurns(order)) return unchanged(done);
  const { place, allocations } = fill;
  return {
    answer: done,
    events: [{ type: 'orders.backorder-filled-early.v1', data: { place, allocations } }],
  };
}

/** Returns true for fills of the same backorder entry: queue positions are counted per item. */
function isSame(one: EarlyFill, other: EarlyFill): boolean {
  return one.place === other.place && one.allocations[0]?.sku === other.allocations[0]?.sku;
}

/** Returns true while a coming decision may bring a backorder entry: until then the order keeps early fills. */
function mayGetTurns({ status, pending }: Order): boolean {
  return status === 'PENDING' || pending?.kind === 'reject' || pending?.kind === 'revise';
}

function fillOf(order: Order, { place, allocations }: EarlyFill): ReleasingEvent | undefined {
  if (!isApproved(order)) return undefined;
  const waiting = order.lines.flatMap(({ lineId, sku, waits }) =>
    waits.filter((wait) => wait.place === place).map(({ quantity }) => ({ lineId, sku, quantity })),
  );
  const sources = sourcesByLine(waiting, allocations);
  return sources.length === 0 ? undefined : { type: 'orders.backorder-filled.v1', data: { place, sources } };
}

/** Returns an event, the early fills of the entries that it adds, and the shipments released for all these units. */
export function withEarlyFills(order: Order, event: ReleasingEvent, terms: Terms): readonly ReleasingEvent[] {
  const told = evolveOrder(order, order.id, event, terms.now);
  const fills = told ? order.earlyFills.flatMap((fill) => fillOf(told, fill) ?? []) : [];
  return releasing(order, [event, ...fills], terms);
}

/** Deals backorder entries out to the lines that wait. */
export function waitsByLine(
  lines: readonly Pick<OrderedLine, 'lineId' | 'sku' | 'quantity'>[],
  turns: readonly {
    readonly sku: string;
    readonly quantity: number;
    readonly place: number;
    readonly promiseDate: string | null;
  }[],
): readonly LineWait[] {
  return dealt(lines, turns).map(({ lineId, part: { place, promiseDate }, quantity }) => ({
    lineId,
    place,
    quantity,
    promiseDate,
  }));
}
