/** One row of a feed, as the model sends it. */
export interface FedRow {
  readonly messageId: string;
  readonly sequence: number;
  readonly sku: string;
  readonly nodeId: string;
  readonly section?: string;
  readonly count?: number;
  readonly movement?: number;
  readonly observedAt: string;
}

/**
 * Returns the supply that rows must end in for each item and node, whatever their order and repetitions: in each
 * section the newest count by sequence, plus every movement with a higher sequence.
 */
export function supplyOf(rows: readonly FedRow[]): ReadonlyMap<string, number> {
  const sections = new Map<string, FedRow[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.sku, row.nodeId, row.section]);
    sections.set(key, [...(sections.get(key) ?? []), row]);
  }
  const supplies = new Map<string, number>();
  for (const section of sections.values()) {
    const [first] = section;
    if (first === undefined) continue;
    const counts = section.filter(({ count }) => count !== undefined);
    const newest = counts.reduce((a, b) => (b.sequence > a.sequence ? b : a), counts[0] ?? first);
    const unique = new Map(section.map((row) => [row.messageId, row]));
    const moved = [...unique.values()]
      .filter(({ sequence, movement }) => movement !== undefined && sequence > newest.sequence)
      .reduce((sum, { movement = 0 }) => sum + movement, 0);
    const key = placeOf(first);
    supplies.set(key, (supplies.get(key) ?? 0) + (newest.count ?? 0) + moved);
  }
  return supplies;
}

export function placeOf({ sku, nodeId }: Pick<FedRow, 'sku' | 'nodeId'>): string {
  return `${sku} at ${nodeId}`;
}
