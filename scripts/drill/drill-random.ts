/** A source of random numbers that gives the same numbers for the same seed. */
export class DrillRandom {
  #state: number;

  constructor(readonly seed: number) {
    this.#state = seed;
  }

  /** Returns a separate source for one part of the drill, so that the pace of the others does not change it. */
  fork(name: string): DrillRandom {
    let seed = this.seed;
    for (const character of name) seed = (Math.imul(seed, 31) + character.charCodeAt(0)) | 0;
    return new DrillRandom(seed);
  }

  /** Returns a whole number from 0 to below `end`. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
  }

  /** Returns a whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** Returns true in `share` of a hundred cases. */
  percent(share: number): boolean {
    return this.below(100) < share;
  }

  /** @throws RangeError when `from` is empty */
  pick<T>(from: readonly T[]): T {
    const picked = from[this.below(from.length)];
    if (picked === undefined) throw new RangeError('there is nothing to pick from');
    return picked;
  }

  /** Picks a name by its weight. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const entries = Object.entries<number>(weights) as [Name, number][];
    let left = this.below(entries.reduce((sum, [, weight]) => sum + weight, 0));
    for (const [name, weight] of entries) {
      if (left < weight) return name;
      left -= weight;
    }
    throw new RangeError('there is nothing to pick from');
  }

  shuffled<T>(items: readonly T[]): T[] {
    const left = [...items];
    return items.map(() => left.splice(this.below(left.length), 1)[0] as T);
  }
}
