import { never } from '../../decision';
import type { AssignedSources, NodeAsSet } from '../setup/set-up';
import { type LastRepeat, withRepeats } from '../supply/freshness';
import { claimsCountFrom, emptyStock, evolveStock, type Stock, type StockEvent } from '../supply/stock';
import type { StockFacts } from './node-terms';

/** Units granted at one moment, and the moment they expire (null: never), both in milliseconds since 1970. */
export type ShelfClaim = readonly [grantedAt: number, expiresAt: number | null, quantity: number];

/**
 * The stock projection of one item at one node, folded from its log. It keeps the claims that can still matter, so that
 * the claims that count can be computed for any later moment.
 */
export interface Shelf {
  readonly stock: Stock;
  /** Commitments first, then holds, each by the moment of the grant. */
  readonly claims: readonly ShelfClaim[];
}

export function emptyShelf(sku: string, nodeId: string): Shelf {
  return { stock: emptyStock(sku, nodeId), claims: [] };
}

/** Applies an event that happened at `at` to a projection. */
export function evolveShelf(shelf: Shelf, event: StockEvent, at: string): Shelf {
  const stock = evolveStock(shelf.stock, event);
  return { stock, claims: joinedBefore(claimsCountFrom(stock), changed(shelf.claims, event, at)) };
}

/** Adds repeated counts to a projection. They change no claims. */
export function freshShelf<S extends Shelf>(shelf: S, repeated: readonly LastRepeat[]): S {
  return repeated.length === 0 ? shelf : { ...shelf, stock: withRepeats(shelf.stock, repeated) };
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
    case 'inventory.held-stock-extended.v1': {
      const { grantedAt, expiresAt, until, quantity } = data;
      return withMore(withMore(claims, grantedAt, expiresAt, -quantity), grantedAt, until, quantity);
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
    case 'inventory.stock-returned.v1':
      return claims;
    default:
      return never(event);
  }
}

/**
 * Adds to the claims of one moment and expiry. A commitment that was joined with later ones is part of the first claim.
 */
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
 * Joins commitments that no source can tell apart any more into one, under the moment of the newest: all from before
 * `from`, or all when no source reports `available`. This keeps the projection of an item in great demand small. If an
 * `available` source with an older count appears later, too many claims are subtracted, never too few.
 */
function joinedBefore(from: string | null, claims: readonly ShelfClaim[]): readonly ShelfClaim[] {
  const until = from === null ? Number.POSITIVE_INFINITY : Date.parse(from);
  const count = claims.findIndex(([at, expires]) => expires !== null || at >= until);
  const old = claims.slice(0, count === -1 ? claims.length : count);
  const last = old.at(-1);
  if (old.length < 2 || !last) return claims;
  return [[last[0], null, sumOf(old)], ...claims.slice(old.length)];
}

/** Computes the facts of a projection at one moment, as the view `stock_facts` does from stored rows. */
export function factsOf(
  { stock, claims }: Shelf,
  node: NodeAsSet,
  sources: AssignedSources,
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
    sources,
  };
}

function sumOf(claims: readonly ShelfClaim[]): number {
  return claims.reduce((sum, [, , quantity]) => sum + quantity, 0);
}
