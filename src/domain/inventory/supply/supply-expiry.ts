import type { Stock } from './stock';
import { type SupplyEntry, type SupplyEvent, unitsIn } from './supply';

/** Returns the moment after which an entry counts as zero, in milliseconds since 1970; null: never. */
export function expiresAt(
  { heardAt }: Pick<SupplyEntry, 'heardAt'>,
  ttlSeconds: number | null,
): number | null {
  return ttlSeconds === null ? null : Date.parse(heardAt) + ttlSeconds * 1_000;
}

export function isExpired(
  entry: Pick<SupplyEntry, 'heardAt'>,
  ttlSeconds: number | null,
  now: string,
): boolean {
  const at = expiresAt(entry, ttlSeconds);
  return at !== null && Date.parse(now) > at;
}

/**
 * Notes each feed that has expired, once. Notes it again only after a new message, or after the node's time-to-live was
 * raised and has passed too. The note does not change what can be sold: expiry is judged by the clock.
 */
export function decideExpiries(stock: Stock, ttlSeconds: number | null, now: string): readonly SupplyEvent[] {
  if (ttlSeconds === null) return [];
  return stock.supplies.flatMap((entry) => {
    const { sourceId, section, count, heardAt, expiryNotedTtl } = entry;
    const isNoted = expiryNotedTtl !== null && expiryNotedTtl >= ttlSeconds;
    if (count === null || isNoted || !isExpired(entry, ttlSeconds, now)) return [];
    const expiredAt = new Date(Date.parse(heardAt) + ttlSeconds * 1_000).toISOString();
    const data = {
      sourceId,
      section,
      supply: unitsIn(entry, stock.zeroedAt),
      heardAt,
      expiredAt,
      ttlSeconds,
    };
    return [{ type: 'inventory.supply-expired.v1', data }];
  });
}

/**
 * Returns the input of the expiry watch: the oldest report without a noted expiry, and the shortest time-to-live noted.
 */
export function expiryWatch({ supplies }: Stock): {
  readonly unnotedSince: string | null;
  readonly notedTtl: number | null;
} {
  const counted = supplies.filter(({ count }) => count !== null);
  const unnoted = counted.filter(({ expiryNotedTtl }) => expiryNotedTtl === null);
  const noted = counted.flatMap(({ expiryNotedTtl }) => expiryNotedTtl ?? []);
  return {
    unnotedSince:
      unnoted.length === 0
        ? null
        : unnoted.map(({ heardAt }) => heardAt).reduce((a, b) => (Date.parse(a) <= Date.parse(b) ? a : b)),
    notedTtl: noted.length === 0 ? null : Math.min(...noted),
  };
}
