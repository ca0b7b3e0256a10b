import { BEFORE_GRANTS } from '../../domain/inventory/reservation/reservation';

/** A claim on one stock row, folded from the row's log. */
export interface Claim {
  readonly reservationId: string;
  readonly quantity: number;
  readonly state: 'HELD' | 'COMMITTED';
  readonly grantedAt: string;
  readonly expiresAt: string | null;
}

/** The reference to a claim in an event that changes or ends it. */
interface Named {
  readonly reservationId: string;
  readonly quantity: number;
  /** Absent in old events, logged before grants had a moment. */
  readonly grantedAt?: string;
}

/**
 * The claims on one stock row during the replay of its log: one per reservation and moment of a grant. Each change
 * returns a description of its fault, or undefined when it has none.
 */
export class StockClaims {
  readonly #claims: Map<string, Claim>;

  constructor(claims: readonly Claim[] = []) {
    this.#claims = new Map(claims.map((claim) => [keyOf(claim.reservationId, claim.grantedAt), claim]));
  }

  get size(): number {
    return this.#claims.size;
  }

  values(): Iterable<Claim> {
    return this.#claims.values();
  }

  /** Finds a claim. Without a logged grant moment, a reservation has only one claim on the row. */
  find({ reservationId, grantedAt }: Pick<Named, 'reservationId' | 'grantedAt'>): Claim | undefined {
    if (grantedAt !== undefined && grantedAt !== BEFORE_GRANTS)
      return this.#claims.get(keyOf(reservationId, grantedAt));
    for (const claim of this.#claims.values()) if (claim.reservationId === reservationId) return claim;
    return undefined;
  }

  grant(claim: Claim): string | undefined {
    const { reservationId, quantity, state } = claim;
    const key = keyOf(reservationId, claim.grantedAt);
    const had = this.#claims.get(key);
    this.#claims.set(key, { ...claim, quantity: quantity + (had?.quantity ?? 0) });
    // Two backorders of an order filled at one moment become one allocation. A hold is granted once.
    return had && state === 'HELD' ? `grants ${reservationId} a second time` : undefined;
  }

  adopt(named: Named, now: string): string | undefined {
    const { reservationId, quantity } = named;
    const claim = this.find(named);
    if (claim?.state !== 'HELD' || claim.quantity !== quantity)
      return `commits ${quantity} of ${reservationId}, which is not what it holds`;
    const isLate = claim.expiresAt !== null && claim.expiresAt <= now;
    this.#claims.set(keyOf(reservationId, claim.grantedAt), {
      ...claim,
      state: 'COMMITTED',
      expiresAt: null,
    });
    return isLate ? `commits the hold ${reservationId} after its time` : undefined;
  }

  extend(named: Named & { readonly until: string }, now: string): string | undefined {
    const { reservationId, quantity, until } = named;
    const claim = this.find(named);
    if (claim?.state !== 'HELD' || claim.quantity !== quantity)
      return `extends ${quantity} of ${reservationId}, which is not what it holds`;
    const isLate = claim.expiresAt !== null && claim.expiresAt <= now;
    this.#claims.set(keyOf(reservationId, claim.grantedAt), { ...claim, expiresAt: until });
    return isLate ? `extends the hold ${reservationId} after its time` : undefined;
  }

  /** Ends a claim or a part of it. A hold ends whole; a part of a commitment may be released or consumed. */
  end(named: Named, state: Claim['state']): string | undefined {
    const { reservationId, quantity } = named;
    const claim = this.find(named);
    const left = (claim?.quantity ?? 0) - quantity;
    if (claim) {
      const key = keyOf(reservationId, claim.grantedAt);
      if (left > 0) this.#claims.set(key, { ...claim, quantity: left });
      else this.#claims.delete(key);
    }
    const isThere = claim?.state === state && (state === 'HELD' ? left === 0 : left >= 0);
    return isThere ? undefined : `ends ${quantity} of ${reservationId}, which is not what it has`;
  }
}

function keyOf(reservationId: string, grantedAt: string): string {
  return `${reservationId} ${grantedAt}`;
}
