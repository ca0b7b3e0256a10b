import { distance } from 'fastest-levenshtein';
import { VARIABLES } from './variables';

/** The prefix of variables that the tests alone read. */
const OF_TESTS = 'HOLDFAST_TEST_';

/**
 * Returns a line for the first variable with the prefix `HOLDFAST_` that Holdfast does not know; undefined when there is
 * none. A misspelt name would otherwise leave the usual value in place unnoticed.
 */
export function unknownVariable(
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const unknown = Object.keys(environment).find(
    (name) => name.startsWith('HOLDFAST_') && !name.startsWith(OF_TESTS) && !(name in VARIABLES),
  );
  if (unknown === undefined) return undefined;
  const [nearest] = Object.keys(VARIABLES).sort((a, b) => distance(a, unknown) - distance(b, unknown));
  return `${unknown} is no setting of Holdfast. The nearest is ${nearest}`;
}
