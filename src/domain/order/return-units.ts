import type { CommandRow, ReturnDecision } from '../command/recorded-command';
import { done } from '../decision';
import { type Refusal, refused } from '../refusal';
import { shipmentsWithReturned, stillOut } from './evolve-returns';
import { firstOf, unitsOf, worthOf } from './line-units';
import type { Order, OrderReturn, ReturnCondition, ReturnedLine } from './order';
import type { OrderDecision } from './order-decision';
import type { LineUnits, ReturnedUnits } from './order-events';
import { shipmentOf } from './report-shipment';

/**
 * Records that shipped units came back to a node, which is also the decision: these units cannot come back again. A
 * return takes no lock and heeds none, because no other command takes units away that have shipped.
 */
export function recordReturn(
  order: Order | undefined,
  { id, wanted: { nodeId, lines } }: Pick<CommandRow<'return'>, 'id' | 'wanted'>,
): OrderDecision<ReturnDecision> | Refusal {
  if (!order) return refused('UNKNOWN_ORDER');
  const units = unitsBack(order, lines);
  if ('kind' in units) return units;
  const refund = refundFor(order, units);
  const decision: ReturnDecision = { kind: 'returned', nodeId, units: bySkuAndCondition(units), refund };
  return {
    answer: decision,
    events: [{ type: 'orders.units-returned.v1', data: { commandId: id, nodeId, units, refund } }],
    commands: [{ id, decision }],
  };
}

type WantedLine = LineUnits & { readonly condition: ReturnCondition };

/** Finds the units of a return. Units that one of its lines has taken are not available to the next line. */
function unitsBack(order: Order, lines: readonly WantedLine[]): readonly ReturnedUnits[] | Refusal {
  let { shipments } = order;
  const all: ReturnedUnits[] = [];
  for (const line of lines) {
    const units = unitsOfLine({ ...order, shipments }, line);
    if ('kind' in units) return units;
    all.push(...units);
    shipments = shipmentsWithReturned(shipments, units);
  }
  return all;
}

/**
 * Finds units of a line in captured shipments, oldest first. The caller may name a line that had the units before a
 * revision.
 */
function unitsOfLine(
  order: Order,
  { lineId, quantity, condition }: WantedLine,
): readonly ReturnedUnits[] | Refusal {
  const carried = order.shipments.flatMap(({ id: shipmentId, captured, lines }) =>
    lines.map((line) => ({ ...line, shipmentId, isCaptured: captured !== undefined })),
  );
  const now = carried.filter((line) => line.lineId === lineId);
  const before = carried.filter((line) => line.lineId !== lineId && line.formerly?.includes(lineId));
  const isKnown = before.length > 0 || order.lines.some((line) => line.lineId === lineId);
  if (!isKnown) return refused('UNKNOWN_LINE', `the order has no line ${lineId}`);
  const returnable = [...now, ...before]
    .filter(({ isCaptured }) => isCaptured)
    .map((line) => ({ ...line, quantity: stillOut(line) }));
  const most = unitsOf(returnable);
  if (quantity > most)
    return refused(
      'NOT_RETURNABLE',
      `${most} units of line ${lineId} can come back: they have shipped, were captured and have not come back`,
    );
  return firstOf(returnable, quantity).map(({ shipmentId, lineId: id, sku, quantity: taken }) => ({
    shipmentId,
    lineId: id,
    sku,
    quantity: taken,
    condition,
  }));
}

/** Returns the captured price of units, in minor units. An operator may have settled a shipment without a capture. */
function refundFor(order: Order, units: readonly ReturnedUnits[]): number {
  const captured = units.filter(({ shipmentId }) => (shipmentOf(order, shipmentId)?.captured ?? 0) > 0);
  return worthOf(order, captured);
}

function bySkuAndCondition(units: readonly ReturnedUnits[]): ReturnDecision['units'] {
  const sums = new Map<string, Omit<ReturnedLine, 'lineId'>>();
  for (const { sku, condition, quantity } of units) {
    const key = `${condition}/${sku}`;
    sums.set(key, { sku, condition, quantity: quantity + (sums.get(key)?.quantity ?? 0) });
  }
  return [...sums.values()];
}

/**
 * Notes that the price of returned units is refunded, and closes the command.
 * @throws Error when the order has no such return or its command is undecided
 */
export function noteRefunded(
  order: Order | undefined,
  { id: commandId, decision }: Pick<CommandRow<'return'>, 'id' | 'decision'>,
): OrderDecision<typeof done> {
  const own = order && returnOf(order, commandId);
  if (!own || !decision) throw new Error(`return ${commandId} was not recorded on its order`);
  const close = [{ id: commandId, close: true } as const];
  if (isRefunded(own)) return { answer: done, events: [], commands: close };
  const data = { commandId, amount: decision.refund };
  return { answer: done, events: [{ type: 'orders.payment-refunded.v1', data }], commands: close };
}

/** Finds a return of an order by the id of its command. */
export function returnOf({ returns }: Pick<Order, 'returns'>, commandId: string): OrderReturn | undefined {
  return returns.find(({ id }) => id === commandId);
}

/** Returns true when a return is refunded, or was settled by hand. */
export function isRefunded({ refunded }: OrderReturn): boolean {
  return refunded !== undefined;
}

/** Returns the number of units of a line that came back. */
export function returnedUnits({ shipments }: Pick<Order, 'shipments'>, lineId: string): number {
  const own = shipments.flatMap(({ lines }) => lines).filter((line) => line.lineId === lineId);
  return own.reduce((sum, { returned = 0 }) => sum + returned, 0);
}
