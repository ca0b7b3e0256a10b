import { type Cover, isMet, needsAfter, unitsByItem, useOf } from './cover';

/**
 * The most steps of one exact search; a step compares one stock with one need. An order of five items over 20 nodes does
 * not reach it. `scripts/bench/sourcing.ts` measures the time that a search takes.
 */
export const MOST_STEPS = 100_000;

/** The best nodes; or none, which is proven; or no answer within the bound of steps. */
export type FewestNodes =
  | { readonly kind: 'found'; readonly nodes: readonly number[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'gave-up' };

/**
 * Finds the fewest nodes, at most `most`, that cover all needs: among those the ones with the fewest nodes outside the
 * region, then the first in order of preference. It is a depth-first search in that order, so the first cover found is
 * the best of its size. A branch ends where even the largest stocks still allowed cannot meet a need.
 */
export function fewestNodes(cover: Cover, most: number): FewestNodes {
  const essential = essentialNodes(cover);
  const needs = needsAfter(cover, essential);
  if (isMet(needs)) return essential.length <= most ? found(essential, []) : { kind: 'none' };
  const rest = {
    ...cover,
    needs,
    stock: cover.stock.map((units, at) => (essential.includes(at) ? [] : units)),
  };
  const search = new CoverSearch(rest);
  const largest = Math.min(most, cover.stock.length) - essential.length;
  for (let size = search.atLeast; size <= largest; size++) {
    const nodes = search.ofSize(size);
    if (nodes === 'gave-up') return { kind: 'gave-up' };
    if (nodes) return found(essential, nodes);
  }
  return { kind: 'none' };
}

function found(essential: readonly number[], others: readonly number[]): FewestNodes {
  return { kind: 'found', nodes: [...essential, ...others].sort((a, b) => a - b) };
}

/** Returns the nodes that every cover has: without them the other nodes have too little of some item. */
function essentialNodes({ needs, stock }: Cover): readonly number[] {
  const totals = unitsByItem(needs.length, stock);
  const isEssential = (node: Cover['stock'][number]) =>
    node.some(
      ({ item, units }) => (needs[item] ?? 0) > 0 && (totals[item] ?? 0) - units < (needs[item] ?? 0),
    );
  return stock.flatMap((node, at) => (isEssential(node) ? [at] : []));
}

interface Ranked {
  readonly at: number;
  readonly amount: number;
}

type Nodes = readonly number[] | undefined | 'gave-up';

/** One exact search, with the steps that it has left. */
class CoverSearch {
  #steps = MOST_STEPS;
  readonly #cover: Cover;
  /** By item, the nodes that have it, largest stock first. */
  readonly #largest: readonly (readonly Ranked[])[];
  /** The nodes sorted by the shares of all needs that each could meet alone, largest sum first. */
  readonly #mostUseful: readonly Ranked[];
  readonly #left: number[];

  constructor(cover: Cover) {
    const { needs, stock } = cover;
    this.#cover = cover;
    this.#left = [...needs];
    const byItem: Ranked[][] = needs.map(() => []);
    for (const [at, node] of stock.entries()) {
      for (const { item, units } of node) byItem[item]?.push({ at, amount: units });
    }
    const largestFirst = (a: Ranked, b: Ranked) => b.amount - a.amount;
    this.#largest = byItem.map((nodes) => nodes.sort(largestFirst));
    this.#mostUseful = stock.map((_, at) => ({ at, amount: useOf(cover, at, needs) })).sort(largestFirst);
  }

  /** The least size that any cover has. */
  get atLeast(): number {
    const counts = this.#left.map((need, item) => countOf(this.#largest[item] ?? [], need));
    return Math.max(1, countOf(this.#mostUseful, this.#leftOfAll()), ...counts);
  }

  /** Finds the best cover of exactly `size` nodes, where no smaller one exists. */
  ofSize(size: number): Nodes {
    const { near, stock } = this.#cover;
    const far = stock.length - near;
    for (let away = Math.max(0, size - near); away <= Math.min(size, far); away++) {
      const nodes = this.#search(0, size - away, away);
      if (nodes) return nodes;
    }
    return undefined;
  }

  /** Chooses `close` more nodes of the region and `away` others, from position `from` on. */
  #search(from: number, close: number, away: number): Nodes {
    if (isMet(this.#left)) return [];
    const { near, stock } = this.#cover;
    const isClose = close > 0;
    if (!isClose && away === 0) return undefined;
    const end = isClose ? near : stock.length;
    const passed: number[] = [];
    for (let at = isClose ? from : Math.max(from, near); at < end; at++) {
      if (this.#steps < 0) return 'gave-up';
      if (!this.#mayStillCover(at, close, away)) return undefined;
      // A passed-over node that has all that this node could bring is preferred to it: no best cover contains this
      // node.
      if (!this.#isUseful(at) || passed.some((other) => this.#hasAllOf(other, at))) continue;
      const before = this.#take(at);
      const rest = this.#search(at + 1, isClose ? close - 1 : 0, isClose ? away : away - 1);
      this.#putBack(before);
      if (rest) return rest === 'gave-up' ? rest : [at, ...rest];
      passed.push(at);
    }
    return undefined;
  }

  /** Returns false when the largest stocks from position `from` on, as many as may be chosen, miss a need. */
  #mayStillCover(from: number, close: number, away: number): boolean {
    const choice = { from, close, away };
    return (
      this.#reaches(this.#mostUseful, this.#leftOfAll(), choice) &&
      this.#left.every((need, item) => need <= 0 || this.#reaches(this.#largest[item] ?? [], need, choice))
    );
  }

  #reaches(
    ranked: readonly Ranked[],
    need: number,
    { from, close, away }: { readonly from: number; readonly close: number; readonly away: number },
  ): boolean {
    // Sums of fractions are not exact.
    let missing = need - 1e-9;
    const open = { close, away };
    for (const { at, amount } of ranked) {
      this.#steps--;
      const part = at < this.#cover.near ? 'close' : 'away';
      if (at < from || open[part] === 0) continue;
      open[part]--;
      missing -= amount;
      if (missing <= 0) return true;
      if (open.close + open.away === 0) return false;
    }
    return missing <= 0;
  }

  #unitsAt(at: number): Cover['stock'][number] {
    return this.#cover.stock[at] ?? [];
  }

  #isUseful(at: number): boolean {
    return this.#unitsAt(at).some(({ item }) => (this.#left[item] ?? 0) > 0);
  }

  /** Returns true when node `one` has all that node `other` could bring. */
  #hasAllOf(one: number, other: number): boolean {
    return this.#unitsAt(other).every(({ item, units }) => {
      this.#steps -= this.#unitsAt(one).length;
      const left = this.#left[item] ?? 0;
      const has = this.#unitsAt(one).find((of) => of.item === item)?.units ?? 0;
      return left <= 0 || has >= Math.min(units, left);
    });
  }

  #take(at: number): readonly number[] {
    const before = [...this.#left];
    this.#steps -= before.length;
    for (const { item, units } of this.#unitsAt(at)) {
      this.#left[item] = Math.max(0, (this.#left[item] ?? 0) - units);
    }
    return before;
  }

  #putBack(before: readonly number[]): void {
    for (const [item, need] of before.entries()) this.#left[item] = need;
  }

  #leftOfAll(): number {
    const { needs } = this.#cover;
    this.#steps -= needs.length;
    return this.#left.reduce((sum, left, item) => (left > 0 ? sum + left / (needs[item] ?? left) : sum), 0);
  }
}

/** Returns how many of the largest amounts reach a need. */
function countOf(ranked: readonly Ranked[], need: number): number {
  let missing = need - 1e-9;
  let count = 0;
  for (const { amount } of ranked) {
    if (missing <= 0) break;
    missing -= amount;
    count++;
  }
  return count;
}
