/** A quantity of one item. Lines of one SKU are summed before any decision about them. */
export interface Demand {
  readonly sku: string;
  readonly quantity: number;
}

/** Sums lines by SKU and sorts by SKU. Two lines of one SKU checked separately could promise the same unit twice. */
export function sumBySku(lines: readonly Demand[]): readonly Demand[] {
  const sums = new Map<string, number>();
  for (const { sku, quantity } of lines) sums.set(sku, (sums.get(sku) ?? 0) + quantity);
  return [...sums].map(([sku, quantity]) => ({ sku, quantity })).sort((a, b) => (a.sku < b.sku ? -1 : 1));
}
