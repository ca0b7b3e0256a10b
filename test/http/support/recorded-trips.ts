import type { BookTrip, TripOutcome } from '../../../src/contracts/trips';
import { decideAnswer, decideRecordTrip, decideSettleTrip } from '../../../src/domain/trip/decide-trip';
import type { Party, PartyWord } from '../../../src/domain/trip/trip';
import type { Stores } from '../../../src/stores/stores';

/** Records trips in the store as their first step does. */
export async function recordTrips(stores: Stores, commands: readonly BookTrip[]): Promise<void> {
  for (const command of commands) {
    const { commandId: tripId, idempotencyKey: key, fingerprint, caller, traveller, wishes } = command;
    const wanted = { caller, traveller, wishes, sagaId: 'saga-of-the-test' };
    await stores.trips.step({ ...command, tripId, claim: { key, fingerprint } }, (loaded) =>
      decideRecordTrip(loaded.trip, tripId, wanted, loaded.claimedByOther),
    );
  }
}

/** Records trips and has their parties say what they are told to, and yes otherwise. */
export async function decideTrips(
  stores: Stores,
  commands: readonly BookTrip[],
  words: Partial<Record<Party, PartyWord>> = {},
): Promise<TripOutcome[]> {
  await recordTrips(stores, commands);
  const outcomes: TripOutcome[] = [];
  for (const command of commands) {
    const { commandId: tripId } = command;
    for (const { party } of command.wishes) {
      const word = words[party] ?? { kind: 'booked', references: [`${party}-1`] };
      await stores.trips.step({ ...command, tripId }, ({ trip }) =>
        decideAnswer(trip, tripId, { party, word }),
      );
    }
    const { status, reason } = (await stores.tripsReads.trip(tripId)) ?? {};
    outcomes.push(
      status === 'BOOKED'
        ? { kind: 'booked', tripId }
        : { kind: 'rejected', tripId, reason: reason ?? 'PROCESSING_FAILED' },
    );
  }
  return outcomes;
}

/** Says that what one party has could not be cancelled. */
export async function leaveStuck(stores: Stores, tripId: string, party: Party): Promise<void> {
  const command = { commandId: tripId, tripId, caller: 'tester', correlation: tripId };
  const undone = { undone: [], failed: [party], failure: `${party}: down` };
  await stores.trips.step(command, ({ trip }) => decideSettleTrip(trip, tripId, undone));
}
