import type {
  WantedOrder,
  WantedRejection,
  WantedReturn,
  WantedRevision,
  WantedShipping,
} from '../../../src/domain/command/recorded-command';
import type { Backordered } from '../../../src/domain/inventory/limits/backorder';
import type { Allocation } from '../../../src/domain/inventory/offer/sourcing';
import type { ExtendedStock, FoundStock } from '../../../src/domain/inventory/reservation/extend';
import { freeCancelled, recordCancel } from '../../../src/domain/order/cancel-order';
import { decideOrder, type OrderProposal } from '../../../src/domain/order/create-order';
import { decideFilled } from '../../../src/domain/order/fill-order';
import type { EarlyFill, Order, Terms } from '../../../src/domain/order/order';
import { freeRejected, recordRejection, settleRejection } from '../../../src/domain/order/reject-shipment';
import {
  noteCaptured,
  recordAccept,
  recordDeliver,
  recordShip,
} from '../../../src/domain/order/report-shipment';
import { noteRefunded, recordReturn } from '../../../src/domain/order/return-units';
import {
  decideRevision,
  freeRevised,
  type RevisionProposal,
  recordRevision,
} from '../../../src/domain/order/revise-order';
import type { RefusalReason } from '../../../src/domain/refusal';
import { NOON } from '../inventory/inventory-samples';
import { ORDER_ID, OrderBook, rowOf } from './order-book';

export const LINES = [
  { lineId: '1', sku: 'tea', quantity: 3, unitPrice: 5 },
  { lineId: '2', sku: 'cup', quantity: 2, unitPrice: 9 },
];
export const WANTED: WantedOrder = {
  customerId: 'ada',
  currency: 'EUR',
  lines: LINES,
  region: 'north',
  channel: null,
  reservationId: null,
  shipComplete: false,
  shippingMethod: null,
  sealed: null,
  maxShipments: null,
};
export const TERMS: Terms = { now: NOON, acceptSeconds: 60, shipSeconds: 600, sourcingSeconds: 6_000 };
export const AT_TWO_NODES = [
  { sku: 'tea', nodeId: 'leeds', quantity: 3 },
  { sku: 'cup', nodeId: 'york', quantity: 2 },
];
export const TURN: Backordered = { sku: 'cup', quantity: 1, place: 4, promiseDate: '2026-12-24' };
export const [LEEDS, YORK] = ['shp_1_1', 'shp_1_2'] as const;
export const NOTHING: FoundStock = { allocations: [], backordered: [] };
const OF_ADA = { customerId: 'ada', currency: 'EUR' };

/** Returns the proposal of a run that holds this stock. */
export function approval(
  allocations: readonly Allocation[] = AT_TWO_NODES,
  backordered: readonly Backordered[] = [],
  hasSurplus = false,
): OrderProposal {
  const stock = { reservationId: 'rsv_1', allocations, backordered, partners: [], expiresAt: null };
  return { kind: 'approve', stock, hasSurplus };
}

/** An order that takes decisions, command by command. */
export class Told {
  readonly book = new OrderBook();

  constructor(over: Partial<WantedOrder> = {}) {
    this.book.create({ ...WANTED, ...over });
  }

  get is(): Order {
    if (!this.book.order) throw new Error('no order');
    return this.book.order;
  }

  row(id: string) {
    return this.book.row(id);
  }

  decideOrder(proposal: OrderProposal) {
    return this.book.decideTwice<'create', ReturnType<typeof decideOrder>['answer']>(ORDER_ID, (order, row) =>
      decideOrder(order, row, proposal, TERMS),
    );
  }

  approve(allocations = AT_TWO_NODES, backordered: readonly Backordered[] = []): this {
    this.decideOrder(approval(allocations, backordered));
    return this;
  }

  accept(shipmentId: string = LEEDS): this {
    this.recordAccept(shipmentId);
    return this;
  }

  recordAccept(shipmentId: string = LEEDS) {
    const row = rowOf('accept', `accept ${shipmentId}`, { ...OF_ADA, shipmentId });
    return this.book.record(row, (order, command) => recordAccept(order, command, TERMS));
  }

