import type { MemberEnd } from '../../src/contracts/saga';
import type { Attention } from '../../src/domain/command/recorded-command';
import type { BookingUndo, DecidedTrip } from '../../src/domain/trip/trip';
import { faultIn } from '../engine/saga-port';
import type { TripPort } from './trip-port';

/** How a run of a trip's saga has ended; `attention`: it has put the trip before an operator. */
export interface TripEnd {
  readonly end: MemberEnd;
  readonly attention?: Attention;
}

const DECIDE = 'decideTrip';

/**
 * Has parties booked one after the other until the trip is decided; then cancels, the last one first, what each party that
 * was asked has for it and is no part of it.
 */
export async function runTrip(id: string, port: TripPort): Promise<TripEnd> {
  const trip = await orAgainst(port);
  if ('remaining' in trip) return leftToOperator({ id, decision: null }, trip, port);
  port.decided(trip);
  const attention = await cancelWhatIsLeft(trip, port);
  const member = { id, decision: trip.kind };
  return attention ? leftToOperator(member, attention, port) : { end: { ...member, end: 'closed' } };
}

async function leftToOperator(
  member: Pick<MemberEnd, 'id' | 'decision'>,
  attention: Attention,
  port: TripPort,
): Promise<TripEnd> {
  const isOurs = await port.requireAttention(attention, member.decision !== null);
  return isOurs
    ? { end: { ...member, end: 'attention' }, attention }
    : { end: { ...member, end: 'dropped' } };
}

/** Only a fault that is provably the trip's own decides against it; any other one is for an operator. */
async function orAgainst(port: TripPort): Promise<DecidedTrip | Attention> {
  try {
    return await decided(port);
  } catch (error) {
    const { isProvable, message } = faultIn(error, port);
    if (!isProvable) return { remaining: [DECIDE], failure: message };
  }
  try {
    return await port.decideAgainst();
  } catch (error) {
    return { remaining: [DECIDE], failure: faultIn(error, port).message };
  }
}

async function decided(port: TripPort): Promise<DecidedTrip> {
  let trip = await port.resume();
  while (trip.kind === 'ask') {
    port.show(trip);
    const { asking } = trip;
    const reply = await port.ask(asking);
    trip = await port.noteReply(asking.party, reply);
  }
  port.show(trip);
  return trip;
}

/** A party that does not confirm keeps none of the others from being told. */
async function cancelWhatIsLeft({ undos }: DecidedTrip, port: TripPort): Promise<Attention | undefined> {
  const remaining: string[] = [];
  let failure = '';
  for (const undo of undos) {
    try {
      await port.cancel(undo);
      port.show(await port.noteCancelled(undo.party));
    } catch (error) {
      remaining.push(nameOf(undo));
      failure ||= faultIn(error, port).message;
    }
  }
  return remaining.length > 0 ? { remaining, failure } : undefined;
}

/** As operators are told of it: cancelHotel. */
function nameOf({ party }: BookingUndo): string {
  return `cancel${party.charAt(0).toUpperCase()}${party.slice(1)}`;
}
