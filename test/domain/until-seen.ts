import fc from 'fast-check';

/** So many times over; what has not been seen by then never happens. */
const MOST_ROUNDS = 20;

/**
 * Checks a property in as many runs as are asked for, and in as many again until nothing is missing of what its plays
 * have to come to: what is rare then takes a while longer, and fails nothing by bad luck.
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

/** As `assertUntilSeen`, of plays that wait for promises. */
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
