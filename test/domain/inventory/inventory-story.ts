import fc from 'fast-check';
import { sumBySku } from '../../../src/domain/inventory/limits/demand';
import type { Buyer, EligibilityRule } from '../../../src/domain/inventory/limits/eligibility';
import type { SalesCap } from '../../../src/domain/inventory/limits/sales-cap';
import type { ReserveRequest } from '../../../src/domain/inventory/reservation/reserve';
import { NODE_REFUSALS, type NodeRefusal } from '../../../src/domain/inventory/reservation/resource';
import type { Item, Source, StockNode } from '../../../src/domain/inventory/setup/set-up';
import { aNode, anItem, later, NOON } from './inventory-samples';

export const SKUS = ['cup', 'tea'];
export const KEYS = 8;
const ORDERS = 3;
const NODES = 6;

export type Command =
  | { readonly do: 'count'; readonly sku: string; readonly node: number; readonly count: number }
  | { readonly do: 'reserve'; readonly key: number }
  | { readonly do: 'release' | 'expire'; readonly key: number }
  | { readonly do: 'adopt'; readonly key: number; readonly order: number }
  | {
      readonly do: 'resource';
      readonly key: number;
      readonly node: number;
      readonly reason: NodeRefusal['reason'];
    }
  /**
   * Fills the entry at this place of the queue (null: every entry, the first in line first) after `arriving` more
   * units.
   */
  | {
      readonly do: 'fill';
      readonly sku: string;
      readonly turn: number | null;
      readonly arriving: number;
      readonly node: number;
    }
  | { readonly do: 'cap'; readonly cap: SalesCap }
  | { readonly do: 'uncap'; readonly id: string }
  | { readonly do: 'rules'; readonly rules: readonly EligibilityRule[] }
  | { readonly do: 'wait'; readonly seconds: number };

export interface Story {
  readonly basis: Source['basis'];
  /** The lead of the source's clock over ours. */
  readonly skewSeconds: number;
  readonly nodes: readonly StockNode[];
  readonly items: readonly Item[];
  readonly requests: readonly ReserveRequest[];
  /** The buyers of orders that name a hold. */
  readonly buyers: readonly Buyer[];
  readonly commands: readonly Command[];
}

const region = fc.constantFrom('north', 'south');
const channel = fc.constantFrom('web', 'app');
const customerId = fc.constantFrom('ann', 'bob');

const nodes: fc.Arbitrary<StockNode[]> = fc
  .array(
    fc.record({
      region,
      kind: fc.constantFrom('warehouse', 'store', 'partner'),
      priority: fc.integer({ min: 1, max: 3 }),
      enabled: fc.nat(7).map((dice) => dice > 0),
      safetyStock: fc.nat(2),
    }),
    { minLength: 1, maxLength: NODES },
  )
  .map((drawn) => drawn.map((over, index) => aNode(`n${index}`, over)));

const items: fc.Arbitrary<Item[]> = fc.tuple(...SKUS.map(anyItem));

function anyItem(sku: string): fc.Arbitrary<Item> {
  return fc
    .record({
      backorder: fc.oneof(
        fc.constant({ mode: 'none' } as const),
        fc.record({ mode: fc.constant('limited' as const), limit: fc.integer({ min: 3, max: 9 }) }),
        fc.constant({ mode: 'unlimited', promiseDate: '2026-06-01' } as const),
      ),
      perOrderMax: fc.constantFrom(null, null, null, 5),
      tags: fc.constantFrom([], [], ['fragile']),
    })
    .map((over) => anItem(sku, over));
}

const buyer: fc.Arbitrary<Buyer> = fc.record({
  region,
  channel: fc.option(channel, { freq: 1 }),
  shippingMethod: fc.option(fc.constantFrom('express', 'post'), { freq: 1 }),
  customerId: fc.option(customerId, { freq: 1 }),
});

/** The requests. The content of a key never changes, as a key is made of its content. */
const requests: fc.Arbitrary<ReserveRequest[]> = fc
  .array(
    fc.record({
      caller: fc.constantFrom('shop', 'shop', 'mall'),
      ttlSeconds: fc.constantFrom(null, null, null, 10, 60),
      buyer,
      shipComplete: fc.nat(5).map((dice) => dice === 0),
      maxShipments: fc.constantFrom(null, null, null, 1, 2),
      lines: fc.array(
        fc.record({ sku: fc.constantFrom(...SKUS), quantity: fc.integer({ min: 1, max: 4 }) }),
        { minLength: 1, maxLength: 3 },
      ),
    }),
    { minLength: KEYS, maxLength: KEYS },
  )
  .map((drawn) =>
    drawn.map(({ lines, ...over }, key) => ({
      reservationId: `rsv_${key}`,
      orderId: over.ttlSeconds === null ? `ord_${key}` : null,
      demands: sumBySku(lines),
      ...over,
    })),
  );

