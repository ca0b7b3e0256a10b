import fc from 'fast-check';
import type { WantedRevision } from '../../src/domain/command/recorded-command';
import type { Backordered } from '../../src/domain/inventory/limits/backorder';
import type { Demand } from '../../src/domain/inventory/limits/demand';
import type { Order, OrderedLine, Shipment } from '../../src/domain/order/order';
import { NOTHING, Told } from './order-told';
import { assertUntilSeen } from './until-seen';

const SKUS = ['cup', 'tea'] as const;
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

type Bag = Readonly<Record<string, number>>;

function bagOf(parts: readonly (readonly [key: string, quantity: number])[]): Bag {
  const bag: Record<string, number> = {};
  for (const [key, quantity] of parts) bag[key] = (bag[key] ?? 0) + quantity;
  return Object.fromEntries(Object.entries(bag).filter(([, quantity]) => quantity !== 0));
}

const LEFT: readonly Shipment['state'][] = ['SHIPPED', 'DELIVERED'];
const isOpen = ({ state }: Shipment) => state === 'RELEASED' || state === 'ACCEPTED';
const sumOf = (parts: readonly { readonly quantity: number }[]) =>
  parts.reduce((sum, { quantity }) => sum + quantity, 0);
const ofSku = <T extends { readonly sku: string }>(parts: readonly T[], sku: string) =>
  parts.filter((part) => part.sku === sku);

interface Unit {
  readonly key: string;
  readonly sku: string;
  readonly quantity: number;
  /** The higher, the later a revision may give it back. */
  readonly rank: number;
}

/**
 * Lists where the units of an order are, whatever lines they are of. Shipments that `before` has not are left out: their
 * units count as idle at their nodes.
 */
function unitsIn({ lines, shipments }: Order, before: Order): readonly Unit[] {
  const had = new Set(before.shipments.map(({ id }) => id));
  const at = (nodeId: string, rank: number) => rank + (nodeId === 'p' ? 10 : 0);
  const idle = lines.flatMap(({ sku, committed }) =>
    committed.map(({ nodeId, quantity }) => ({
      key: `${sku} idle ${nodeId}`,
      sku,
      quantity,
      rank: at(nodeId, 1),
    })),
  );
  const waiting = lines.flatMap(({ sku, waits }) =>
    waits.map(({ place, quantity }) => ({ key: `${sku} waits ${place}`, sku, quantity, rank: 0 })),
  );
  const carried = shipments
    .filter(isOpen)
    .flatMap(({ id, nodeId, state, lines: own }) =>
      own.map(({ sku, quantity }) =>
        had.has(id)
          ? { key: `${sku} in ${id}`, sku, quantity, rank: at(nodeId, state === 'ACCEPTED' ? 3 : 2) }
          : { key: `${sku} idle ${nodeId}`, sku, quantity, rank: at(nodeId, 1) },
      ),
    );
  return [...idle, ...waiting, ...carried];
}

/** Lists the shipped units by shipment, SKU and price. */
function shippedIn({ lines, shipments }: Order): Bag {
  const priceOf = (id: string) => lines.find(({ lineId }) => lineId === id)?.unitPrice;
  return bagOf(
    shipments
      .filter(({ state }) => LEFT.includes(state))
      .flatMap(({ id, lines: own }) =>
        own.map((units) => [`${id} ${units.sku} ${priceOf(units.lineId)}`, units.quantity] as const),
      ),
  );
}

const cancelledOf = ({ lines }: Order, sku: string) =>
  ofSku(lines, sku).reduce((sum, { cancelled }) => sum + cancelled, 0);
const dueOf = ({ lines }: Order) =>
  lines.reduce((sum, { quantity, cancelled, unitPrice }) => sum + (quantity - cancelled) * unitPrice, 0);

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

  /** Every shipment still answers to the ids of the lines that its units had. */
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

