/** Units that one node has of one item. */
export interface ItemUnits {
  /** The item's position among the needs. */
  readonly item: number;
  readonly units: number;
}

/** The needs of an order and the nodes that can meet them: sourcing as numbers. */
export interface Cover {
  /** Units needed, by item. */
  readonly needs: readonly number[];
  /** The stock of each node, most preferred node first. */
  readonly stock: readonly (readonly ItemUnits[])[];
  /** The number of nodes in the order's region. They come first. */
  readonly near: number;
}

/** Sums units by item. */
export function unitsByItem(items: number, stock: Cover['stock']): readonly number[] {
  const sums = new Array<number>(items).fill(0);
  for (const node of stock) for (const { item, units } of node) sums[item] = (sums[item] ?? 0) + units;
  return sums;
}

/** Returns the units of each item that these nodes leave uncovered. */
export function needsAfter({ needs, stock }: Cover, nodes: readonly number[]): readonly number[] {
  const brought = unitsByItem(
    needs.length,
    nodes.map((at) => stock[at] ?? []),
  );
  return needs.map((need, item) => Math.max(0, need - (brought[item] ?? 0)));
}

export function isMet(needs: readonly number[]): boolean {
  return needs.every((need) => need <= 0);
}

/** Sums the shares of the needs in `left` that a node can meet. */
export function useOf({ needs, stock }: Cover, at: number, left: readonly number[]): number {
  return (stock[at] ?? []).reduce(
    (sum, { item, units }) => sum + Math.min(units, left[item] ?? 0) / (needs[item] || 1),
    0,
  );
}