const cap: fc.Arbitrary<SalesCap> = fc
  .record({
    id: fc.constantFrom('cap_0', 'cap_1', 'cap_2'),
    skus: fc.constantFrom(['cup'], ['tea'], SKUS),
    channel: fc.option(channel, { freq: 1 }),
    customerId: fc.option(customerId, { freq: 1 }),
    from: fc.constantFrom(-10, 0, 0, 10, 60),
    seconds: fc.constantFrom(10, 60, 3600),
    limit: fc.integer({ min: 3, max: 16 }),
  })
  .map(({ from, seconds, ...over }) => ({
    ...over,
    start: later(NOON, from),
    end: later(NOON, from + seconds),
  }));

const rules: fc.Arbitrary<EligibilityRule[]> = fc.uniqueArray(
  fc.record({
    id: fc.constantFrom('rule_0', 'rule_1'),
    reason: fc.constantFrom('AGE_RESTRICTED', 'RECALLED'),
    deny: fc
      .record({
        sku: fc.option(fc.constantFrom(...SKUS), { freq: 1 }),
        itemTag: fc.option(fc.constant('fragile'), { freq: 1 }),
        nodeId: fc.option(fc.nat(NODES - 1).map((at) => `n${at}`)),
        region: fc.option(region, { freq: 1 }),
        channel: fc.option(channel, { freq: 1 }),
        shippingMethod: fc.option(fc.constantFrom('express', 'post'), { freq: 1 }),
      })
      .filter((deny) => Object.values(deny).some((named) => named !== null)),
  }),
  { selector: ({ id }) => id, maxLength: 2 },
);

const key = fc.nat(KEYS - 1);
const sku = fc.constantFrom(...SKUS);
const on = fc.constant;
const often: readonly [number, fc.Arbitrary<Command>][] = [
  [
    3,
    fc.record({ do: on('count' as const), sku, node: fc.nat(NODES - 1), count: fc.oneof(fc.nat(9), on(30)) }),
  ],
  [9, fc.record({ do: on('reserve' as const), key })],
  [1, fc.record({ do: on('release' as const), key })],
  [2, fc.record({ do: on('expire' as const), key })],
  [5, fc.record({ do: on('adopt' as const), key, order: fc.nat(ORDERS - 1) })],
  [
    3,
    fc.record({
      do: on('resource' as const),
      key,
      node: fc.nat(NODES - 1),
      reason: fc.constantFrom(...NODE_REFUSALS),
    }),
  ],
  [
    3,
    fc.record({
      do: on('fill' as const),
      sku,
      turn: fc.constantFrom(null, null, 0, 1),
      arriving: fc.constantFrom(0, 3, 5, 9),
      node: fc.nat(NODES - 1),
    }),
  ],
  [1, fc.record({ do: on('cap' as const), cap })],
  [1, fc.record({ do: on('uncap' as const), id: fc.constantFrom('cap_0', 'cap_1', 'cap_2') })],
  [1, fc.record({ do: on('rules' as const), rules })],
  [3, fc.record({ do: on('wait' as const), seconds: fc.constantFrom(0, 1, 10, 60) })],
];
const command = fc.oneof(...often.map(([weight, arbitrary]) => ({ weight, arbitrary })));

const counts: fc.Arbitrary<Command[]> = fc
  .array(fc.constantFrom(0, 1, 2, 3, 4), { minLength: 2 * NODES, maxLength: 2 * NODES })
  .map((drawn) => drawn.map((count, at) => ({ do: 'count', sku: SKUS[at % 2] ?? '', node: at >> 1, count })));

export function stories(basis: Source['basis']): fc.Arbitrary<Story> {
  return fc
    .record({
      basis: fc.constant(basis),
      skewSeconds: fc.constantFrom(0, 0, 30),
      nodes,
      items,
      requests,
      buyers: fc.array(buyer, { minLength: ORDERS, maxLength: ORDERS }),
      counts,
      caps: fc.array(cap, { maxLength: 2 }),
      rest: fc.array(command, { minLength: 20, maxLength: 50, size: 'max' }),
    })
    .map(({ counts: first, caps, rest, ...story }) => ({
      ...story,
      commands: [...first, ...caps.map((one): Command => ({ do: 'cap', cap: one })), ...rest],
    }));
}
