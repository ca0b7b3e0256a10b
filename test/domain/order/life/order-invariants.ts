import { capturedOf as capturedOfHold, type Hold } from '../../../../src/domain/credit/hold';
import { evolveOrder } from '../../../../src/domain/order/evolve-order';
import type { Order, Shipment } from '../../../../src/domain/order/order';
import { throughJson } from '../../inventory/inventory-samples';
import { ORDER_ID } from '../order-book';
import type { OrderLedger } from './order-ledger';
import { NODES, SKUS } from './order-play';
import type { OrderStage } from './order-stage';
import { sumOf } from './order-warehouse';

const LIVE: readonly Shipment['state'][] = ['RELEASED', 'ACCEPTED', 'SHIPPED', 'DELIVERED'];
const LEFT: readonly Shipment['state'][] = ['SHIPPED', 'DELIVERED'];

interface Placed {
  readonly sku: string;
  readonly nodeId: string;
  readonly quantity: number;
}

/** Checks the invariants of a quiet stage. */
export function expectInOrder({ ledger, warehouse }: OrderStage): void {
  const { order, account } = ledger;
  if (!order) return;
  for (const { id, decision, attention, isClosed } of ledger.rows.values())
    expect({ id, isDecided: decision !== null, attention, isClosed }).toEqual({
      id,
      isDecided: true,
      attention: null,
      isClosed: true,
    });
  expect(order.pending).toBeNull();
  expect(order.earlyFills).toEqual([]);
  expect(order.status).toBe(statusBy(order));
  if (order.status === 'REJECTED') expectNothingLeft(order, warehouse.had.length + warehouse.turns.length);
  else {
    expectEveryUnit(order);
    expectCredit(order, account.holds[ORDER_ID]);
  }
  expect(account.held + account.capturedUnpaid).toBeLessThanOrEqual(account.limit);
  if (order.status !== 'REJECTED') {
    expect(byPlace(warehouse.had)).toEqual(byPlace(unshipped(order)));
    expect(byPlace(warehouse.shipped)).toEqual(byPlace(carried(order, LEFT)));
    expect(turnsOf(warehouse.turns)).toEqual(turnsOf(waitsOf(order)));
  }
  expectNoUnitLost(warehouse);
}

/** Checks I2: folding the whole log, through JSON, gives the same order. */
export function expectFolded({ log, order }: OrderLedger): void {
  const folded = throughJson(log).reduce<Order | undefined>(
    (state, { event, at }) => evolveOrder(state, ORDER_ID, event, at),
    undefined,
  );
  expect(folded).toEqual(order);
  expect(throughJson(order)).toEqual(order);
}

/** Checks that every unit of every line is in exactly one place. */
function expectEveryUnit(order: Order): void {
  for (const line of order.lines) {
    const inShipments = order.shipments
      .filter(({ state }) => LIVE.includes(state))
      .flatMap(({ lines }) => lines.filter(({ lineId }) => lineId === line.lineId));
    const units = sumOf(inShipments) + sumOf(line.committed) + sumOf(line.waits) + line.cancelled;
    expect({ line: line.lineId, units }).toEqual({ line: line.lineId, units: line.quantity });
  }
  for (const { state, lines, dueAt, captured } of order.shipments) {
    expect(lines.length === 0).toBe(state === 'REJECTED' || (state === 'CANCELLED' && lines.length === 0));
    expect(dueAt !== null).toBe(state === 'RELEASED' || state === 'ACCEPTED');
    expect(captured !== undefined).toBe(LEFT.includes(state));
  }
}

/** Checks that credit is captured for shipped units, held for units that can still ship, and for nothing else. */
function expectCredit(order: Order, hold: Hold | undefined): void {
  const priceOf = (id: string) => order.lines.find(({ lineId }) => lineId === id)?.unitPrice ?? Number.NaN;
  const worth = (lines: Shipment['lines']) =>
    lines.reduce((sum, { lineId, quantity }) => sum + quantity * priceOf(lineId), 0);
  const shipped = order.shipments.filter(({ state }) => LEFT.includes(state));
  const captured = shipped.reduce((sum, { lines }) => sum + worth(lines), 0);
  const due = order.lines.reduce((sum, line) => sum + (line.quantity - line.cancelled) * line.unitPrice, 0);
  expect(order.total).toBe(due);
  expect(hold?.amount).toBe(due);
  expect(hold && capturedOfHold(hold)).toBe(captured);
  const refunded = shipped
    .flatMap(({ lines }) => lines)
    .reduce((sum, { lineId, returned = 0 }) => sum + returned * priceOf(lineId), 0);
  expectReturns(order, hold?.refunds ?? {}, refunded);
  for (const shipment of shipped) expect(shipment.captured).toBe(worth(shipment.lines));
  const taken = captured === 0 ? 'authorized' : captured < due ? 'partly_captured' : 'captured';
  const rest = refunded === 0 ? taken : refunded < due ? 'partly_refunded' : 'refunded';
  expect(order.payment).toBe(order.status === 'CANCELLED' ? 'unpaid' : rest);
}

