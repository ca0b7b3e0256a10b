import { decideApprove, decideRecord } from '../../src/domain/order/create-order';
import { evolveOrder } from '../../src/domain/order/evolve-order';
import type { Order, Terms } from '../../src/domain/order/order';
import type { OrderEvent } from '../../src/domain/order/order-events';
import { decideAccept, decideShip } from '../../src/domain/order/report-shipment';
import type { FallenRevision } from '../../src/domain/order/undo-revision';
import { NOON } from './inventory-samples';

export const LINES = [
  { lineId: '1', sku: 'tea', quantity: 3, unitPrice: 5 },
  { lineId: '2', sku: 'cup', quantity: 2, unitPrice: 9 },
];
const RECORDED = {
  caller: 'shop',
  customerId: 'ada',
  currency: 'EUR',
  lines: LINES,
  total: 33,
  region: 'north',
  channel: null,
  reservationId: null,
  shipComplete: false,
  sagaId: 'saga',
};
export const TERMS: Terms = {
  now: NOON,
  acceptSeconds: 60,
  shipSeconds: 600,
  captureSeconds: 10,
  sourcingSeconds: 6_000,
};
export const AT_TWO_NODES = [
  { sku: 'tea', nodeId: 'leeds', quantity: 3 },
  { sku: 'cup', nodeId: 'york', quantity: 2 },
];
export const TURN = { sku: 'cup', quantity: 1, place: 4, promiseDate: '2026-12-24' };
export const [LEEDS, YORK] = ['shp_1_1', 'shp_1_2'];

/** An order that takes what decisions come to. */
export class Told {
  order: Order | undefined;

  constructor(over: Partial<typeof RECORDED> = {}) {
    this.tell((order) => decideRecord(order, { ...RECORDED, ...over }, false));
  }

  tell<Answer>(
    decide: (order: Order | undefined) => { readonly answer: Answer; readonly events: readonly OrderEvent[] },
  ): Answer {
    const { answer, events } = decide(this.order);
    for (const event of events) this.order = evolveOrder(this.order, 'ord_1', event, NOON);
    return answer;
  }

  approve(allocations = AT_TWO_NODES, backordered: readonly (typeof TURN)[] = []): this {
    this.tell((order) => decideApprove(order, { reservationId: 'rsv_1', allocations, backordered }, TERMS));
    return this;
  }

  accept(shipmentId = LEEDS): this {
    this.tell((order) => decideAccept(order, { commandId: `accept ${shipmentId}`, shipmentId }, TERMS));
    return this;
  }

  ship(shipmentId = LEEDS) {
    return this.tell((order) =>
      decideShip(order, { commandId: `ship ${shipmentId}`, shipmentId, tracking: 'T1' }, TERMS),
    );
  }

  shipped(shipmentId = LEEDS): this {
    this.accept(shipmentId).ship(shipmentId);
    return this;
  }

  get is(): Order {
    if (!this.order) throw new Error('no order');
    return this.order;
  }
}

/** A revision, once it was turned back: what is left is to say that it has failed. */
export const TURNED_BACK: FallenRevision = {
  commandId: 'c1',
  kind: 'revise',
  shipmentId: null,
  stop: null,
  undone: ['turnRevisionBack'],
  remaining: [],
};
export const approved = () => new Told().approve();
export const refusal = (reason: string) => expect.objectContaining({ kind: 'refused', reason });
export const reject = (over: object = {}) => ({
  commandId: 'c9',
  shipmentId: LEEDS,
  lineId: '1',
  quantity: 2,
  reason: 'NOT_IN_STOCK' as const,
  ...over,
});
export const content = (order: Order) =>
  order.lines.map(({ lineId, sku, quantity, unitPrice }) => ({ lineId, sku, quantity, unitPrice }));
