import fc from 'fast-check';
import { sumBySku } from '../../src/domain/inventory/limits/demand';
import type { NodeTerms } from '../../src/domain/inventory/offer/node-terms';
import {
  type Allocation,
  type Shelf,
  type SourcingRequest,
  source,
} from '../../src/domain/inventory/offer/sourcing';
import { termsOf } from './inventory-samples';
import { assertUntilSeen } from './until-seen';

const SKUS = ['cup', 'pot', 'tea'];

interface Story {
  readonly request: SourcingRequest;
  readonly shelf: Shelf;
}

function stories(
  nodes: { min: number; max: number },
  splits: { min: number; max: number },
  skus = SKUS,
): fc.Arbitrary<Story> {
  const node = fc.record({
    region: fc.constantFrom('north', 'south'),
    priority: fc.integer({ min: 1, max: 2 }),
    atp: fc.tuple(...SKUS.map(() => fc.nat(6))),
    excluded: fc.nat(9).map((dice) => dice === 0),
  });
  return fc
    .record({
      nodes: fc.array(node, { minLength: nodes.min, maxLength: nodes.max }),
      lines: fc.array(
        fc.record({ sku: fc.constantFrom(...skus), quantity: fc.integer({ min: 1, max: 12 }) }),
        {
          minLength: 1,
          maxLength: 3,
        },
      ),
      maxSplits: fc.integer(splits),
    })
    .map(({ nodes: drawn, lines, maxSplits }) => ({
      request: {
        demands: sumBySku(lines),
        region: 'north',
        maxSplits,
        excludedNodes: drawn.flatMap(({ excluded }, index) => (excluded ? [`n${index}`] : [])),
      },
      shelf: Object.fromEntries(
        SKUS.map((sku, at) => [
          sku,
          drawn.map(({ region, priority, atp }, index) =>
            termsOf(`n${index}`, atp[at] ?? 0, { region, priority }),
          ),
        ]),
      ),
    }));
}

function atpAt(shelf: Shelf, { sku, nodeId }: Pick<Allocation, 'sku' | 'nodeId'>): number {
  return shelf[sku]?.find((terms) => terms.nodeId === nodeId)?.atp ?? 0;
}

/** Checks that allocations match the demand, repeat nothing, exceed no stock and use no excluded node. */
function expectSound({ request, shelf }: Story, allocations: readonly Allocation[]): void {
  for (const { sku, quantity } of request.demands) {
    const own = allocations.filter((allocation) => allocation.sku === sku);
    expect(own.reduce((sum, allocation) => sum + allocation.quantity, 0)).toBe(quantity);
  }
  for (const allocation of allocations) {
    expect(allocation.quantity).toBeGreaterThan(0);
    expect(allocation.quantity).toBeLessThanOrEqual(atpAt(shelf, allocation));
    expect(request.excludedNodes).not.toContain(allocation.nodeId);
  }
  const places = allocations.map(({ sku, nodeId }) => `${sku}/${nodeId}`);
  expect(new Set(places).size).toBe(places.length);
  expect(nodesOf(allocations).length).toBeLessThanOrEqual(request.maxSplits);
}

function nodesOf(allocations: readonly Allocation[]): readonly string[] {
  return [...new Set(allocations.map(({ nodeId }) => nodeId))].sort();
}

/** Judges every set of nodes one by one: the slowest way to the right answer. */
function bestByTrying({ request, shelf }: Story): readonly string[] | undefined {
  const nodes: readonly NodeTerms[] = (shelf[SKUS[0] ?? ''] ?? []).filter(
    ({ nodeId }) => !request.excludedNodes.includes(nodeId),
  );
  const ranked = [...nodes].sort(
    (a, b) =>
      Number(a.region !== request.region) - Number(b.region !== request.region) ||
      a.priority - b.priority ||
      (a.nodeId < b.nodeId ? -1 : 1),
  );
  const candidates = Array.from({ length: 2 ** ranked.length }, (_, bits) =>
    ranked.flatMap((node, rank) => (bits & (2 ** rank) ? [{ node, rank }] : [])),
  ).filter(
    (set) =>
      set.length <= request.maxSplits &&
      request.demands.every(
        ({ sku, quantity }) =>
          set.reduce((sum, { node }) => sum + atpAt(shelf, { sku, nodeId: node.nodeId }), 0) >= quantity,
      ),
  );
  const judge = (set: (typeof candidates)[number]) => [
    set.length,
    set.filter(({ node }) => node.region !== request.region).length,
    ...set.map(({ rank }) => rank),
  ];
  const best = candidates.sort((a, b) => firstDifference(judge(a), judge(b)))[0];
  return best?.map(({ node }) => node.nodeId).sort();
}

function firstDifference(left: readonly number[], right: readonly number[]): number {
  for (const [index, value] of left.entries()) {
    const difference = value - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

describe('sourcing', () => {
  const several = stories({ min: 1, max: 7 }, { min: 1, max: 4 });
  const one = stories({ min: 4, max: 7 }, { min: 2, max: 4 }, ['tea']);

  test('finds the set of nodes that trying all of them finds, and only refuses where there is none', () => {
    fc.assert(
      fc.property(fc.oneof(several, one), (story) => {
        const allocations = source(story.request, story.shelf);
        expect(allocations && nodesOf(allocations)).toEqual(bestByTrying(story));
        if (allocations) expectSound(story, allocations);
      }),
      { numRuns: 1_500 },
    );
  });

  test('never allocates too much or too little, also where the exact search has given way', () => {
    let granted = 0;
    const property = fc.property(stories({ min: 18, max: 30 }, { min: 3, max: 8 }), ({ request, shelf }) => {
      const larger = request.demands.map(({ sku, quantity }) => ({ sku, quantity: quantity + 8 }));
      const story = { request: { ...request, demands: larger }, shelf };
      const allocations = source(story.request, story.shelf);
      if (!allocations) return;
      granted += 1;
      expectSound(story, allocations);
    });
    assertUntilSeen(property, 60, () => (granted > 0 ? [] : ['an order that is granted']));
  });

  test('does not depend on the order in which nodes or demands are listed', () => {
    fc.assert(
      fc.property(stories({ min: 1, max: 6 }, { min: 1, max: 4 }), ({ request, shelf }) => {
        const turned = Object.fromEntries(
          Object.entries(shelf).map(([sku, nodes]) => [sku, [...nodes].reverse()]),
        );
        const demands = [...request.demands].reverse();
        const sorted = (allocations: readonly Allocation[] | undefined) =>
          allocations && [...allocations].sort((a, b) => (a.sku + a.nodeId < b.sku + b.nodeId ? -1 : 1));
        expect(source(request, turned)).toEqual(source(request, shelf));
        expect(sorted(source({ ...request, demands }, shelf))).toEqual(sorted(source(request, shelf)));
      }),
      { numRuns: 150 },
    );
  });
});
