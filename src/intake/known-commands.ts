import type { Known } from '../contracts/known-commands';

/** Of which commands any of these has heard. */
export function knownToAny(...all: readonly Known[]): Known {
  return async (commandIds) => {
    const answers = await Promise.all(all.map((known) => known(commandIds)));
    return { has: (commandId) => answers.some((answer) => answer.has(commandId)) };
  };
}
