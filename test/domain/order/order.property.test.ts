import fc from 'fast-check';
import { sumBySku } from '../../../src/domain/inventory/limits/demand';
import { evolveOrder } from '../../../src/domain/order/evolve-order';
import { sourcesByLine } from '../../../src/domain/order/line-units';
import type { Order } from '../../../src/domain/order/order';
import { decideResolution } from '../../../src/domain/order/resolve-command';
import { throughJson } from '../inventory/inventory-samples';
import { assertUntilSeen } from '../until-seen';
import { ORDER_ID, rowOf } from './order-book';
import { approval, Told } from './order-told';

const steps = fc.array(
  fc.oneof(
    /** Runs of the order's saga, each with its own proposal. */
    fc.record({ do: fc.constant('approve' as const), hasSurplus: fc.boolean() }),
    fc.record({ do: fc.constantFrom('reject' as const, 'cancel' as const, 'free' as const) }),
    /** An operator resolves the order's own command when it needs one. */
    fc.record({ do: fc.constant('resolve' as const) }),
  ),
  { maxLength: 8 },
);
type Step = typeof steps extends fc.Arbitrary<(infer One)[]> ? One : never;

function take(told: Told, step: Step, at: number): void {
  const { book } = told;
  switch (step.do) {
    case 'approve':
      told.decideOrder(approval(undefined, [], step.hasSurplus));
      return;
    case 'reject':
      told.decideOrder({ kind: 'reject', reason: 'OUT_OF_STOCK' });
      return;
    case 'cancel':
      told.cancel(`c${at}`);
      return;
    case 'free': {
      const id = told.is.pending?.commandId;
      if (id) told.freeCancelled(false, id);
      return;
    }
    case 'resolve': {
      const row = rowOf('resolve', `x${at}`, { target: ORDER_ID, note: 'by hand' });
      book.rows.set(row.id, row);
      book.decideTwice<'resolve', object>(row.id, (order, command) =>
        decideResolution(order, command, book.openRow(ORDER_ID)),
      );
    }
  }
}

/** Plays the steps, and passes the state before and after each step to `look`. */
function play(drawn: readonly Step[], look: (before: Told['is'], after: Told) => void): Told {
  const told = new Told();
  for (const [at, step] of drawn.entries()) {
    const before = told.is;
    take(told, step, at);
    look(before, told);
  }
  return told;
}

/** The allowed successors of each status, stated independently of the code under test. */
const STATUS_AFTER: Record<string, string[]> = {
  PENDING: ['PENDING', 'APPROVED', 'REJECTED'],
  APPROVED: ['APPROVED', 'CANCEL_PENDING'],
  CANCEL_PENDING: ['CANCEL_PENDING', 'CANCELLED'],
  CANCELLED: ['CANCELLED'],
  REJECTED: ['REJECTED'],
};

describe('whatever happens to an order', () => {
  test('its states only move as they may', () => {
    const seen = new Set<string>();
    const property = fc.property(steps, (drawn) => {
      play(drawn, (before, { is: after }) => {
        seen.add(`${before.status}>${after.status}`);
        expect(STATUS_AFTER[before.status]).toContain(after.status);
        expect(after.createdAt).toBe(before.createdAt);
        expect(after.version).toBe(1);
      });
    });
    const may = Object.entries(STATUS_AFTER).flatMap(([from, all]) => all.map((to) => `${from}>${to}`));
    // An order is decided by every step, so it never stays PENDING.
    const missing = () => may.filter((change) => change !== 'PENDING>PENDING' && !seen.has(change));
    assertUntilSeen(property, 500, missing);
  });

  test('its own command is decided once, as the order says', () => {
    fc.assert(
      fc.property(steps, (drawn) => {
        let decision: unknown = null;
        const told = play(drawn, (_before, after) => {
          const own = after.row(ORDER_ID);
          if (decision !== null) expect(own.decision).toEqual(decision);
          decision = own.decision;
          const { status, reason } = after.is;
          if (status === 'PENDING') expect(own).toMatchObject({ decision: null, isClosed: false });
          else if (status === 'REJECTED') expect(own.decision).toMatchObject({ kind: 'rejected', reason });
          else expect(own.decision).toMatchObject({ kind: 'approved' });
        });
        expect(told.is.reason === null).toBe(told.is.status !== 'REJECTED');
        expect(told.is.payment).toBe(
          ['APPROVED', 'CANCEL_PENDING'].includes(told.is.status) ? 'authorized' : 'unpaid',
        );
      }),
      { numRuns: 300 },
    );
  });

  test('I2: folding the log from scratch, through JSON, gives the very order', () => {
    fc.assert(
      fc.property(steps, (drawn) => {
        const { book } = play(drawn, () => undefined);
        const folded = throughJson(book.log).reduce<Order | undefined>(
          (state, { event, at }) => evolveOrder(state, ORDER_ID, event, at),
          undefined,
        );
        expect(folded).toEqual(book.order);
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
