/** A quantity of one item. Lines of one SKU are summed before anything is decided about them. */
export interface Demand {
  readonly sku: string;
  readonly quantity: number;
}

/** Sums the lines of one SKU and puts the SKUs in a fixed order: two lines checked apart could promise a unit twice. */
export function sumBySku(lines: readonly Demand[]): readonly Demand[] {
  const sums = new Map<string, number>();
  for (const { sku, quantity } of lines) sums.set(sku, (sums.get(sku) ?? 0) + quantity);
  return [...sums].map(([sku, quantity]) => ({ sku, quantity })).sort((a, b) => (a.sku < b.sku ? -1 : 1));
}
