/** Promised and rejected units, and the share of the rejected ones; null when none were promised. */
export interface RejectRate {
  readonly promised: number;
  readonly rejected: number;
  readonly rate: number | null;
}

type Sums = ReadonlyMap<string, number>;

export function rateOf(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}

export function rejectRate(promised: number, rejected: number): RejectRate {
  return { promised, rejected, rate: rateOf(rejected, promised) };
}

/** Adds sums key by key. */
export function addedUp(...sums: readonly Sums[]): Sums {
  const all = new Map<string, number>();
  for (const some of sums) for (const [key, units] of some) all.set(key, (all.get(key) ?? 0) + units);
  return all;
}

/** Adds up sums under the keys that `keyOf` gives; a sum without such a key is left out. */
export function underKeys(sums: Sums, keyOf: (key: string) => string | undefined): Sums {
  const all = new Map<string, number>();
  for (const [key, units] of sums) {
    const other = keyOf(key);
    if (other !== undefined) all.set(other, (all.get(other) ?? 0) + units);
  }
  return all;
}

export function total(sums: Sums): number {
  return [...sums.values()].reduce((sum, units) => sum + units, 0);
}

/** Lists every key with its rate, those with the most rejected units first, then the most promised. */
export function rankedRates(
  promised: Sums,
  rejected: Sums,
): readonly (RejectRate & { readonly key: string })[] {
  const keys = [...new Set([...promised.keys(), ...rejected.keys()])];
  return keys
    .map((key) => ({ key, ...rejectRate(promised.get(key) ?? 0, rejected.get(key) ?? 0) }))
    .sort((a, b) => b.rejected - a.rejected || b.promised - a.promised || (a.key < b.key ? -1 : 1));
}
