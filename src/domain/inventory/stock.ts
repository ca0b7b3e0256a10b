import { never } from '../decision';
import type { Source } from './set-up';

/** The newest count one source gave for one section of a node (null: the node has no sections). */
export interface SupplyCount {
  readonly sourceId: string;
  readonly section: string | null;
  readonly basis: Source['basis'];
  readonly count: number;
  readonly sequence: number;
  readonly observedAt: string;
  readonly receivedAt: string;
}

/** One item at one node. `held` counts every hold that was not given back yet, expired ones too. */
export interface Stock {
  readonly sku: string;
  readonly nodeId: string;
  readonly supplies: readonly SupplyCount[];
  readonly unavailable: number;
  readonly held: number;
  readonly committed: number;
}

interface Claim {
  readonly reservationId: string;
  readonly quantity: number;
}

export type StockEvent =
  | { readonly type: 'inventory.supply-counted.v1'; readonly data: SupplyCount }
  | { readonly type: 'inventory.stock-held.v1'; readonly data: Claim & { readonly expiresAt: string } }
  | { readonly type: 'inventory.stock-committed.v1'; readonly data: Claim }
  | { readonly type: 'inventory.held-stock-committed.v1'; readonly data: Claim }
  | { readonly type: 'inventory.held-stock-released.v1'; readonly data: Claim }
  | { readonly type: 'inventory.committed-stock-released.v1'; readonly data: Claim };

export function emptyStock(sku: string, nodeId: string): Stock {
  return { sku, nodeId, supplies: [], unavailable: 0, held: 0, committed: 0 };
}

export function evolveStock(stock: Stock, event: StockEvent): Stock {
  switch (event.type) {
    case 'inventory.supply-counted.v1':
      return { ...stock, supplies: withCount(stock.supplies, event.data) };
    case 'inventory.stock-held.v1':
      return { ...stock, held: stock.held + event.data.quantity };
    case 'inventory.stock-committed.v1':
      return { ...stock, committed: stock.committed + event.data.quantity };
    case 'inventory.held-stock-committed.v1':
      return {
        ...stock,
        held: stock.held - event.data.quantity,
        committed: stock.committed + event.data.quantity,
      };
    case 'inventory.held-stock-released.v1':
      return { ...stock, held: stock.held - event.data.quantity };
    case 'inventory.committed-stock-released.v1':
      return { ...stock, committed: stock.committed - event.data.quantity };
    default:
      return never(event);
  }
}

function withCount(supplies: readonly SupplyCount[], count: SupplyCount): readonly SupplyCount[] {
  return [...supplies.filter((entry) => !isSamePlace(entry, count)), count];
}

/** Counts of one source for one section replace each other; all others stand side by side. */
export function isSamePlace(
  left: Pick<SupplyCount, 'sourceId' | 'section'>,
  right: Pick<SupplyCount, 'sourceId' | 'section'>,
): boolean {
  return left.sourceId === right.sourceId && left.section === right.section;
}

/**
 * From when on claims still have to be subtracted from what `available` sources say: the earliest of their
 * counts, and no later than we heard of it, as clocks of sources run ahead (subtracting a claim twice is safe and
 * forgetting one is not). Null where no source is such.
 */
export function claimsCountFrom(stock: Stock): string | null {
  const moments = stock.supplies
    .filter((entry) => entry.basis === 'available')
    .flatMap(({ observedAt, receivedAt }) => [observedAt, receivedAt]);
  return moments.length === 0 ? null : moments.reduce((a, b) => (Date.parse(a) <= Date.parse(b) ? a : b));
}
