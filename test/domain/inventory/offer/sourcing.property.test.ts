import fc from 'fast-check';
import { sumBySku } from '../../../../src/domain/inventory/limits/demand';
import type { NodeTerms } from '../../../../src/domain/inventory/offer/node-terms';
import {
  type Allocation,
  type Shelf,
  type Sourced,
  type SourcingRequest,
  source,
} from '../../../../src/domain/inventory/offer/sourcing';
import { assertUntilSeen } from '../../until-seen';
import { termsOf } from '../inventory-samples';

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
    inUse: fc.nat(9).map((dice) => dice === 0),
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
      maxShipments: fc.oneof(fc.integer(splits), fc.constant(Infinity)),
    })
    .map(({ nodes: drawn, lines, maxShipments }) => ({
      request: {
        demands: sumBySku(lines),
        region: 'north',
        maxShipments,
        nodesInUse: drawn.flatMap(({ inUse }, index) => (inUse ? [`n${index}`] : [])),
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
  expect(newNodesOf(request, allocations).length).toBeLessThanOrEqual(request.maxShipments);
}

/** Returns the nodes that send one more shipment. */
function newNodesOf(
  { nodesInUse = [] }: SourcingRequest,
  allocations: readonly Allocation[],
): readonly string[] {
  const nodes = new Set(allocations.map(({ nodeId }) => nodeId));
  return [...nodes].filter((nodeId) => !nodesInUse.includes(nodeId)).sort();
}

/** Judges every set of nodes one by one: the slowest way to the right answer. */
function bestByTrying({ request, shelf }: Story): readonly string[] | 'short' | 'too-many-shipments' {
  const nodes: readonly NodeTerms[] = (shelf[SKUS[0] ?? ''] ?? []).filter(
    ({ nodeId }) => !request.excludedNodes.includes(nodeId),
  );
  const ranked = [...nodes].sort(
    (a, b) =>
      Number(a.region !== request.region) - Number(b.region !== request.region) ||
      a.priority - b.priority ||
      (a.nodeId < b.nodeId ? -1 : 1),
  );
  const covers = (set: readonly NodeTerms[]) =>
    request.demands.every(
      ({ sku, quantity }) =>
        set.reduce((sum, { nodeId }) => sum + atpAt(shelf, { sku, nodeId }), 0) >= quantity,
    );
  if (!covers(ranked)) return 'short';
  const inUse = ranked.filter(({ nodeId }) => request.nodesInUse?.includes(nodeId));
  const others = ranked.filter((node) => !inUse.includes(node));
  const candidates = Array.from({ length: 2 ** others.length }, (_, bits) =>
    others.flatMap((node, rank) => (bits & (2 ** rank) ? [{ node, rank }] : [])),
  ).filter((set) => set.length <= request.maxShipments && covers([...inUse, ...set.map(({ node }) => node)]));
  const judge = (set: (typeof candidates)[number]) => [
    set.length,
    set.filter(({ node }) => node.region !== request.region).length,
    ...set.map(({ rank }) => rank),
  ];
  const best = candidates.sort((a, b) => firstDifference(judge(a), judge(b)))[0];
  return best?.map(({ node }) => node.nodeId).sort() ?? 'too-many-shipments';
}

function firstDifference(left: readonly number[], right: readonly number[]): number {
  for (const [index, value] of left.entries()) {
    const difference = value - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

describe('sourcing', () => {
  const several = stories({ min: 1, max: 8 }, { min: 1, max: 4 });
  const one = stories({ min: 4, max: 8 }, { min: 2, max: 4 }, ['tea']);

  test('finds the nodes that trying every set finds, and gives the true reason where there are none', () => {
    const seen = new Set<string>();
    const property = fc.property(fc.oneof(several, one), (story) => {
      const found = source(story.request, story.shelf);
      seen.add(found.kind);
      expect(found.kind === 'sourced' ? newNodesOf(story.request, found.allocations) : found.kind).toEqual(
        bestByTrying(story),
      );
      if (found.kind === 'sourced') expectSound(story, found.allocations);
    });
    assertUntilSeen(property, 1_500, () =>
      ['sourced', 'short', 'too-many-shipments'].filter((kind) => !seen.has(kind)),
    );
  });

  test('never allocates too much or too little, and finds a plan where no limit applies and the sum suffices', () => {
    const seen = new Set<string>();
    const property = fc.property(stories({ min: 18, max: 40 }, { min: 3, max: 8 }), ({ request, shelf }) => {
      const demands = request.demands.map(({ sku, quantity }) => ({ sku, quantity: quantity * 6 }));
      const story = { request: { ...request, demands }, shelf };
      const found = source(story.request, story.shelf);
      seen.add(found.kind);
      if (found.kind === 'sourced') expectSound(story, found.allocations);
      const isShort = demands.some(({ sku, quantity }) => quantity > totalOf(story, sku));
      expect(found.kind === 'short').toBe(isShort);
      if (request.maxShipments === Infinity && !isShort) expect(found.kind).toBe('sourced');
    });
    assertUntilSeen(property, 100, () => ['sourced', 'short'].filter((kind) => !seen.has(kind)));
  });

  test('does not depend on the order in which nodes or demands are listed', () => {
    fc.assert(
      fc.property(stories({ min: 1, max: 6 }, { min: 1, max: 4 }), ({ request, shelf }) => {
        const turned = Object.fromEntries(
          Object.entries(shelf).map(([sku, nodes]) => [sku, [...nodes].reverse()]),
        );
        const demands = [...request.demands].reverse();
        expect(source(request, turned)).toEqual(source(request, shelf));
        expect(sorted(source({ ...request, demands }, shelf))).toEqual(sorted(source(request, shelf)));
      }),
      { numRuns: 150 },
    );
  });
});

function sorted(found: Sourced): unknown {
  return found.kind === 'sourced'
    ? [...found.allocations].sort((a, b) => (a.sku + a.nodeId < b.sku + b.nodeId ? -1 : 1))
    : found;
}

function totalOf({ request, shelf }: Story, sku: string): number {
  return (shelf[sku] ?? [])
    .filter(({ nodeId }) => !request.excludedNodes.includes(nodeId))
    .reduce((sum, { atp }) => sum + atp, 0);
}