/** Checks that no more came back than shipped, and that exactly the price of it was refunded, each return once. */
function expectReturns(order: Order, refunds: Hold['refunds'], worth: number): void {
  for (const { lines } of order.shipments)
    for (const { quantity, returned = 0 } of lines) expect(returned).toBeLessThanOrEqual(quantity);
  const back = order.shipments.flatMap(({ lines }) => lines);
  for (const sku of SKUS)
    expect(sumOf(order.returns.flatMap(({ lines }) => lines).filter((line) => line.sku === sku))).toBe(
      back.reduce((sum, line) => sum + (line.sku === sku ? (line.returned ?? 0) : 0), 0),
    );
  expect(Object.fromEntries(order.returns.map(({ id, refunded }) => [id, refunded]))).toEqual(refunds);
  expect(Object.values(refunds).reduce((sum, amount) => sum + amount, 0)).toBe(worth);
}

function expectNothingLeft(order: Order, left: number): void {
  expect({ left, shipments: order.shipments }).toEqual({ left: 0, shipments: [] });
}

/** Derives the status from the shipments, independently of the code under test. */
function statusBy(order: Order): Order['status'] {
  if (order.status === 'PENDING' || order.status === 'REJECTED') return order.status;
  const states = new Set(order.shipments.map(({ state }) => state).filter((state) => LIVE.includes(state)));
  const waits = order.lines.some((line) => line.waits.length > 0);
  const isOpen = waits || order.lines.some((line) => line.committed.length > 0);
  if (states.size === 0 && !isOpen) return 'CANCELLED';
  const only = [...states].sort().join();
  if (!isOpen && only === 'DELIVERED') return 'DELIVERED';
  if (!isOpen && (only === 'SHIPPED' || only === 'DELIVERED,SHIPPED')) return 'SHIPPED';
  if (states.has('ACCEPTED') || states.has('SHIPPED') || states.has('DELIVERED')) return 'FULFILLING';
  return waits ? 'BACKORDERED' : 'APPROVED';
}

function carried(order: Order, states: readonly Shipment['state'][]): readonly Placed[] {
  return order.shipments
    .filter(({ state }) => states.includes(state))
    .flatMap(({ nodeId, lines }) => lines.map(({ sku, quantity }) => ({ sku, nodeId, quantity })));
}

function unshipped(order: Order): readonly Placed[] {
  const idle = order.lines.flatMap(({ sku, committed }) => committed.map((units) => ({ sku, ...units })));
  return [...idle, ...carried(order, ['RELEASED', 'ACCEPTED'])];
}

function waitsOf(order: Order) {
  return order.lines.flatMap(({ sku, waits }) => waits.map((wait) => ({ sku, ...wait })));
}

function byPlace(units: readonly Placed[]): Record<string, number> {
  return summed(units.map(({ sku, nodeId, quantity }) => [`${sku}/${nodeId}`, quantity]));
}

function turnsOf(
  turns: readonly { readonly sku: string; readonly place: number; readonly quantity: number }[],
): Record<string, number> {
  return summed(turns.map(({ sku, place, quantity }) => [`${sku}/${place}`, quantity]));
}

function summed(parts: readonly (readonly [string, number])[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [key, quantity] of parts) sums[key] = (sums[key] ?? 0) + quantity;
  return sums;
}

function expectNoUnitLost({ free, had, owned }: OrderStage['warehouse']): void {
  for (const sku of SKUS) {
    for (const nodeId of NODES) {
      const at = `${sku}/${nodeId}`;
      const own = sumOf(had.filter((part) => part.sku === sku && part.nodeId === nodeId));
      expect({ at, units: (free.get(at) ?? 0) + own }).toEqual({ at, units: owned.get(at) ?? 0 });
      expect(free.get(at) ?? 0).toBeGreaterThanOrEqual(0);
    }
  }
}
