import { type Cover, isMet, needsAfter, unitsByItem, useOf } from './cover';

/**
 * Finds nodes that cover all needs, few but not always the fewest: it takes the most useful node again and again, and
 * then leaves out every node that the others make needless, the least preferred first. Always finds a cover where all
 * nodes together have enough.
 * @returns undefined where all nodes together have too little
 */
export function someNodes(cover: Cover): readonly number[] | undefined {
  const { needs, stock } = cover;
  if (!isMet(needsAfter(cover, [...stock.keys()]))) return undefined;
  const left = [...needs];
  // The use of a node only falls while others are chosen, so an earlier figure is an upper bound of the present one.
  const use = stock.map((_, at) => useOf(cover, at, left));
  const chosen: number[] = [];
  while (!isMet(left)) {
    const best = mostUseful(cover, left, use);
    chosen.push(best);
    use[best] = 0;
    for (const { item, units } of stock[best] ?? []) left[item] = Math.max(0, (left[item] ?? 0) - units);
  }
  return withoutNeedless(cover, chosen);
}

function mostUseful(cover: Cover, left: readonly number[], use: number[]): number {
  let best = 0;
  let most = 0;
  for (let at = 0; at < use.length; at++) {
    if ((use[at] ?? 0) <= most) continue;
    const now = useOf(cover, at, left);
    use[at] = now;
    if (now <= most) continue;
    best = at;
    most = now;
  }
  return best;
}

function withoutNeedless({ needs, stock }: Cover, chosen: readonly number[]): readonly number[] {
  const kept = [...chosen].sort((a, b) => a - b);
  const has = [
    ...unitsByItem(
      needs.length,
      kept.map((at) => stock[at] ?? []),
    ),
  ];
  for (const at of [...kept].reverse()) {
    const node = stock[at] ?? [];
    if (node.some(({ item, units }) => (has[item] ?? 0) - units < (needs[item] ?? 0))) continue;
    for (const { item, units } of node) has[item] = (has[item] ?? 0) - units;
    kept.splice(kept.indexOf(at), 1);
  }
  return kept;
}
