import fc from 'fast-check';

/** The most rounds; an outcome not seen by then never happens. */
const MOST_ROUNDS = 20;

/**
 * Checks a property in `numRuns` runs, and repeats them until its plays have reached every required outcome: a rare
 * outcome takes longer and does not fail by bad luck.
 */
export function assertUntilSeen<Drawn>(
  property: fc.IProperty<Drawn>,
  numRuns: number,
  missing: () => readonly string[],
): void {
  fc.assert(property, { numRuns });
  for (let round = 1; round < MOST_ROUNDS && missing().length > 0; round++) fc.assert(property, { numRuns });
  expect(missing()).toEqual([]);
}

/** As `assertUntilSeen`, for asynchronous properties. */
export async function assertUntilSeenAsync<Drawn>(
  property: fc.IAsyncProperty<Drawn>,
  numRuns: number,
  missing: () => readonly string[],
): Promise<void> {
  await fc.assert(property, { numRuns });
  for (let round = 1; round < MOST_ROUNDS && missing().length > 0; round++)
    await fc.assert(property, { numRuns });
  expect(missing()).toEqual([]);
}
