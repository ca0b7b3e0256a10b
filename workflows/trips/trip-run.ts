import type { MemberEnd } from '../../src/contracts/saga';
import type { Attention } from '../../src/domain/command/recorded-command';
import type { BookingUndo, DecidedTrip } from '../../src/domain/trip/trip';
import { needOf } from '../engine/member-verdict';
import { faultIn } from '../engine/saga-port';
import { stateOf } from './trip-page';
import type { TripPort } from './trip-port';

/** The end of one run of a trip's saga. `attention` is set when the trip needs an operator. */
export interface TripEnd {
  readonly end: MemberEnd;
  readonly attention?: Attention;
}

const DECIDE = 'decideTrip';

/**
 * Books at one party after another until the trip is decided. Then cancels every booking that the trip does not need,
 * the last one first.
 */
export async function runTrip(id: string, port: TripPort): Promise<TripEnd> {
  const trip = await orAgainst(port);
  if ('remaining' in trip) return leftToOperator({ id, decision: null }, trip, port);
  port.decided(trip);
  const attention = await cancelWhatIsLeft(trip, port);
  const member = { id, decision: trip.kind };
  if (attention) return leftToOperator(member, attention, port);
  return { end: { ...member, end: 'closed', verdict: `${stateOf(trip)} Nothing is left to do here.` } };
}

async function leftToOperator(
  member: Pick<MemberEnd, 'id' | 'decision'>,
  attention: Attention,
  port: TripPort,
): Promise<TripEnd> {
  const isOurs = await port.requireAttention(attention, member.decision !== null);
  return isOurs
    ? { end: { ...member, end: 'attention', verdict: needOf({ id: member.id, ...attention }) }, attention }
    : { end: { ...member, end: 'dropped', verdict: 'Another workflow has it.' } };
}

/**
 * Runs the trip to its decision. A fault that is provably the trip's own decides against it.
 * @returns the decided trip, or the attention that any other fault requires
 */
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

/** Cancels the bookings that the trip does not need. One failure does not stop the others. */
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

/** Returns the name of a compensation for operators, such as cancelHotel. */
function nameOf({ party }: BookingUndo): string {
  return `cancel${party.charAt(0).toUpperCase()}${party.slice(1)}`;
}