function tooFewShipped(order: Order, lines: WantedRevision['lines']): boolean {
  const shipped = bagOf(
    Object.entries(shippedIn(order)).map(([key, quantity]) => [key.split(' ').slice(1).join(' '), quantity]),
  );
  const wanted = bagOf(lines.map(({ sku, unitPrice, quantity }) => [`${sku} ${unitPrice}`, quantity]));
  return Object.entries(shipped).some(([key, quantity]) => quantity > (wanted[key] ?? 0));
}

type Recorded = NonNullable<WantedRevision['recorded']>;

/** Checks that only the net change of each SKU moves stock. */
function expectNet(before: Order, { content, increases, decreases }: Recorded): void {
  for (const sku of SKUS) {
    const net = sumOf(ofSku(content, sku)) - sumOf(ofSku(before.lines, sku));
    const less = Math.max(0, -net - cancelledOf(before, sku));
    expect([sku, sumOf(ofSku(increases, sku)), sumOf(ofSku(decreases, sku))]).toEqual([
      sku,
      Math.max(0, net),
      less,
    ]);
  }
}

function expectCredit(before: Order, after: Order, creditBy: number): void {
  expect(after.total).toBe(dueOf(after));
  expect(creditBy).toBe(dueOf(after) - dueOf(before));
  for (const sku of SKUS) {
    const less = sumOf(ofSku(before.lines, sku)) - sumOf(ofSku(after.lines, sku));
    expect(cancelledOf(after, sku)).toBe(Math.max(0, cancelledOf(before, sku) - Math.max(0, less)));
  }
}

interface Change {
  readonly found: readonly (Demand & { readonly nodeId: string })[];
  readonly backordered: readonly Backordered[];
  readonly decreases: readonly (Demand & {
    readonly nodeId: string | null;
    readonly place: number | null;
    readonly shipmentId: string | null;
  })[];
}

/** Checks that each unit is where it was, but those that were given back and those that were found. */
function expectConserved(before: Order, after: Order, { found, backordered, decreases }: Change): void {
  const bag = (units: readonly { readonly key: string; readonly quantity: number }[]) =>
    units.map(({ key, quantity }) => [key, quantity] as const);
  expect(bagOf(bag(unitsIn(after, before)))).toEqual(
    bagOf([
      ...bag(unitsIn(before, before)),
      ...found.map(({ sku, nodeId, quantity }) => [`${sku} idle ${nodeId}`, quantity] as const),
      ...backordered.map(({ sku, place, quantity }) => [`${sku} waits ${place}`, quantity] as const),
      ...decreases.map((units) => [keyOf(units), -units.quantity] as const),
    ]),
  );
  for (const { lineId, quantity, committed, waits, cancelled } of after.lines) {
    const live = after.shipments.filter((one) => isOpen(one) || LEFT.includes(one.state));
    const carried = live.flatMap(({ lines }) => lines.filter((one) => one.lineId === lineId));
    expect(sumOf(committed) + sumOf(waits) + sumOf(carried) + cancelled).toBe(quantity);
  }
}

function keyOf({ sku, nodeId, place, shipmentId }: Change['decreases'][number]): string {
  if (shipmentId !== null) return `${sku} in ${shipmentId}`;
  return nodeId === null ? `${sku} waits ${place}` : `${sku} idle ${nodeId}`;
}

/** Checks that nothing was given back while units of a lower rank stayed. */
function expectLastFirst(before: Order, after: Order): void {
  const had = bagOf(unitsIn(before, before).map(({ key, quantity }) => [key, quantity]));
  const has = bagOf(unitsIn(after, before).map(({ key, quantity }) => [key, quantity]));
  for (const sku of SKUS) {
    const own = ofSku(unitsIn(before, before), sku);
    const gone = own.filter(({ key }) => (has[key] ?? 0) < (had[key] ?? 0)).map(({ rank }) => rank);
    const stayed = own.filter(({ key }) => (has[key] ?? 0) > 0).map(({ rank }) => rank);
    expect(Math.max(-1, ...gone)).toBeLessThanOrEqual(Math.min(99, ...stayed));
  }
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
