import { SeededRandom } from '../../stores/seeded-random';

const areAllPlayed = process.env.HOLDFAST_TEST_PAIRS === 'all';

/** The played pairs, for the names of tests. */
export const PLAYED = areAllPlayed
  ? 'at every pair of offsets'
  : `at a drawn pair of each offset (seed ${SeededRandom.seed})`;

/**
 * Draws one case of each group, so that a run of all tests takes minutes. With `HOLDFAST_TEST_PAIRS=all` it returns
 * every case.
 * @param name what the cases are of: each name draws by itself, whichever tests run beside it
 */
export function drawn<Case>(
  name: string,
  cases: readonly Case[],
  groupOf: (one: Case) => string,
): readonly Case[] {
  if (areAllPlayed) return cases;
  const random = new SeededRandom(
    [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) | 0, SeededRandom.seed),
  );
  const byGroup = new Map<string, Case[]>();
  for (const one of cases) {
    const group = byGroup.get(groupOf(one));
    if (group) group.push(one);
    else byGroup.set(groupOf(one), [one]);
  }
  return [...byGroup.values()].map((group) => random.pick(group));
}
