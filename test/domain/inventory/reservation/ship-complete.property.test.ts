import fc from 'fast-check';
import { sumBySku } from '../../../../src/domain/inventory/limits/demand';
import type { GivenBackReason } from '../../../../src/domain/inventory/reservation/replace-units';
import type { Reservation } from '../../../../src/domain/inventory/reservation/reservation';
import { assertUntilSeen } from '../../until-seen';
import { InventoryLedger } from '../inventory-ledger';
import { aCount, aNode, anItem, later, NOON } from '../inventory-samples';
import { limitedTo, order, UNLIMITED } from '../reservation-samples';

const ID = 'rsv_order';
const SKUS = ['cup', 'tea'];
const NODES = [aNode('a'), aNode('b', { region: 'south' }), aNode('c'), aNode('p', { kind: 'partner' })];
const REASONS: readonly GivenBackReason[] = [
  'NOT_IN_STOCK',
  'MISMATCH',
  'DAMAGED',
  'NO_CAPACITY',
  'NO_RESPONSE',
];

const places = fc.record({ sku: fc.constantFrom(...SKUS), nodeId: fc.constantFrom('a', 'b', 'c', 'p') });
const quantities = fc.integer({ min: 1, max: 4 });
const acts = fc.oneof(
  fc.record({ do: fc.constant('count' as const), at: places, count: fc.nat(7) }),
  fc.record({ do: fc.constant('order' as const), sku: fc.constantFrom(...SKUS), quantity: quantities }),
  fc.record({ do: fc.constant('fill' as const), which: fc.nat(3) }),
  fc.record({
    do: fc.constant('reject' as const),
    which: fc.nat(3),
    quantity: quantities,
    reason: fc.constantFrom(...REASONS),
    isExhausted: fc.boolean(),
  }),
);
const stories = fc.record({
  modes: fc.tuple(...SKUS.map(() => fc.constantFrom({}, limitedTo(3), UNLIMITED, UNLIMITED))),
  stock: fc.array(fc.record({ at: places, count: fc.nat(7) }), { maxLength: 8 }),
  demands: fc.array(fc.record({ sku: fc.constantFrom(...SKUS), quantity: quantities }), {
    minLength: 1,
    maxLength: 2,
  }),
  acts: fc.array(acts, { maxLength: 12 }),
});

type Story = typeof stories extends fc.Arbitrary<infer Drawn> ? Drawn : never;

/** One order that ships complete, among others, in a shop where anything happens. */
class Play {
  readonly ledger: InventoryLedger;
  readonly seen = new Set<string>();
  #at = 0;

  constructor(story: Story) {
    const items = SKUS.map((sku, at) => anItem(sku, story.modes[at]));
    this.ledger = new InventoryLedger(NODES, SKUS, NOON, items);
    for (const { at, count } of story.stock) this.#count(at, count);
    const demands = sumBySku(story.demands);
    const { answer } = this.ledger.reserve(order(0, { demands, shipComplete: true }));
    this.seen.add(answer.kind === 'refused' ? answer.reason : 'granted');
  }

  get whole(): Reservation | undefined {
    const whole = this.ledger.reservation(ID);
    return whole?.state === 'COMMITTED' ? whole : undefined;
  }

