import fc from 'fast-check';
import type { ReservationGiven, ReserveRequest } from '../../src/domain/inventory/reservation';
import type { Source, StockNode } from '../../src/domain/inventory/set-up';
import { sumBySku } from '../../src/domain/inventory/sourcing';
import { InventoryLedger, stockKey } from './inventory-ledger';
import { aCount, aNode, later, NOON } from './inventory-samples';

export const SKUS = ['cup', 'tea'];
export const KEYS = 6;
const ORDERS = 3;

export type Command =
  | { readonly do: 'count'; readonly sku: string; readonly node: number; readonly count: number }
  | { readonly do: 'reserve'; readonly key: number }
  | { readonly do: 'release' | 'expire'; readonly key: number }
  | { readonly do: 'adopt'; readonly key: number; readonly order: number }
  | { readonly do: 'wait'; readonly seconds: number };

export interface Story {
  readonly basis: Source['basis'];
  /** How far the clock of the source runs ahead of ours. */
  readonly skewSeconds: number;
  readonly nodes: readonly StockNode[];
  readonly requests: readonly ReserveRequest[];
  readonly commands: readonly Command[];
}

const nodes: fc.Arbitrary<StockNode[]> = fc
  .array(
    fc.record({
      region: fc.constantFrom('north', 'south'),
      priority: fc.integer({ min: 1, max: 3 }),
      enabled: fc.nat(7).map((dice) => dice > 0),
      safetyStock: fc.nat(2),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((drawn) => drawn.map((over, index) => aNode(`n${index}`, over)));

/** The content of a key never changes: a key is made of its content. */
const requests: fc.Arbitrary<ReserveRequest[]> = fc
  .array(
    fc.record({
      caller: fc.constantFrom('shop', 'shop', 'mall'),
      ttlSeconds: fc.constantFrom(null, 10, 10, 60),
      lines: fc.array(
        fc.record({ sku: fc.constantFrom(...SKUS), quantity: fc.integer({ min: 1, max: 5 }) }),
        {
          minLength: 1,
          maxLength: 3,
        },
      ),
    }),
    { minLength: KEYS, maxLength: KEYS },
  )
  .map((drawn) =>
    drawn.map(({ lines, ...over }, key) => ({
      reservationId: `rsv_${key}`,
      orderId: over.ttlSeconds === null ? `ord_${key}` : null,
      region: 'north',
      demands: sumBySku(lines),
      ...over,
    })),
  );

const key = fc.nat(KEYS - 1);
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('count' as const),
      sku: fc.constantFrom(...SKUS),
      node: fc.nat(4),
      count: fc.nat(9),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('reserve' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('release' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('expire' as const), key }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('adopt' as const), key, order: fc.nat(ORDERS - 1) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(0, 1, 10, 60) }),
  },
);

const counts: fc.Arbitrary<Command[]> = fc
  .array(fc.nat(9), { minLength: 10, maxLength: 10 })
  .map((drawn) => drawn.map((count, at) => ({ do: 'count', sku: SKUS[at % 2] ?? '', node: at >> 1, count })));

export function stories(basis: Source['basis']): fc.Arbitrary<Story> {
  return fc
    .record({
      basis: fc.constant(basis),
      skewSeconds: fc.constantFrom(0, 0, 30),
      nodes,
      requests,
      counts,
      rest: fc.array(command, { maxLength: 40 }),
    })
    .map(({ counts: first, rest, ...story }) => ({ ...story, commands: [...first, ...rest] }));
}

/** What is promised right now, kept by hand from the answers alone. */
interface Promised {
  readonly allocations: ReservationGiven['allocations'];
  readonly expiresAt: string | null;
}

/** Plays a story, and keeps beside it the promises that its answers made and the supply that its counts gave. */
export class Play {
  readonly ledger: InventoryLedger;
  readonly promises = new Map<string, Promised>();
  readonly ended = new Set<string>();
  readonly #supply = new Map<string, number>();
  #sequence = 0;

  constructor(readonly story: Story) {
    this.ledger = new InventoryLedger(story.nodes, SKUS, NOON);
  }

  run(): this {
    for (const next of this.story.commands) this.step(next);
    return this;
  }

