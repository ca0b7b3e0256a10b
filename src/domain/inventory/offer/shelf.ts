import { never } from '../../decision';
import type { Source, StockNode } from '../setup/set-up';
import { claimsCountFrom, emptyStock, evolveStock, type Stock, type StockEvent } from '../supply/stock';
import type { StockFacts } from './node-terms';

/** Units granted at one moment and expiring at one (null: never), both in milliseconds since 1970. */
export type ShelfClaim = readonly [grantedAt: number, expiresAt: number | null, quantity: number];

/**
 * One item at one node as its log alone tells it: its stock, and its claims as far as they can still matter, so that
 * at any later moment it can be said which of them count.
 */
export interface Shelf {
  readonly stock: Stock;
  /** Commitments first, by the moment they were granted. */
  readonly claims: readonly ShelfClaim[];
}

export function emptyShelf(sku: string, nodeId: string): Shelf {
  return { stock: emptyStock(sku, nodeId), claims: [] };
}

/** A shelf after an event that happened at `at`. */
export function evolveShelf(shelf: Shelf, event: StockEvent, at: string): Shelf {
  const stock = evolveStock(shelf.stock, event);
  return { stock, claims: joinedBefore(claimsCountFrom(stock), changed(shelf.claims, event, at)) };
}

function changed(claims: readonly ShelfClaim[], event: StockEvent, at: string): readonly ShelfClaim[] {
  const { type, data } = event;
  switch (type) {
    case 'inventory.stock-held.v1':
      return withMore(claims, at, data.expiresAt, data.quantity);
    case 'inventory.stock-committed.v1':
      return withMore(claims, at, null, data.quantity);
    case 'inventory.held-stock-committed.v1': {
      const { grantedAt, expiresAt, quantity } = data;
      return withMore(withMore(claims, grantedAt, expiresAt, -quantity), grantedAt, null, quantity);
    }
    case 'inventory.held-stock-released.v1':
      return withMore(claims, data.grantedAt, data.expiresAt, -data.quantity);
    case 'inventory.committed-stock-released.v1':
    case 'inventory.stock-consumed.v1':
      return withMore(claims, data.grantedAt, null, -data.quantity);
    case 'inventory.supply-counted.v1':
    case 'inventory.supply-moved.v1':
    case 'inventory.supply-expired.v1':
    case 'inventory.shortfall-detected.v1':
    case 'inventory.stock-refused.v1':
    case 'inventory.stock-damaged.v1':
    case 'inventory.damaged-stock-scrapped.v1':
    case 'inventory.damaged-stock-repaired.v1':
    case 'inventory.stock-missing.v1':
      return claims;
    default:
      return never(event);
  }
}

/** Adds to the claims of one moment and expiry. A commitment that was joined with later ones is the first of all. */
function withMore(
  claims: readonly ShelfClaim[],
  grantedAt: string,
  expiresAt: string | null,
  quantity: number,
): readonly ShelfClaim[] {
  const granted = Date.parse(grantedAt);
  const expires = expiresAt === null ? null : Date.parse(expiresAt);
  const same = claims.findIndex(([at, until]) => at === granted && until === expires);
  const isJoined = same === -1 && quantity < 0 && expires === null && claims[0]?.[1] === null;
  const index = isJoined ? 0 : same;
  const known = claims[index];
  if (!known) return quantity < 0 ? claims : inserted(claims, [granted, expires, quantity]);
  const left = known[2] + quantity;
  return left === 0 ? claims.toSpliced(index, 1) : claims.with(index, [known[0], known[1], left]);
}

function inserted(claims: readonly ShelfClaim[], claim: ShelfClaim): readonly ShelfClaim[] {
  const before = claims.findIndex((other) => isAfter(other, claim));
  return claims.toSpliced(before === -1 ? claims.length : before, 0, claim);
}

function isAfter([at, until]: ShelfClaim, [otherAt, otherUntil]: ShelfClaim): boolean {
  if ((until === null) !== (otherUntil === null)) return until !== null;
  return at === otherAt ? (until ?? 0) > (otherUntil ?? 0) : at > otherAt;
}

/**
 * Joins the commitments that no source can tell apart any more into one, under the moment of the last of them: all
 * those from before `from`, or all where no source reports what is available. So the shelf of an item in great
 * demand stays small. Should an `available` source come up later whose count is older than that, more is subtracted
 * than has to be, and never less.
 */
function joinedBefore(from: string | null, claims: readonly ShelfClaim[]): readonly ShelfClaim[] {
  const until = from === null ? Number.POSITIVE_INFINITY : Date.parse(from);
  const count = claims.findIndex(([at, expires]) => expires !== null || at >= until);
  const old = claims.slice(0, count === -1 ? claims.length : count);
  const last = old.at(-1);
  if (old.length < 2 || !last) return claims;
  return [[last[0], null, sumOf(old)], ...claims.slice(old.length)];
}

/** What decisions read of a shelf at one moment; the same as the view `stock_facts` says of the stored rows. */
export function factsOf(
  { stock, claims }: Shelf,
  node: StockNode,
  authorities: Readonly<Record<Source['id'], number>>,
  now: string,
): StockFacts {
  const at = Date.parse(now);
  const from = claimsCountFrom(stock);
  const held = claims.filter(([, expires]) => expires !== null && expires > at);
  const since = (some: readonly ShelfClaim[]) =>
    sumOf(some.filter(([granted]) => granted >= Date.parse(from ?? now)));
  const committed = claims.filter(([, expires]) => expires === null);
  return {
    node,
    stock,
    heldNow: sumOf(held),
    sinceCount: from === null ? null : { held: since(held), committed: since(committed) },
    authorities,
  };
}

function sumOf(claims: readonly ShelfClaim[]): number {
  return claims.reduce((sum, [, , quantity]) => sum + quantity, 0);
}