  act(act: Story['acts'][number]): void {
    this.ledger.beginSet(later(NOON, ++this.#at));
    switch (act.do) {
      case 'count':
        this.#count(act.at, act.count);
        return;
      case 'order': {
        const ids = { reservationId: `rsv_${this.#at}`, orderId: `ord_${this.#at}` };
        this.ledger.reserve(order(0, { ...ids, demands: [{ sku: act.sku, quantity: act.quantity }] }));
        return;
      }
      case 'fill':
        this.#fill(act.which);
        return;
      case 'reject':
        this.#reject(act);
    }
  }

  #count({ sku, nodeId }: { sku: string; nodeId: string }, count: number): void {
    const moment = this.ledger.now;
    this.ledger.count(
      sku,
      nodeId,
      aCount(count, { sequence: ++this.#at, observedAt: moment, receivedAt: moment }),
    );
  }

  #fill(which: number): void {
    const entry = this.whole?.backordered[which % Math.max(1, this.whole.backordered.length)];
    if (!entry) return;
    const { answer, events } = this.ledger.fill(ID, entry);
    this.seen.add(`fill ${answer.kind}`);
    if (answer.kind === 'refused') expect(events).toEqual([]);
    else expect(this.whole?.backordered).toEqual([]);
  }

  #reject({ which, quantity, reason, isExhausted }: Extract<Story['acts'][number], { do: 'reject' }>): void {
    const had = this.whole;
    const units = sumBySku(had?.allocations ?? []);
    const [first] = had?.allocations ?? [];
    const one = units[which % Math.max(1, units.length)];
    if (!had || !one || !first) return;
    const lost = [{ sku: one.sku, quantity: Math.min(quantity, one.quantity) }];
    const together = sumBySku([...units, ...lost.map((less) => ({ ...less, quantity: -less.quantity }))]);
    const { answer } = this.ledger.replace(ID, {
      ...{
        nodeId: first.nodeId,
        reason,
        elsewhere: isExhausted ? [] : lost,
        exhausted: isExhausted ? lost : [],
      },
      together: together.filter((part) => part.quantity > 0),
    });
    if (answer.kind === 'refused') throw new Error(answer.detail);
    // All of it moves or waits, or exactly the lost units are gone.
    const found = sumBySku([...answer.allocations, ...answer.backordered]);
    const isAll = JSON.stringify(found) === JSON.stringify(units);
    if (!isAll) expect(found).toEqual(together.filter((part) => part.quantity > 0));
    if (isExhausted) expect(answer.allocations.every(({ nodeId }) => nodeId === first.nodeId)).toBe(true);
    this.seen.add(isAll ? (answer.allocations.length > 0 ? 'moved' : 'waits again') : 'stays without');
  }
}

/** Checks that all units of an order are at one node, or all of them wait. */
function expectWhole({ lines, allocations, backordered }: Reservation): void {
  const nodes = new Set(allocations.map(({ nodeId }) => nodeId)).size;
  expect(nodes + Math.min(1, backordered.length)).toBe(1);
  expect(sumBySku([...allocations, ...backordered])).toEqual(lines);
}

test('an order that ships complete is at one node or waits, all of it, whatever happens to it', () => {
  const seen = new Set<string>();
  const property = fc.property(stories, (story) => {
    const play = new Play(story);
    if (play.whole) expectWhole(play.whole);
    for (const act of story.acts) {
      play.act(act);
      if (play.whole) expectWhole(play.whole);
    }
    for (const what of play.seen) seen.add(what);
  });
  const often = ['granted', 'OUT_OF_STOCK', 'TOO_MANY_SHIPMENTS', 'fill refused', 'fill done'];
  assertUntilSeen(property, 600, () =>
    [...often, 'moved', 'waits again', 'stays without'].filter((what) => !seen.has(what)),
  );
});

test('an order is refused OUT_OF_STOCK if and only if the sum of an item is short, and never without its shortages', () => {
  const property = fc.property(stories, fc.constantFrom(null, 1, 2), (story, maxShipments) => {
    const ledger = new InventoryLedger(NODES, SKUS, NOON);
    for (const [sequence, { at, count }] of story.stock.entries())
      ledger.count(at.sku, at.nodeId, aCount(count, { sequence: sequence + 1 }));
    const demands = sumBySku(story.demands);
    const free = new Map(demands.map(({ sku }) => [sku, 0]));
    for (const { stock } of ledger.shelves()) {
      const units = stock.supplies.reduce((sum, { count }) => sum + (count ?? 0), 0);
      free.set(stock.sku, units + (free.get(stock.sku) ?? 0));
    }
    const isShort = demands.some(({ sku, quantity }) => quantity > (free.get(sku) ?? 0));
    const { answer } = ledger.reserve(order(0, { demands, maxShipments }));
    const reason = answer.kind === 'refused' ? answer.reason : undefined;
    expect(reason === 'OUT_OF_STOCK').toBe(isShort);
    if (maxShipments === null && !isShort) expect(answer.kind).toBe('done');
    if (answer.kind === 'refused' && isShort)
      expect(answer.shortages).toEqual(
        demands.map(({ sku, quantity }) => ({ sku, requested: quantity, available: free.get(sku) })),
      );
  });
  fc.assert(property, { numRuns: 300 });
});
