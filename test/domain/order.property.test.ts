import fc from 'fast-check';
import { sumBySku } from '../../src/domain/inventory/sourcing';
import { decideResolve, decideRetry, decideSettle } from '../../src/domain/order/compensation';
import { decideApprove, decideRecord, decideReject } from '../../src/domain/order/create-order';
import { evolveOrder } from '../../src/domain/order/evolve-order';
import { sourcesByLine } from '../../src/domain/order/line-units';
import type { Order } from '../../src/domain/order/order';
import type { OrderEvent, RecordedOrder } from '../../src/domain/order/order-events';
import { later, NOON, throughJson } from './inventory-samples';
import { assertUntilSeen } from './until-seen';

const attention = { remaining: ['releaseStock'], failure: 'no' };
const undos = fc.subarray(['holdCredit', 'commitStock']);
const steps = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant('record' as const),
      saga: fc.constantFrom('saga-1', 'saga-2'),
      byOther: fc.boolean(),
    }),
    fc.record({ do: fc.constant('approve' as const), hasSurplus: fc.boolean() }),
    fc.record({ do: fc.constant('reject' as const), undone: undos, remaining: undos }),
    fc.record({ do: fc.constant('settle' as const), stuck: fc.boolean() }),
    fc.record({ do: fc.constantFrom('retry' as const, 'resolve' as const) }),
  ),
  { maxLength: 20 },
);
type Step = typeof steps extends fc.Arbitrary<(infer One)[]> ? One : never;

function wanted(sagaId: string): RecordedOrder {
  return {
    caller: 'shop',
    customerId: 'ada',
    currency: 'EUR',
    lines: [{ lineId: '1', sku: 'tea', quantity: 1, unitPrice: 5 }],
    total: 5,
    region: 'north',
    channel: 'web',
    reservationId: null,
    shipComplete: true,
    sagaId,
  };
}

function decide(order: Order | undefined, step: Step): { answer: object; events: readonly OrderEvent[] } {
  switch (step.do) {
    case 'record':
      return decideRecord(order, wanted(step.saga), step.byOther);
    case 'approve':
      return decideApprove(
        order,
        { reservationId: 'rsv_1', allocations: [{ sku: 'tea', nodeId: 'n', quantity: 1 }], backordered: [] },
        { now: NOON, acceptSeconds: 60, shipSeconds: 60, captureSeconds: 60, sourcingSeconds: 60 },
        step.hasSurplus,
      );
    case 'reject':
      return decideReject(order, { reason: 'OUT_OF_STOCK', undone: step.undone, remaining: step.remaining });
    case 'settle':
      return decideSettle(order, step.stuck ? attention : null);
    case 'retry':
      return decideRetry(order, 'eve');
    case 'resolve':
      return order
        ? decideResolve(order, { by: 'eve', note: 'by hand', mayLeaveSurplus: true })
        : { answer: {}, events: [] };
  }
}

interface Played {
  readonly order: Order | undefined;
  readonly log: readonly { readonly event: OrderEvent; readonly at: string }[];
}

/** Plays the steps a second apart, and hands every step's before and after to `look`. */
function play(
  drawn: readonly Step[],
  look: (before: Order | undefined, after: Order | undefined) => void,
): Played {
  let order: Order | undefined;
  const log: { event: OrderEvent; at: string }[] = [];
  for (const [index, step] of drawn.entries()) {
    const at = later(NOON, index);
    const before = order;
    for (const event of decide(order, step).events) {
      order = evolveOrder(order, 'ord_1', event, at);
      log.push({ event, at });
    }
    expect(decide(order, step).events).toEqual([]);
    look(before, order);
  }
  return { order, log };
}

/** What may follow what, written down once more. */
const STATUS_AFTER: Record<string, string[]> = {
  none: ['none', 'PENDING', 'REJECTED'],
  PENDING: ['PENDING', 'APPROVED', 'REJECTED'],
  APPROVED: ['APPROVED'],
  REJECTED: ['REJECTED'],
};
const COMPENSATION_AFTER: Record<string, string[]> = {
  none: ['none', 'running', 'done'],
  running: ['running', 'done', 'needs_attention'],
  needs_attention: ['needs_attention', 'running', 'done'],
  done: ['done'],
};

