import fc from 'fast-check';
import type { WantedRevision } from '../../../src/domain/command/recorded-command';
import type { Backordered } from '../../../src/domain/inventory/limits/backorder';
import type { Demand } from '../../../src/domain/inventory/limits/demand';
import type { Order, OrderedLine } from '../../../src/domain/order/order';
import { assertUntilSeen } from '../until-seen';
import { NOTHING, Told } from './order-told';
import {
  bagOf,
  expectConserved,
  expectCredit,
  expectLastFirst,
  expectNet,
  isOpen,
  ofSku,
  SKUS,
  shippedIn,
  sumOf,
  tooFewShipped,
} from './revision-oracle';

const PRICES = [5, 9] as const;
/** `p` is a partner. */
const NODES = ['n1', 'n2', 'p'] as const;
const LIFE_STEPS = ['accept', 'ship', 'reject', 'fill'] as const;

const line = fc.record({
  sku: fc.constantFrom(...SKUS),
  quantity: fc.integer({ min: 1, max: 4 }),
  unitPrice: fc.constantFrom(...PRICES),
});
const revision = fc.record({
  kind: fc.constantFrom('same', 'regrouped', 'regrouped', 'other', 'other'),
  /** True to send lines without their ids, as far as the kind of content has ids. */
  isUnnamed: fc.boolean(),
  lines: fc.array(line, { minLength: 1, maxLength: 5 }),
  cuts: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 8, maxLength: 8 }),
  /** True to fill an entry between the record and the decision. */
  isFilled: fc.boolean(),
});
type Revision = typeof revision extends fc.Arbitrary<infer R> ? R : never;

const story = fc.record({
  /** A whole order keeps its units idle while it waits for others. */
  shipComplete: fc.boolean(),
  lines: fc.array(line, { minLength: 1, maxLength: 4 }),
  /** Where the units of each SKU are, in turn; 3: they wait. */
  places: fc.array(fc.nat(3), { minLength: 6, maxLength: 6 }),
  life: fc.array(fc.record({ do: fc.constantFrom(...LIFE_STEPS), at: fc.nat(5) }), { maxLength: 6 }),
  revisions: fc.array(revision, { minLength: 1, maxLength: 3 }),
});
type Story = typeof story extends fc.Arbitrary<infer S> ? S : never;

/** An order that lives a while, and is then revised. */
class Life {
  readonly told: Told;
  readonly seen = new Set<string>();
  #commands = 0;
  #place = 1;

  constructor({ shipComplete, lines, places, life }: Story) {
    this.told = new Told({ shipComplete, lines: lines.map((one, at) => ({ ...one, lineId: `${at + 1}` })) });
    const units = SKUS.flatMap((sku) =>
      ofSku(lines, sku).flatMap(({ quantity }) => Array(quantity).fill(sku)),
    );
    const placed = units.map((sku: string, at) => ({ sku, node: NODES[places[at % places.length] ?? 3] }));
    const allocations = bagOf(
      placed.flatMap(({ sku, node }) => (node ? [[`${sku}/${node}`, 1] as const] : [])),
    );
    const waiting = bagOf(placed.flatMap(({ sku, node }) => (node ? [] : [[sku, 1] as const])));
    this.told.approve(
      Object.entries(allocations).map(([key, quantity]) => {
        const [sku = '', nodeId = ''] = key.split('/');
        return { sku, nodeId, quantity };
      }),
      Object.entries(waiting).map(([sku, quantity]) => this.#turn({ sku, quantity })),
    );
    for (const step of life) this.#live(step);
  }

  #turn({ sku, quantity }: Demand): Backordered {
    this.#place += 1;
    return { sku, quantity, place: this.#place, promiseDate: '2026-12-24' };
  }

  #live({ do: what, at }: Story['life'][number]): void {
    const { told } = this;
    const open = told.is.shipments.filter(isOpen);
    const shipment = open[at % Math.max(1, open.length)];
    this.#commands += 1;
    const id = `life ${this.#commands}`;
    if (what === 'fill') this.fill(at);
    else if (!shipment || told.is.pending) return;
    else if (what === 'reject') {
      const { lineId = '', quantity = 0 } = shipment.lines[0] ?? {};
      told.reject(
        { shipmentId: shipment.id, lineId, quantity: Math.min(2, quantity), reason: 'DAMAGED' },
        { id },
      );
      told.settle(NOTHING, { id });
      told.freeRejected(false, id);
    } else if (shipment.state === 'RELEASED') told.accept(shipment.id);
    else if (what === 'ship') told.ship(shipment.id);
  }

  /** Fills an entry that the order waits for. */
  fill(at = 0): void {
    const waits = this.told.is.lines.flatMap(({ sku, waits: own }) => own.map((wait) => ({ sku, ...wait })));
    const entry = waits[at % Math.max(1, waits.length)];
    if (!entry) return;
    const { sku, place } = entry;
    const quantity = sumOf(waits.filter((wait) => wait.sku === sku && wait.place === place));
    this.told.fill({ place, allocations: [{ sku, nodeId: 'n2', quantity }] });
    this.seen.add('filled');
  }

