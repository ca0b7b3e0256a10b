import type { Demand } from '../limits/demand';
import { type Cover, isMet, needsAfter } from './cover';
import { fewestNodes } from './fewest-nodes';
import type { NodeTerms } from './node-terms';
import { someNodes } from './some-nodes';

export interface Allocation extends Demand {
  readonly nodeId: string;
}

export interface SourcingRequest {
  /** Summed by SKU. */
  readonly demands: readonly Demand[];
  readonly region: string;
  /** The most shipments beside those of `nodesInUse`; Infinity for no limit. */
  readonly maxShipments: number;
  /** Nodes that send the order a shipment anyway: more units from them take no further shipment. */
  readonly nodesInUse?: readonly string[];
  readonly excludedNodes: readonly string[];
}

/** The terms of every node, by SKU. */
export type Shelf = Readonly<Record<string, readonly NodeTerms[]>>;

/** The nodes that an order ships from, or the reason why none were chosen. */
export type Sourced =
  | { readonly kind: 'sourced'; readonly allocations: readonly Allocation[] }
  /** All nodes together have too little. */
  | { readonly kind: 'short' }
  /** Every choice of nodes takes more shipments than allowed: the exact search has excluded all others. */
  | { readonly kind: 'too-many-shipments' }
  /** The search has reached its bound. A choice within the limit may exist. */
  | { readonly kind: 'gave-up' };

type NotSourced = Exclude<Sourced, { readonly kind: 'sourced' }>;

/**
 * Chooses the nodes that an order ships from: fewest shipments, then nodes of its region, then node priority, then node
 * id. The search is exact within a bound of steps (`MOST_STEPS`); beyond it a heuristic chooses, which finds nodes
 * wherever all of them together have enough and no limit of shipments applies. The choice depends on the request and
 * the stock alone.
 */
export function source(request: SourcingRequest, shelf: Shelf): Sourced {
  const terms = byPreference(request, shelf);
  const cover = coverOf(request, terms, shelf);
  const inUse = terms.flatMap(({ nodeId }, at) => (request.nodesInUse?.includes(nodeId) ? [at] : []));
  const rest: Cover = {
    ...cover,
    needs: needsAfter(cover, inUse),
    stock: cover.stock.map((units, at) => (inUse.includes(at) ? [] : units)),
  };
  const chosen = isMet(rest.needs) ? [] : chosenNodes(rest, request.maxShipments);
  if ('kind' in chosen) return chosen;
  const nodes = [...inUse, ...chosen].sort((a, b) => a - b);
  return { kind: 'sourced', allocations: allocate(request, cover, nodes, terms) };
}

/** Lists the nodes with some of the demanded stock, most preferred first. */
function byPreference(request: SourcingRequest, shelf: Shelf): readonly NodeTerms[] {
  const terms = new Map<string, NodeTerms>();
  const excluded = new Set(request.excludedNodes);
  for (const { sku } of request.demands) {
    for (const node of shelf[sku] ?? []) {
      if (node.atp > 0 && !excluded.has(node.nodeId)) terms.set(node.nodeId, node);
    }
  }
  const away = (node: NodeTerms) => (node.region === request.region ? 0 : 1);
  return [...terms.values()].sort(
    (a, b) => away(a) - away(b) || a.priority - b.priority || (a.nodeId < b.nodeId ? -1 : 1),
  );
}

function coverOf({ demands, region }: SourcingRequest, terms: readonly NodeTerms[], shelf: Shelf): Cover {
  const positions = new Map(terms.map(({ nodeId }, at) => [nodeId, at]));
  const stock: { item: number; units: number }[][] = terms.map(() => []);
  for (const [item, { sku }] of demands.entries()) {
    for (const { nodeId, atp } of shelf[sku] ?? []) {
      const at = positions.get(nodeId);
      if (at !== undefined && atp > 0) stock[at]?.push({ item, units: atp });
    }
  }
  const needs = demands.map(({ quantity }) => quantity);
  return { needs, stock, near: terms.filter((node) => node.region === region).length };
}

function chosenNodes(cover: Cover, most: number): readonly number[] | NotSourced {
  const some = someNodes(cover);
  if (!some) return { kind: 'short' };
  const fewest = fewestNodes(cover, Math.min(most, some.length));
  if (fewest.kind === 'found') return fewest.nodes;
  if (fewest.kind === 'none') return { kind: 'too-many-shipments' };
  return some.length <= most ? some : { kind: 'gave-up' };
}

/** Takes all it can from the most preferred node, and the rest from the next. */
function allocate(
  { demands }: SourcingRequest,
  { needs, stock }: Cover,
  nodes: readonly number[],
  terms: readonly NodeTerms[],
): readonly Allocation[] {
  const left = [...needs];
  const byItem = demands.map((): Allocation[] => []);
  for (const at of nodes) {
    for (const { item, units } of stock[at] ?? []) {
      const quantity = Math.min(left[item] ?? 0, units);
      left[item] = (left[item] ?? 0) - quantity;
      const { sku } = demands[item] ?? {};
      const { nodeId } = terms[at] ?? {};
      if (quantity > 0 && sku !== undefined && nodeId !== undefined)
        byItem[item]?.push({ sku, nodeId, quantity });
    }
  }
  return byItem.flat();
}