  step(next: Command): void {
    switch (next.do) {
      case 'wait':
        this.ledger.beginSet(later(this.ledger.now, next.seconds));
        break;
      case 'count':
        this.#count(next.sku, next.node, next.count);
        break;
      case 'reserve': {
        const request = this.request(next.key);
        this.#granted(this.ledger.reserve(request), request);
        break;
      }
      case 'adopt': {
        const order = this.order(next.key, next.order);
        this.#granted(this.ledger.adopt(this.request(next.key).reservationId, order), order);
        break;
      }
      case 'release':
        this.ledger.release(`rsv_${next.key}`);
        this.#end(`rsv_${next.key}`);
        break;
      case 'expire':
        if (this.ledger.expire(`rsv_${next.key}`).events.length > 0) this.#end(`rsv_${next.key}`);
        break;
    }
  }

  /** The same command once more; nothing is kept of its answer. */
  again(next: Extract<Command, { do: 'reserve' | 'adopt' }>): ReturnType<InventoryLedger['reserve']> {
    const request = this.request(next.key);
    return next.do === 'reserve'
      ? this.ledger.reserve(request)
      : this.ledger.adopt(request.reservationId, this.order(next.key, next.order));
  }

  order(of: number, order: number): ReserveRequest & { orderId: string } {
    return {
      ...this.request(of),
      reservationId: `rsv_for_${order}`,
      orderId: `ord_for_${order}`,
      ttlSeconds: null,
    };
  }

  /** What is left of the supply of one item at one node once every promise is kept, were it all to ship now. */
  left(sku: string, node: StockNode): number {
    const supply = this.#supply.get(stockKey(sku, node.id)) ?? 0;
    return supply - node.safetyStock - this.#promised(sku, node);
  }

  #promised(sku: string, node: StockNode): number {
    return [...this.promises.values()]
      .filter(({ expiresAt }) => expiresAt === null || Date.parse(expiresAt) > Date.parse(this.ledger.now))
      .flatMap(({ allocations }) => allocations)
      .filter((allocation) => allocation.sku === sku && allocation.nodeId === node.id)
      .reduce((sum, { quantity }) => sum + quantity, 0);
  }

  request(of: number): ReserveRequest {
    const request = this.story.requests[of];
    if (!request) throw new Error(`no request ${of}`);
    return request;
  }

  /** `onHand` units lie there; a source that reports what is available leaves out what it knows to be promised. */
  #count(sku: string, at: number, onHand: number): void {
    const node = this.story.nodes[at % this.story.nodes.length];
    if (!node) throw new Error('no node');
    this.#sequence += 1;
    const { now } = this.ledger;
    const { basis, skewSeconds } = this.story;
    const count = basis === 'on_hand' ? onHand : Math.max(0, onHand - this.#promised(sku, node));
    const observedAt = later(now, skewSeconds);
    const over = { basis, sequence: this.#sequence, observedAt, receivedAt: now };
    this.ledger.count(sku, node.id, aCount(count, over));
    this.#supply.set(stockKey(sku, node.id), onHand);
  }

  #granted({ answer, events }: ReturnType<InventoryLedger['reserve']>, request: ReserveRequest): void {
    if (answer.kind === 'refused') {
      expect(events).toEqual([]);
      return;
    }
    const { reservationId: id, allocations, expiresAt } = answer;
    const known = this.promises.get(id);
    if (known) expect(allocations).toEqual(known.allocations);
    else expect(this.ended.has(id)).toBe(false);
    this.promises.set(id, { allocations, expiresAt });
    if (known) return;
    expectExactly(request, allocations);
    for (const { sku, nodeId } of allocations) {
      const node = this.story.nodes.find((one) => one.id === nodeId);
      if (!node?.enabled) throw new Error(`promised from ${nodeId}, which is not open`);
      expect(this.left(sku, node)).toBeGreaterThanOrEqual(0);
    }
  }

  #end(id: string): void {
    this.promises.delete(id);
    this.ended.add(id);
  }
}

function expectExactly({ demands }: ReserveRequest, allocations: ReservationGiven['allocations']): void {
  expect(sumBySku(allocations)).toEqual(demands);
  for (const { quantity } of allocations) expect(quantity).toBeGreaterThan(0);
}