  revise(drawn: Revision): void {
    const { told } = this;
    if (['SHIPPED', 'DELIVERED', 'CANCELLED'].includes(told.is.status)) return;
    const before = told.is;
    const lines = contentFor(before, drawn);
    this.#commands += 1;
    const id = `revision ${this.#commands}`;
    const answer = told.revise(lines, { id });
    const isBelow = tooFewShipped(before, lines);
    if ('reason' in answer) {
      expect([answer.reason, isBelow]).toEqual(['BELOW_SHIPPED', true]);
      this.seen.add('below shipped');
      return;
    }
    expect(isBelow).toBe(false);
    this.#apply(id, before, drawn);
  }

  #apply(id: string, recordedOn: Order, { kind, isFilled }: Revision): void {
    const { told } = this;
    const { recorded } = told.row(id).wanted as WantedRevision;
    if (!recorded) throw new Error('no record');
    if (isFilled) this.fill();
    const before = told.is;
    const half = recorded.increases.map(({ sku, quantity }) => ({ sku, quantity: quantity >> 1 }));
    const found = half.flatMap((part) => (part.quantity > 0 ? [{ ...part, nodeId: 'n1' }] : []));
    const backordered = recorded.increases.flatMap(({ sku, quantity }) =>
      quantity - (quantity >> 1) > 0 ? [this.#turn({ sku, quantity: quantity - (quantity >> 1) })] : [],
    );
    const decision = told.apply({ allocations: found, backordered, partners: ['p'] }, id);
    if (decision.kind !== 'applied') throw new Error('turned back');
    const after = told.is;
    const decreases = decision.decreases;
    expectNet(recordedOn, recorded);
    expectCredit(recordedOn, after, recorded.creditBy);
    expect(decision.creditBy).toBe(recorded.creditBy);
    expectConserved(before, after, { found, backordered, decreases });
    expectLastFirst(before, after);
    expect(shippedIn(after)).toEqual(shippedIn(before));
    if (kind === 'same') {
      this.seen.add('same');
      expect([after.lines, after.shipments]).toEqual([before.lines, before.shipments]);
    }
    if (kind !== 'other') expect([decreases, recorded.increases]).toEqual([[], []]);
    if (kind !== 'other') this.#expectOldIds(before);
    if (told.is.lines.some(({ committed }) => committed.length > 0)) this.seen.add('idle');
    if (told.is.lines.some(({ lineId }) => Number(lineId) > recordedOn.lastLine)) this.seen.add('new line');
    if (decreases.some(({ nodeId }) => nodeId === 'p')) this.seen.add('partner gives back');
    told.freeRevised(false, id);
    expect(told.is.pending).toBeNull();
  }

  /** A shipment accepts every line id that its units had before. */
  #expectOldIds(before: Order): void {
    for (const { id, lines } of before.shipments.filter(isOpen))
      for (const { lineId, quantity } of lines) {
        const after = this.told.is.shipments.find((shipment) => shipment.id === id);
        const now = (after?.lines ?? []).filter(
          (one) => one.lineId === lineId || one.formerly?.includes(lineId),
        );
        expect(sumOf(now)).toBeGreaterThanOrEqual(quantity);
        if (now.some((one) => one.lineId !== lineId)) this.seen.add('old id');
      }
  }
}

/** Makes the content of a revision: the same, the same units in other lines, or any other. */
function contentFor(
  { lines }: Order,
  { kind, isUnnamed, lines: drawn, cuts }: Revision,
): WantedRevision['lines'] {
  const own = lines.map(({ lineId, sku, quantity, unitPrice }) => ({ lineId, sku, quantity, unitPrice }));
  const named = (all: readonly (Omit<OrderedLine, 'lineId'> & { lineId?: string })[]) =>
    isUnnamed ? all.map(({ lineId: _, ...rest }) => rest) : all;
  if (kind === 'same') return named(own);
  if (kind === 'other') {
    const ids = new Map(SKUS.map((sku) => [sku as string, ofSku(own, sku).map(({ lineId }) => lineId)]));
    return named(
      drawn.map((one) => {
        const lineId = ids.get(one.sku)?.shift();
        return lineId === undefined ? one : { ...one, lineId };
      }),
    );
  }
  // Cuts the units of each SKU and price into other lines, or joins them.
  return SKUS.flatMap((sku) =>
    PRICES.flatMap((unitPrice) => {
      let left = sumOf(ofSku(own, sku).filter((one) => one.unitPrice === unitPrice));
      return cuts.flatMap((cut, at) => {
        const quantity = at === cuts.length - 1 ? left : Math.min(left, cut);
        left -= quantity;
        return quantity > 0 ? [{ sku, quantity, unitPrice }] : [];
      });
    }),
  );
}

const MUST_BE_SEEN = ['same', 'below shipped', 'new line', 'old id', 'filled', 'idle', 'partner gives back'];

test('a revision moves only the net change of each SKU, and leaves every other unit where it was', () => {
  const seen = new Set<string>();
  const property = fc.property(story, (drawn) => {
    const life = new Life(drawn);
    for (const next of drawn.revisions) life.revise(next);
    for (const what of life.seen) seen.add(what);
  });
  assertUntilSeen(property, 1_000, () => MUST_BE_SEEN.filter((what) => !seen.has(what)));
});
