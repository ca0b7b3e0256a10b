/** Says of which commands somebody has heard. */
export type Known = (commandIds: readonly string[]) => Promise<{ has(commandId: string): boolean }>;

/** Of which commands any of these has heard. */
export function knownToAny(...all: readonly Known[]): Known {
  return async (commandIds) => {
    const answers = await Promise.all(all.map((known) => known(commandIds)));
    return { has: (commandId) => answers.some((answer) => answer.has(commandId)) };
  };
}
