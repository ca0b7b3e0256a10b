import type { Demand } from '../limits/demand';
import type { NodeTerms } from './node-terms';

export interface Allocation extends Demand {
  readonly nodeId: string;
}

export interface SourcingRequest {
  readonly demands: readonly Demand[];
  readonly region: string;
  /** The most nodes one order may be split over. */
  readonly maxSplits: number;
  readonly excludedNodes: readonly string[];
}

/** The terms of every node, by SKU. */
export type Shelf = Readonly<Record<string, readonly NodeTerms[]>>;

/** The most shipments of one order: more of them cost more than the order is worth. */
export const MOST_SHIPMENTS = 4;

/**
 * The most combinations of the exact search. Beyond them a greedy search takes over, so that no order stalls its batch.
 */
const MOST_COMBINATIONS = 2_000;

/**
 * Chooses the nodes that an order ships from: fewest shipments, then nodes of its region, then node priority, then node
 * id.
 * @returns undefined when the nodes cannot cover every demand within `maxSplits`
 */
export function source(request: SourcingRequest, shelf: Shelf): readonly Allocation[] | undefined {
  const stock = promisable(request, shelf);
  const terms = byPreference(request, shelf).filter(({ nodeId }) => stock.has(nodeId));
  const nodes = terms.map(({ nodeId }) => nodeId);
  if (!covers(nodes, request.demands, stock)) return undefined;
  const near = terms.filter(({ region }) => region === request.region).length;
  const chosen = fewestNodes(nodes, near, request, stock);
  return chosen && allocate(chosen, request.demands, stock);
}

type Promisable = ReadonlyMap<string, ReadonlyMap<string, number>>;

function promisable(request: SourcingRequest, shelf: Shelf): Promisable {
  const stock = new Map<string, Map<string, number>>();
  for (const { sku } of request.demands) {
    for (const { nodeId, atp } of shelf[sku] ?? []) {
      if (atp <= 0 || request.excludedNodes.includes(nodeId)) continue;
      stock.set(nodeId, (stock.get(nodeId) ?? new Map<string, number>()).set(sku, atp));
    }
  }
  return stock;
}

function byPreference(request: SourcingRequest, shelf: Shelf): readonly NodeTerms[] {
  const terms = new Map(
    request.demands.flatMap(({ sku }) => shelf[sku] ?? []).map((node) => [node.nodeId, node]),
  );
  const away = (node: NodeTerms) => (node.region === request.region ? 0 : 1);
  return [...terms.values()].sort(
    (a, b) => away(a) - away(b) || a.priority - b.priority || (a.nodeId < b.nodeId ? -1 : 1),
  );
}

function covers(nodes: readonly string[], demands: readonly Demand[], stock: Promisable): boolean {
  return demands.every(({ sku, quantity }) => {
    let found = 0;
    for (const nodeId of nodes) found += stock.get(nodeId)?.get(sku) ?? 0;
    return found >= quantity;
  });
}

/**
 * Finds the fewest nodes that cover the demands. `near`: how many of the nodes (the first ones) are in the request's
 * region.
 */
function fewestNodes(
  nodes: readonly string[],
  near: number,
  { demands, maxSplits }: SourcingRequest,
  stock: Promisable,
): readonly string[] | undefined {
  let tried = 0;
  for (let size = 1; size <= Math.min(maxSplits, nodes.length); size++) {
    for (const candidate of nearestFirst(nodes, near, size)) {
      if (++tried > MOST_COMBINATIONS) return greedily(nodes, demands, maxSplits, stock);
      if (covers(candidate, demands, stock)) return candidate;
    }
  }
  return undefined;
}

/** Yields combinations in order of preference: the first that covers the demands is the best of its size. */
function* nearestFirst(nodes: readonly string[], near: number, size: number): Generator<readonly string[]> {
  for (let away = 0; away <= size; away++) {
    for (const close of combinations(nodes.slice(0, near), size - away)) {
      for (const far of combinations(nodes.slice(near), away)) yield [...close, ...far];
    }
  }
}

function* combinations(nodes: readonly string[], size: number, from = 0): Generator<readonly string[]> {
  if (size === 0) {
    yield [];
    return;
  }
  for (const [offset, node] of nodes.slice(from).entries()) {
    for (const rest of combinations(nodes, size - 1, from + offset + 1)) yield [node, ...rest];
  }
}

/** Repeatedly takes the node that covers most of the missing units. */
function greedily(
  nodes: readonly string[],
  demands: readonly Demand[],
  maxSplits: number,
  stock: Promisable,
): readonly string[] | undefined {
  const missing = new Map(demands.map(({ sku, quantity }) => [sku, quantity]));
  const chosen: string[] = [];
  while ([...missing.values()].some((quantity) => quantity > 0)) {
    const best = bestNext(nodes, chosen, missing, stock);
    if (best === undefined || chosen.length === maxSplits) return undefined;
    chosen.push(best);
    for (const [sku, quantity] of missing) {
      missing.set(sku, Math.max(0, quantity - (stock.get(best)?.get(sku) ?? 0)));
    }
  }
  return nodes.filter((node) => chosen.includes(node));
}

function bestNext(
  nodes: readonly string[],
  chosen: readonly string[],
  missing: ReadonlyMap<string, number>,
  stock: Promisable,
): string | undefined {
  const gain = (node: string) =>
    [...missing].reduce(
      (sum, [sku, quantity]) => sum + Math.min(quantity, stock.get(node)?.get(sku) ?? 0),
      0,
    );
  const useful = nodes.filter((node) => !chosen.includes(node) && gain(node) > 0);
  return useful.reduce<string | undefined>(
    (a, b) => (a === undefined || gain(b) > gain(a) ? b : a),
    undefined,
  );
}

function allocate(
  nodes: readonly string[],
  demands: readonly Demand[],
  stock: Promisable,
): readonly Allocation[] {
  return demands.flatMap(({ sku, quantity }) => {
    let left = quantity;
    return nodes.flatMap((nodeId) => {
      const taken = Math.min(left, stock.get(nodeId)?.get(sku) ?? 0);
      left -= taken;
      return taken > 0 ? [{ sku, nodeId, quantity: taken }] : [];
    });
  });
}