  /** Ships a shipment or some of its lines, which turns an undecided revision back. */
  ship(shipmentId: string = LEEDS, lines: WantedShipping['lines'] = null) {
    const row = rowOf('ship', `ship ${shipmentId}`, { ...OF_ADA, shipmentId, tracking: 'T1', lines });
    return this.book.record(row, (order, command) => {
      const revision = order?.pending?.kind === 'revise' ? this.book.openRow(order.pending.commandId) : null;
      return recordShip(order, command, revision?.kind === 'revise' ? (revision as never) : undefined);
    });
  }

  shipped(shipmentId: string = LEEDS): this {
    this.accept(shipmentId).ship(shipmentId);
    return this;
  }

  captured(shipmentId: string = LEEDS) {
    return this.book.decideTwice<'ship', object>(`ship ${shipmentId}`, (order, row) =>
      noteCaptured(order, row),
    );
  }

  deliver(shipmentId: string = LEEDS) {
    const row = rowOf('deliver', `deliver ${shipmentId}`, { ...OF_ADA, shipmentId });
    return this.book.record(row, (order, command) => recordDeliver(order, command));
  }

  /** Returns units to a node. */
  sendBack(lines: WantedReturn['lines'], id = 'b1') {
    return this.book.record(rowOf('return', id, { ...OF_ADA, nodeId: 'york', lines }), (order, command) =>
      recordReturn(order, command),
    );
  }

  refunded(id = 'b1') {
    return this.book.decideTwice<'return', object>(id, (order, row) => noteRefunded(order, row));
  }

  cancel(id = 'c1') {
    return this.book.record(rowOf('cancel', id, OF_ADA), (order, command) => recordCancel(order, command));
  }

  freeCancelled(hasSurplus = false, id = 'c1') {
    return this.book.decideTwice<'cancel', object>(id, (order, row) => freeCancelled(order, row, hasSurplus));
  }

  revise(lines: WantedRevision['lines'], { id = 'c1', baseVersion = this.is.version } = {}) {
    return this.book.record(rowOf('revise', id, { ...OF_ADA, baseVersion, lines }), (order, command) =>
      recordRevision(order, command),
    );
  }

  decideRevision(proposal: RevisionProposal, id = 'c1') {
    return this.book.decideTwice<'revise', ReturnType<typeof decideRevision>['answer']>(id, (order, row) =>
      decideRevision(order, row, proposal, TERMS),
    );
  }

  apply(found: ExtendedStock = NOTHING, id = 'c1') {
    return this.decideRevision({ kind: 'apply', found }, id);
  }

  turnBack(reason: RefusalReason = 'OUT_OF_STOCK', id = 'c1') {
    return this.decideRevision({ kind: 'turn-back', reason }, id);
  }

  freeRevised(hasSurplus = false, id = 'c1') {
    return this.book.decideTwice<'revise', object>(id, (order, row) => freeRevised(order, row, hasSurplus));
  }

  /** Rejects units as a node does; without a line, all of a shipment past its deadline. */
  reject(over: Partial<WantedRejection> = {}, { id = 'r1', now = NOON } = {}) {
    const wanted = {
      ...OF_ADA,
      ...{ shipmentId: LEEDS, lineId: '1', quantity: 2, reason: 'NOT_IN_STOCK' as const },
      ...over,
    };
    return this.book.record(rowOf('reject', id, wanted), (order, command) =>
      recordRejection(order, command, { ...TERMS, now }),
    );
  }

  settle(found: FoundStock = NOTHING, { id = 'r1', hasSurplus = false } = {}) {
    return this.book.decide<'reject', object>(id, (order, row) =>
      settleRejection(order, row, { found, hasSurplus }, TERMS),
    );
  }

  freeRejected(hasSurplus = false, id = 'r1') {
    return this.book.decideTwice<'reject', object>(id, (order, row) => freeRejected(order, row, hasSurplus));
  }

  fill(fill: EarlyFill): this {
    this.book.append(decideFilled(this.is, fill, TERMS).events, `fill ${fill.place}`);
    return this;
  }
}

export const approved = () => new Told().approve();
export const refusal = (reason: string) => expect.objectContaining({ kind: 'refused', reason });
export const content = (order: Order) =>
  order.lines.map(({ lineId, sku, quantity, unitPrice }) => ({ lineId, sku, quantity, unitPrice }));