describe('whatever happens to an order', () => {
  test('every command a second time changes nothing, and its states only move as they may', () => {
    const seen = new Set<string>();
    const property = fc.property(steps, (drawn) => {
      play(drawn, (before, after) => {
        const [from, to] = [before?.status ?? 'none', after?.status ?? 'none'];
        seen.add(`${from}>${to}`);
        expect(STATUS_AFTER[from]).toContain(to);
        if (before && after) {
          expect(COMPENSATION_AFTER[before.compensation]).toContain(after.compensation);
          expect(after.sagaId).toBe(before.sagaId);
          expect(after.createdAt).toBe(before.createdAt);
          expect(after.version).toBe(1);
        }
      });
    });
    const may = Object.entries(STATUS_AFTER).flatMap(([from, all]) => all.map((to) => `${from}>${to}`));
    assertUntilSeen(property, 500, () => may.filter((change) => !seen.has(change)));
  });

  test('its axes fit together', () => {
    fc.assert(
      fc.property(steps, (drawn) => {
        const { order } = play(drawn, () => undefined);
        if (!order) return;
        expect(order.reason === null).toBe(order.status !== 'REJECTED');
        expect(order.payment).toBe(order.status === 'APPROVED' ? 'authorized' : 'unpaid');
        if (order.status === 'PENDING') expect(order.compensation).toBe('none');
        if (order.compensation === 'needs_attention') expect(order.attention).toEqual(attention);
        if (order.compensation === 'none' || order.compensation === 'done')
          expect(order.attention).toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  test('I2: folding the log from scratch, through JSON, gives the very order', () => {
    fc.assert(
      fc.property(steps, (drawn) => {
        const { order, log } = play(drawn, () => undefined);
        const kept = throughJson(log);
        expect(kept).toEqual(log);
        const folded = kept.reduce<Order | undefined>(
          (state, { event, at }) => evolveOrder(state, 'ord_1', event, at),
          undefined,
        );
        expect(folded).toEqual(order);
      }),
      { numRuns: 300 },
    );
  });
});

describe('dealing allocations out to lines', () => {
  const line = fc.record({ sku: fc.constantFrom('cup', 'tea'), quantity: fc.integer({ min: 1, max: 6 }) });
  const drawn = fc.record({
    lines: fc
      .array(line, { minLength: 1, maxLength: 5 })
      .map((all) => all.map((one, index) => ({ ...one, lineId: `${index}` }))),
    cuts: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 30, maxLength: 30 }),
  });

  test('gives every line exactly its quantity and takes from every node exactly what was allocated', () => {
    fc.assert(
      fc.property(drawn, ({ lines, cuts }) => {
        const allocations = cutUp(sumBySku(lines), cuts);
        const sources = sourcesByLine(lines, allocations);
        for (const { lineId, quantity } of lines) {
          const own = sources.filter((source) => source.lineId === lineId);
          expect(own.reduce((sum, source) => sum + source.quantity, 0)).toBe(quantity);
        }
        const skuOf = (lineId: string) => lines.find((one) => one.lineId === lineId)?.sku;
        for (const { sku, nodeId, quantity } of allocations) {
          const taken = sources.filter((source) => source.nodeId === nodeId && skuOf(source.lineId) === sku);
          expect(taken.reduce((sum, source) => sum + source.quantity, 0)).toBe(quantity);
        }
      }),
      { numRuns: 200 },
    );
  });
});

function cutUp(demands: ReturnType<typeof sumBySku>, cuts: readonly number[]) {
  let cut = 0;
  return demands.flatMap(({ sku, quantity }) => {
    const pieces: { sku: string; nodeId: string; quantity: number }[] = [];
    for (let left = quantity; left > 0; ) {
      const piece = Math.min(left, cuts[cut++] ?? left);
      pieces.push({ sku, nodeId: `n${pieces.length}`, quantity: piece });
      left -= piece;
    }
    return pieces;
  });
}
