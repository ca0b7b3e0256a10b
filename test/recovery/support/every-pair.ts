import type { CommandRow } from '../../../src/domain/command/recorded-command';
import type { Stores } from '../../../src/stores/stores';
import { type Books, booksOf } from './books-of';
import { recorded, rowNow, runOf } from './command-runs';
import { type Ground, openGrounds } from './grounds';
import { atOnce, type Matrix } from './matrix';
import { drawnPairs, type Pair, pairsOf, played } from './pair';
import type { Scenario } from './scenario';
import { caseOf, verdictOn } from './verdict';

/**
 * Plays a scenario at pairs of offsets: of each offset of its first run a drawn one, or those that `choose` returns.
 * Returns a sentence for each pair with a wrong end.
 */
export async function everyPairOf(
  matrix: Matrix,
  scenario: Scenario,
  choose: (pairs: readonly Pair[]) => readonly Pair[] = (pairs) => drawnPairs(scenario.name, pairs),
): Promise<readonly string[]> {
  const name = matrix.nextName();
  const sole = await soleRun(matrix, scenario, `${name}s`);
  const pairs = choose(pairsOf(sole.steps.length, scenario.hasFewPairs));
  const grounds = await openGrounds(matrix.first, `${name}p`, pairs.length, scenario.means);
  const rows = await recorded(matrix.first, await scenario.prepare(matrix.first, grounds));
  const cases = await atOnce(
    pairs.map((pair, at) => ({ pair, ground: grounds[at] as Ground, row: rows[at] as CommandRow })),
    ({ pair, ground, row }) =>
      caseOf(ground, labelOf(scenario, pair, sole.steps), () =>
        playedPair(matrix, scenario, { pair, ground, row }),
      ),
  );
  const { decisions, statuses, isExact = true } = scenario;
  return verdictOn(matrix, cases, { decisions, statuses, ...(isExact ? { exactly: sole.books } : {}) });
}

/** Plays one run alone. Its steps give the offsets; every pair must leave the same books. */
async function soleRun(
  matrix: Matrix,
  scenario: Scenario,
  name: string,
): Promise<{ readonly steps: readonly string[]; readonly books: Books }> {
  const grounds = await openGrounds(matrix.first, name, 1, scenario.means);
  const [row] = await recorded(matrix.first, await scenario.prepare(matrix.first, grounds));
  const [ground] = grounds;
  if (!row || !ground) throw new Error(`${scenario.name}: nothing was recorded`);
  const run = runOf(matrix.first, ground, row, { word: scenario.words?.[1] });
  await run.finish();
  await scenario.afterwards?.(matrix.second, ground);
  const [books] = await booksOf(matrix.sql, grounds);
  if (!books) throw new Error(`${scenario.name}: there is no order`);
  return { steps: run.steps, books };
}

async function playedPair(
  { first, second, sql }: Matrix,
  scenario: Scenario,
  { pair, ground, row }: { readonly pair: Pair; readonly ground: Ground; readonly row: CommandRow },
) {
  const {
    words: [firstWord, secondWord] = ['confirms', 'confirms'],
    fault,
    meanwhile,
    afterwards,
  } = scenario;
  // A run that recovery starts knows the command's decision; a second start of the same input does not.
  const isRecovery = pair.way === 'unheard' || pair.way === 'killed';
  const sabotage = (stores: Stores, isStarted: boolean) =>
    scenario.sabotage?.({ stores, row, isRecovery: isStarted });
  const another = async (stores: Stores) => {
    const known = isRecovery ? await inRecovery(stores, row) : row;
    return runOf(stores, ground, known, { word: secondWord, sabotage: sabotage(stores, isRecovery) });
  };
  const ends = await played(sql, pair, {
    first: runOf(first, ground, row, { word: firstWord, fault, sabotage: sabotage(first, false) }),
    second: () => another(second),
    third: () => another(first),
    meanwhile: async () => meanwhile?.(first, ground),
  });
  await afterwards?.(second, ground);
  return ends;
}

/** Returns the current row of a command, after an operator's retry where the command needs one. */
async function inRecovery(stores: Stores, { id }: CommandRow): Promise<CommandRow> {
  await stores.commands.retry(id, `retried/${id}`, { caller: 'tester' });
  return rowNow(stores, { id });
}

function labelOf({ name }: Scenario, { way, first, second }: Pair, steps: readonly string[]): string {
  const at = (offset: number) => `${offset} (${steps[offset] ?? 'the end'})`;
  return `${name}: ${way} ${at(first)}, second at ${at(second)}`;
}
