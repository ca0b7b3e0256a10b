import type { Backordered } from '../limits/backorder';
import { type Demand, sumBySku } from '../limits/demand';
import type { CapClaim, CapFacts } from '../limits/sales-cap';
import type { Allocation } from '../offer/sourcing';
import type { FilledTurn, GrantedAllocation, Reservation, ReservationContent } from './reservation';

/** Units that a reservation gives back: from a node, or (`nodeId` null) from a backorder entry. */
export interface Release extends Demand {
  readonly nodeId: string | null;
  readonly place: number | null;
}

/** A reservation's remaining units, and the units it has given back. */
export interface Parted extends Pick<Reservation, 'allocations' | 'backordered' | 'filled'> {
  readonly released: readonly GrantedAllocation[];
  readonly withdrawn: readonly Backordered[];
}

/**
 * Takes units of one item from the grants at one node. Shipments take the oldest grants first, releases the newest.
 * @returns undefined when fewer units are granted there
 */
export function takeAt(
  allocations: readonly GrantedAllocation[],
  { sku, nodeId, quantity }: Allocation,
  first: 'oldest' | 'newest',
): { readonly taken: readonly GrantedAllocation[]; readonly left: readonly GrantedAllocation[] } | undefined {
  const way = first === 'oldest' ? 1 : -1;
  const here = allocations
    .filter((one) => one.sku === sku && one.nodeId === nodeId)
    .sort((a, b) => way * (Date.parse(a.grantedAt) - Date.parse(b.grantedAt)));
  const parts = new Map<GrantedAllocation, number>();
  let missing = quantity;
  for (const one of here) {
    const part = Math.min(missing, one.quantity);
    if (part > 0) parts.set(one, part);
    missing -= part;
  }
  if (missing > 0) return undefined;
  const taken = [...parts].map(([one, part]) => ({ ...one, quantity: part }));
  const left = allocations.map((one) => ({ ...one, quantity: one.quantity - (parts.get(one) ?? 0) }));
  return { taken, left: left.filter((one) => one.quantity > 0) };
}

/** Takes units out of a reservation; undefined when it does not have all of them. */
export function takeBack(
  { allocations, backordered, filled }: Pick<Reservation, 'allocations' | 'backordered' | 'filled'>,
  releases: readonly Release[],
): Parted | undefined {
  let parted: Parted | undefined = { allocations, backordered, filled, released: [], withdrawn: [] };
  for (const release of releases) {
    if (!parted) return undefined;
    const { sku, nodeId, place, quantity } = release;
    if (nodeId !== null) parted = fromNode(parted, { sku, nodeId, quantity });
    else parted = fromTurn(parted, { sku, place: place ?? 0, quantity });
  }
  return parted;
}

function fromNode(parted: Parted, wanted: Allocation): Parted | undefined {
  const found = takeAt(parted.allocations, wanted, 'newest');
  return found && { ...parted, allocations: found.left, released: [...parted.released, ...found.taken] };
}

function fromTurn(
  parted: Parted,
  { sku, place, quantity }: Demand & { readonly place: number },
): Parted | undefined {
  const turn = parted.backordered.find((one) => one.sku === sku && one.place === place);
  if (!turn) return fromFilled(parted, { sku, place, quantity });
  if (turn.quantity < quantity) return undefined;
  const left = { ...turn, quantity: turn.quantity - quantity };
  return {
    ...parted,
    backordered: parted.backordered.flatMap((one) =>
      one !== turn ? [one] : left.quantity > 0 ? [left] : [],
    ),
    withdrawn: [...parted.withdrawn, { ...turn, quantity }],
  };
}

/** Gives back units of a filled entry. Releases the newest fills first (LIFO); orders consume FIFO. */
function fromFilled(
  parted: Parted,
  { sku, place, quantity }: Demand & { readonly place: number },
): Parted | undefined {
  let after: Parted | undefined = parted;
  let missing = quantity;
  for (const brought of parted.filled.filter((one) => one.sku === sku && one.place === place).reverse()) {
    const taken = Math.min(missing, brought.quantity);
    if (taken === 0) break;
    missing -= taken;
    const filled: readonly FilledTurn[] = (after?.filled ?? []).flatMap((one) =>
      one !== brought ? [one] : one.quantity > taken ? [{ ...one, quantity: one.quantity - taken }] : [],
    );
    after = after && fromNode({ ...after, filled }, { ...brought, quantity: taken });
  }
  return missing === 0 ? after : undefined;
}

/** Subtracts units from lines. */
export function lessLines(lines: readonly Demand[], gone: readonly Demand[]): readonly Demand[] {
  const less = gone.map(({ sku, quantity }) => ({ sku, quantity: -quantity }));
  return sumBySku([...lines, ...less]).filter(({ quantity }) => quantity > 0);
}

/**
 * Returns the shares of caps that a reservation keeps when its lines shrink. Each share shrinks to the units kept, but
 * by at most the units given back, because the cap may cover other items by now.
 */
export function capsKept(
  { lines, caps }: Pick<Reservation, 'lines' | 'caps'>,
  linesKept: readonly Demand[],
  facts: readonly CapFacts[],
): readonly CapClaim[] {
  return caps.flatMap(({ capId, quantity }) => {
    const skus = facts.find(({ cap }) => cap.id === capId)?.cap.skus ?? [];
    const kept = unitsOf(linesKept, skus);
    const gone = unitsOf(lines, skus) - kept;
    const left = Math.max(quantity - gone, Math.min(quantity, kept));
    return left > 0 ? [{ capId, quantity: left }] : [];
  });
}

function unitsOf(lines: readonly Demand[], skus: readonly string[]): number {
  return lines.filter(({ sku }) => skus.includes(sku)).reduce((sum, { quantity }) => sum + quantity, 0);
}

/** Subtracts claims cap by cap; a claim with nothing left disappears. */
export function lessClaims(claims: readonly CapClaim[], gone: readonly CapClaim[]): readonly CapClaim[] {
  return claims.flatMap(({ capId, quantity }) => {
    const less = gone.filter((claim) => claim.capId === capId);
    const left = quantity - less.reduce((sum, claim) => sum + claim.quantity, 0);
    return left > 0 ? [{ capId, quantity: left }] : [];
  });
}

/** Adds claims cap by cap. */
export function moreClaims(claims: readonly CapClaim[], gained: readonly CapClaim[]): readonly CapClaim[] {
  const sums = new Map<string, number>();
  for (const { capId, quantity } of [...claims, ...gained])
    sums.set(capId, quantity + (sums.get(capId) ?? 0));
  return [...sums].map(([capId, quantity]) => ({ capId, quantity }));
}

/** Returns a reservation's content after it has given units back. */
export function contentLess(
  existing: Reservation,
  { allocations, backordered, filled, released, withdrawn }: Parted,
  facts: readonly CapFacts[],
): ReservationContent {
  const lines = lessLines(existing.lines, [...released, ...withdrawn]);
  return { lines, allocations, backordered, filled, caps: capsKept(existing, lines, facts) };
}
