import type { Cover } from '../../src/domain/inventory/offer/cover';
import { fewestNodes, MOST_STEPS } from '../../src/domain/inventory/offer/fewest-nodes';
import { someNodes } from '../../src/domain/inventory/offer/some-nodes';

/**
 * Measures the search for the fewest nodes on random stock: `npx tsx scripts/bench/sourcing.ts`. For each size of
 * problem it prints the CPU time of a search in ms (garbage collection included), the share of searches that reached the bound of steps, and how often
 * the heuristic alone would have needed more shipments than the exact search.
 */

interface Size {
  readonly nodes: number;
  readonly items: number;
  /** The share of the nodes that have an item. */
  readonly spread: number;
}

const SIZES: readonly Size[] = [
  { nodes: 5, items: 5, spread: 0.5 },
  { nodes: 10, items: 5, spread: 0.5 },
  { nodes: 20, items: 5, spread: 0.5 },
  { nodes: 20, items: 20, spread: 0.3 },
  { nodes: 50, items: 5, spread: 0.3 },
  { nodes: 50, items: 20, spread: 0.2 },
  { nodes: 500, items: 5, spread: 0.1 },
  { nodes: 500, items: 100, spread: 0.05 },
];
const SEARCHES = 300;

/** Returns a source of pseudo-random numbers below 1, the same in every run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

function randomCover({ nodes, items, spread }: Size, random: () => number): Cover {
  const stock = Array.from({ length: nodes }, () =>
    Array.from({ length: items }, (_, item) => ({ item, units: 1 + Math.floor(random() * 9) })).filter(
      () => random() < spread,
    ),
  );
  const total = (item: number) =>
    stock.flat().reduce((sum, units) => sum + (units.item === item ? units.units : 0), 0);
  const needs = Array.from({ length: items }, (_, item) =>
    Math.min(total(item), 1 + Math.floor(random() * 15)),
  );
  return { needs, stock, near: Math.floor(nodes / 3) };
}

function measured(size: Size): string {
  const random = randomFrom(7);
  const times: number[] = [];
  let gaveUp = 0;
  let better = 0;
  for (let search = 0; search < SEARCHES; search++) {
    const cover = randomCover(size, random);
    const before = process.cpuUsage();
    const some = someNodes(cover) ?? [];
    const fewest = fewestNodes(cover, some.length);
    times.push(process.cpuUsage(before).user / 1_000);
    if (fewest.kind === 'gave-up') gaveUp++;
    if (fewest.kind === 'found' && fewest.nodes.length < some.length) better++;
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.floor(share * (times.length - 1))] ?? 0).toFixed(2);
  const shares = [gaveUp, better].map((count) => `${Math.round((100 * count) / SEARCHES)} %`);
  return `| ${size.nodes} | ${size.items} | ${at(0.5)} | ${at(0.99)} | ${at(1)} | ${shares.join(' | ')} |`;
}

measured({ nodes: 20, items: 20, spread: 0.3 }); // warms up
console.log(`At most ${MOST_STEPS} steps a search, ${SEARCHES} searches each.\n`);
console.log('| nodes | items | p50 ms | p99 ms | most ms | reached the bound | heuristic needs more |');
console.log('|---|---|---|---|---|---|---|');
for (const size of SIZES) console.log(measured(size));
