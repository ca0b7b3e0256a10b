import fc from 'fast-check';
import type { BackorderEntry } from '../../../../src/domain/inventory/limits/backorder';
import { denialOf } from '../../../../src/domain/inventory/limits/eligibility';
import {
  type QueueWalk,
  type WalkedItem,
  walkQueue,
} from '../../../../src/domain/inventory/offer/backorder-walk';
import { nodeTerms } from '../../../../src/domain/inventory/offer/node-terms';
import { total } from '../inventory-ledger';
import { aCount, aNode, aStock, factsOf, NOON } from '../inventory-samples';
import { aRule } from '../reservation-samples';

const NODES = ['n0', 'n1', 'n2', 'n3'];

interface Drawn extends WalkedItem {
  readonly entries: readonly BackorderEntry[];
}

const nodeId = fc.constantFrom(...NODES);
const region = fc.constantFrom('north', 'south');
const method = fc.constantFrom('express', 'post');

const shelves = fc
  .tuple(
    ...NODES.map(() =>
      fc.record({
        count: fc.nat(9),
        kind: fc.constantFrom('warehouse' as const, 'store' as const, 'partner' as const),
        region,
        enabled: fc.nat(5).map((dice) => dice > 0),
      }),
    ),
  )
  .map((drawn) =>
    drawn.map(({ count, ...node }, at) => {
      const id = NODES[at] ?? '';
      return factsOf(aStock([aCount(count)], { nodeId: id }), { node: aNode(id, node) });
    }),
  );

const drawnItem: fc.Arbitrary<Drawn> = fc
  .record({
    shelves,
    tags: fc.subarray(['fragile', 'alcohol']),
    rules: fc.array(
      fc.record({
        nodeId,
        region: fc.option(region),
        itemTag: fc.option(fc.constantFrom('fragile', 'alcohol')),
        shippingMethod: fc.option(method),
      }),
      { maxLength: 3 },
    ),
    entries: fc.array(
      fc.record({
        quantity: fc.integer({ min: 1, max: 6 }),
        region,
        method,
        excluded: fc.uniqueArray(nodeId, { maxLength: 2 }),
      }),
      { maxLength: 12 },
    ),
  })
  .map(({ rules, entries, ...item }) => ({
    ...item,
    sku: 'tea',
    rules: rules.map((deny, at) => aRule(deny, { id: `rule_${at}` })),
    entries: entries.map(({ quantity, region: to, method: by, excluded }, at) => ({
      reservationId: `rsv_${at}`,
      place: at + 1,
      quantity,
      buyer: { region: to, channel: null, shippingMethod: by },
      exclusions: excluded.map((id) => ({
        nodeId: id,
        reason: 'NOT_IN_STOCK',
        refusedAt: NOON,
        refusals: 1,
        retryAt: null,
        isOver: false,
      })),
    })),
  }));

const walked = (item: Drawn) => walkQueue(item, item.entries, NOON);

/** Returns the units that the entries in front of a place leave, at each node that an entry can use. */
function usableAt(item: Drawn, { claims }: QueueWalk, entry: BackorderEntry): number {
  const ahead = claims.filter((claim) => claim.entry.place < entry.place);
  const taken = ahead.flatMap(({ allocations }) => allocations);
  const usable = item.shelves.filter(
    ({ node }) =>
      node.kind !== 'partner' &&
      denialOf(item.rules, { sku: 'tea', tags: item.tags, nodeId: node.id }, entry.buyer) === undefined &&
      !entry.exclusions.some((one) => one.nodeId === node.id),
  );
  return usable.reduce(
    (sum, shelf) =>
      sum + nodeTerms(shelf, NOON).atp - total(taken.filter((units) => units.nodeId === shelf.node.id)),
    0,
  );
}

test('no unit is claimed twice, none of a partner, and none that is not there', () => {
  fc.assert(
    fc.property(drawnItem, (item) => {
      const { claims, claimed } = walked(item);
      for (const { node, ...shelf } of item.shelves) {
        const here = claims.flatMap(({ allocations }) => allocations.filter((one) => one.nodeId === node.id));
        expect(claimed.get(node.id) ?? 0).toBe(total(here));
        const { atp } = nodeTerms({ node, ...shelf }, NOON);
        expect(total(here)).toBeLessThanOrEqual(node.kind === 'partner' ? 0 : atp);
      }
    }),
  );
});

test('an entry claims all that it wants of what the entries in front of it leave where it can use it', () => {
  fc.assert(
    fc.property(drawnItem, (item) => {
      const walk = walked(item);
      for (const entry of item.entries) {
        const claim = walk.claims.find((one) => one.entry.place === entry.place);
        const units = total(claim?.allocations ?? []);
        expect(units).toBe(Math.min(entry.quantity, usableAt(item, walk, entry)));
        expect(claim?.isWhole ?? false).toBe(units === entry.quantity);
        for (const { nodeId: id } of claim?.allocations ?? [])
          expect(entry.exclusions.map((one) => one.nodeId)).not.toContain(id);
      }
    }),
  );
});

test('the entries further back change nothing for those in front', () => {
  fc.assert(
    fc.property(drawnItem, fc.nat(12), (item, depth) => {
      const front = walkQueue(item, item.entries.slice(0, depth), NOON);
      expect(walked(item).claims.slice(0, front.claims.length)).toEqual(front.claims);
    }),
  );
});

test('the claims stay as they are when units that nobody claims are sold', () => {
  fc.assert(
    fc.property(drawnItem, fc.infiniteStream(fc.nat(9)), (item, dice) => {
      const before = walked(item);
      const sold = item.shelves.map((shelf) => {
        const free = nodeTerms(shelf, NOON).atp - (before.claimed.get(shelf.node.id) ?? 0);
        const committed = Math.min(Math.max(0, free), dice.next().value ?? 0);
        return { ...shelf, stock: { ...shelf.stock, committed } };
      });
      expect(walkQueue({ ...item, shelves: sold }, item.entries, NOON).claims).toEqual(before.claims);
    }),
  );
});

test('a walk is exhausted when no unit of ours is left, however long the queue', () => {
  fc.assert(
    fc.property(drawnItem, (item) => {
      const { claimed, isExhausted } = walked(item);
      const own = item.shelves.filter(({ node }) => node.kind !== 'partner');
      const left = own.reduce((sum, shelf) => sum + nodeTerms(shelf, NOON).atp, 0);
      expect(isExhausted).toBe(left === [...claimed.values()].reduce((sum, units) => sum + units, 0));
    }),
  );
});
