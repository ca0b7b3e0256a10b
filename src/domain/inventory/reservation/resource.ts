import { type Decision, done, type StepAnswer, unchanged } from '../../decision';
import { type Refusal, refused } from '../../refusal';
import { type Demand, sumBySku } from '../limits/demand';
import { withRefusal } from '../limits/exclusion';
import type { Offer } from '../offer/offer';
import { type Allocation, source } from '../offer/sourcing';
import { closedNodes, parcelsLeft } from './own-offer';
import type {
  GrantedAllocation,
  InventoryEvent,
  InventoryRoom,
  Reservation,
  ReservationGiven,
} from './reservation';
import { committed, joined, onReservation, onStock, placed, restricted } from './reservation-changes';
import { givenBy, offersFor, shelfOf, turnOf } from './reserve';
import { roomAfter } from './room-after';

/**
 * Reasons why a node could not deliver, and their effect on its stock. NOT_IN_STOCK: zero until the node reports again.
 * NO_CAPACITY and UNREACHABLE: none.
 */
export const NODE_REFUSALS = ['NOT_IN_STOCK', 'NO_CAPACITY', 'UNREACHABLE'] as const;

export interface NodeRefusal {
  readonly nodeId: string;
  readonly reason: (typeof NODE_REFUSALS)[number];
  /** True when no other node is searched any more. */
  readonly isLast?: boolean;
  /** How long the node is left out after a first refusal that says nothing of its stock, in seconds. */
  readonly retrySeconds: number;
}

export type ResourceDecision = Decision<StepAnswer<ReservationGiven>, InventoryEvent>;

/**
 * Reallocates the units that a node of a reservation cannot deliver. The search leaves the node out, and later
 * searches do so as its exclusion says. Its statement about its stock is noted even when no replacement is found and the order is refused. `now` is the
 * database's clock.
 */
export function decideResource(
  existing: Reservation | undefined,
  refusal: NodeRefusal,
  room: InventoryRoom,
  now: string,
): ResourceDecision {
  if (existing?.state !== 'COMMITTED') return unchanged(refused('RELEASED_EARLIER'));
  const lost = existing.allocations.filter(({ nodeId }) => nodeId === refusal.nodeId);
  if (lost.length === 0) {
    return unchanged(isWhole(existing) ? { ...done, ...givenBy(existing, room) } : nobodyElse(refusal));
  }
  const kept = existing.allocations.filter(({ nodeId }) => nodeId !== refusal.nodeId);
  const skus = [...new Set(lost.map(({ sku }) => sku))];
  const { nodeId, reason, retrySeconds } = refusal;
  const refusedItems = { nodeId, skus, reason, refusedAt: now, retrySeconds };
  const exclusions = withRefusal(existing.exclusions, refusedItems);
  // A reservation that is already incomplete is refused: nothing more is taken for it.
  const maySearch = isWhole(existing) && !refusal.isLast;
  const effects = [
    ...leaving(lost, existing.id, refusal, now),
    ...restricted({ ...existing, exclusions }, skus),
  ];
  const found = maySearch
    ? elsewhere(existing, { lost, kept, refusedBy: nodeId }, roomAfter(room, effects, now), now)
    : undefined;
  const gained = (found?.allocations ?? []).map((allocation) => ({ ...allocation, grantedAt: now }));
  const more = (found?.missing ?? []).map((demand) => turnOf(demand, room));
  const data = {
    allocations: joined(kept, gained),
    backordered: [...existing.backordered, ...more],
    exclusions,
  };
  const events = [
    onReservation(existing.id, { type: 'inventory.reservation-resourced.v1', data }),
    ...effects,
    ...committed(gained, existing.id),
    ...placed(more, { ...existing, exclusions }),
  ];
  const answer = found ? { ...done, ...givenBy({ ...existing, ...data }, room) } : nobodyElse(refusal);
  return { answer, events };
}

/**
 * Returns other nodes' stock for all lost units or, when that is impossible and the items allow it, backorders for all.
 */
function elsewhere(
  { buyer, exclusions }: Reservation,
  {
    lost,
    kept,
    refusedBy,
  }: {
    readonly lost: readonly Allocation[];
    readonly kept: readonly Allocation[];
    readonly refusedBy: string;
  },
  room: InventoryRoom,
  now: string,
): { readonly allocations: readonly Allocation[]; readonly missing: readonly Demand[] } | undefined {
  if (!buyer) return undefined;
  const demands = sumBySku(lost);
  const offers = offersFor({ demands, buyer }, room, now);
  if ('kind' in offers) return undefined;
  const open = offers.map((offer) => {
    const closed = closedNodes({ exclusions }, offer.sku, room, now);
    const isOpen = ({ nodeId }: Pick<Allocation, 'nodeId'>) => nodeId !== refusedBy && !closed.has(nodeId);
    return { ...offer, nodes: offer.nodes.filter(isOpen) };
  });
  const request = { demands, region: buyer.region, maxSplits: parcelsLeft(kept), excludedNodes: [] };
  const isThere = open.every((offer, at) => (demands[at]?.quantity ?? 0) <= freeAt(offer));
  const allocations = isThere ? source(request, shelfOf(open)) : undefined;
  if (allocations) return { allocations, missing: [] };
  const canWait = demands.every(({ quantity }, at) => quantity <= (offers[at]?.backorderRoom ?? 0));
  return canWait ? { allocations: [], missing: demands } : undefined;
}

function freeAt({ nodes }: Offer): number {
  return nodes.reduce((sum, { atp }) => sum + atp, 0);
}

/**
 * Returns true when every line is allocated, backordered or consumed. A reallocation that found nothing leaves gaps.
 */
export function isWhole({ lines, allocations, backordered, consumed }: Reservation): boolean {
  const has = new Map(
    sumBySku([...allocations, ...backordered, ...consumed]).map(({ sku, quantity }) => [sku, quantity]),
  );
  return lines.every(({ sku, quantity }) => has.get(sku) === quantity);
}

function nobodyElse({ nodeId }: NodeRefusal): Refusal {
  return refused('OUT_OF_STOCK', `${nodeId} could not deliver, and nobody else can`);
}

function leaving(
  lost: readonly GrantedAllocation[],
  reservationId: string,
  { reason }: NodeRefusal,
  now: string,
): readonly InventoryEvent[] {
  const released = onStock(lost, ({ quantity, grantedAt }) => ({
    type: 'inventory.committed-stock-released.v1',
    data: { reservationId, quantity, grantedAt },
  }));
  if (reason !== 'NOT_IN_STOCK') return released;
  const emptied = onStock(lost, ({ quantity }) => ({
    type: 'inventory.stock-refused.v1',
    data: { reservationId, quantity, reason, refusedAt: now },
  }));
  return [...released, ...emptied];
}
