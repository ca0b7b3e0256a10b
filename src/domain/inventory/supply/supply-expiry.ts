import type { Stock } from './stock';
import { type SupplyEntry, type SupplyEvent, unitsIn } from './supply';

/** The moment after which an entry counts as zero; null: it never does. */
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
 * Notes which feeds have fallen silent, once each: again only after they spoke, or where their node was given more
 * time since and that ran out as well. It changes nothing that can be sold: the clock has done that.
 */
export function decideExpiries(stock: Stock, ttlSeconds: number | null, now: string): readonly SupplyEvent[] {
  if (ttlSeconds === null) return [];
  return stock.supplies.flatMap((entry) => {
    const { sourceId, section, count, heardAt, expiryNotedTtl } = entry;
    const isNoted = expiryNotedTtl !== null && expiryNotedTtl >= ttlSeconds;
    if (count === null || isNoted || !isExpired(entry, ttlSeconds, now)) return [];
    const expiredAt = new Date(Date.parse(heardAt) + ttlSeconds * 1_000).toISOString();
    const data = { sourceId, section, supply: unitsIn(entry), heardAt, expiredAt, ttlSeconds };
    return [{ type: 'inventory.supply-expired.v1', data }];
  });
}

/** What a watch over all stock looks for: the oldest word whose expiry is not noted, and the shortest time one was noted under. */
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
