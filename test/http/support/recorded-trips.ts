import type { CommandRow } from '../../../src/domain/command/recorded-command';
import { noteCancelled, noteReply, tripProgress } from '../../../src/domain/trip/decide-trip';
import { type Party, type PartyReply, type TripProgress, undoNameOf } from '../../../src/domain/trip/trip';
import type { NewCommand } from '../../../src/stores/orders/command-rows';
import type { Stores } from '../../../src/stores/stores';
import { record } from '../../support/direct-saga';
import { commandOf, randomId } from '../../support/new-commands';

/** The behaviour of the parties of trips. */
export interface PlayedParties {
  /** Replies by party; the others book. */
  readonly replies?: Partial<Record<Party, PartyReply>>;
  /** Parties that do not confirm a cancellation: the trip needs attention. */
  readonly stuck?: readonly Party[];
}

/** Returns a trip to Lisbon. */
export function tripOf(id = `trp_${randomId()}`): NewCommand<'trip'> {
  const wishes = [
    { party: 'hotel', what: { city: 'Lisbon', nights: 3 }, isOptional: false },
    { party: 'flight', what: { from: 'HAM', to: 'LIS' }, isOptional: false },
  ] as const;
  return commandOf('trip', id, { traveller: 'Mary Baker', wishes }, { id });
}

/** Records a trip that no saga carries. */
export async function recordTrip(stores: Stores, command = tripOf()): Promise<CommandRow> {
  const [answer] = await record(stores, [command]);
  if (answer?.kind !== 'recorded') throw new Error(`trip ${command.id} was not recorded`);
  return answer.row;
}

/** Carries a recorded trip as its workflow does, without Temporal, with played parties. */
export async function carryTrip(
  { trips, commands }: Pick<Stores, 'trips' | 'commands'>,
  { id, subject, workflowId }: Pick<CommandRow, 'id' | 'subject' | 'workflowId'>,
  { replies = {}, stuck = [] }: PlayedParties = {},
): Promise<void> {
  let trip: TripProgress = await trips.decide(id, (row) => tripProgress(row, subject));
  while (trip.kind === 'ask') {
    const { party } = trip.asking;
    const reply = replies[party] ?? { kind: 'booked', references: [`${party}-1`] };
    trip = await trips.decide(id, (row, command) => noteReply(row, command, { party, reply }));
  }
  const remaining = trip.undos.filter(({ party }) => stuck.includes(party));
  for (const { party } of trip.undos)
    if (!stuck.includes(party))
      await trips.decide(id, (row, command) => noteCancelled(row, command, [party]));
  if (remaining.length === 0) return;
  await commands.requireAttention(workflowId, id, {
    remaining: remaining.map(({ party }) => undoNameOf(party)),
    failure: `${remaining[0]?.party}: down`,
  });
}
