import { ApplicationFailure, Context } from '@temporalio/activity';
import type {
  BookingOutcome,
  CancelOutcome,
  FoundOutcome,
  PartnerAsking,
  PartnerRefusal,
  Unknown,
} from '../src/contracts/bookings';
import type { CreateOrder } from '../src/contracts/commands';
import { PARTNER_UNREACHABLE } from '../src/contracts/failures';
import type { Answer, OrderToUndo, UndoInput } from '../src/contracts/steps';
import type { StepAnswer } from '../src/domain/decision';
import {
  type AskedPartner,
  bookingKey,
  bookingsNeeded,
  isTooMuch,
  keepsMore,
  type NeededBooking,
  partnersAsked,
  refusalReasonOf,
} from '../src/domain/inventory/partner-booking';
import type { ReservationGiven } from '../src/domain/inventory/reservation';
import { decideResource } from '../src/domain/inventory/resource';
import type { BookingParties } from '../src/providers/booking-parties';
import type { InventoryStore } from '../src/stores/inventory-store';
import type { PartnerBookings } from '../src/stores/partner-bookings';
import { cancelFound } from './cancelling-a-booking';

/** Bookings are looked for at every partner that an order may have been asked of. */
export interface CancelAtPartners extends UndoInput<OrderToUndo> {
  /** The order stands: what it needs is kept, and only what is too much goes. */
  readonly isApproved?: boolean;
}

/** The steps of orders at partners, and what their refusals do to the stock that was promised. */
export function partnerSteps(inventory: InventoryStore, bookings: PartnerBookings, parties: BookingParties) {
  return {
    /** Asks a partner to deliver. One call: whoever hears nothing has to look before asking again. */
    reserveAtPartner(asking: PartnerAsking): Promise<BookingOutcome> {
      const { orderId, lines, nodeId } = asking;
      return parties.book(nodeId, keyOf(asking), { orderId, lines });
    },

    /** What a partner has under the key of an asking. Looking changes nothing: it is tried again, for a while. */
    async lookUpAtPartner(asking: PartnerAsking): Promise<FoundOutcome> {
      const found = await parties.lookUp(asking.nodeId, keyOf(asking));
      if (found.kind === 'unknown')
        throw ApplicationFailure.retryable(`${asking.nodeId}: ${found.detail}`, PARTNER_UNREACHABLE);
      return found;
    },

    /** Takes back what a partner will not deliver, and promises it from elsewhere. */
    async resourceStock({
      command,
      nodeId,
      round,
      reason,
    }: PartnerRefusal): Promise<Answer<ReservationGiven>> {
      const resourcing = { ...command, commandId: `${command.commandId}/resource/${round}` };
      const [answer] = await inventory.step('resourceStock', [resourcing], scopeOf(command), (session) =>
        decideResource(
          session.reservationOfOrder(command.commandId),
          { nodeId, reason: refusalReasonOf(reason) },
          session.room,
          session.now,
        ),
      );
      if (!answer) throw new Error('a step gave no answer');
      return answer;
    },

    /** The undo of reserveAtPartner; a booking that has not arrived yet is refused when it does. */
    async cancelAtPartners({ members, isApproved = false }: CancelAtPartners): Promise<StepAnswer[]> {
      const answers = members.map(async ({ command }) => {
        const { reservations, partners } = await bookings.askedFor(command.commandId);
        const asked = reservations.flatMap((reservation) => partnersAsked(reservation, partners));
        // One partner that is out of reach keeps none of the others from being told.
        const failures = (await Promise.all(asked.map((one) => cancelAt(parties, one, isApproved)))).flat();
        if (failures.length > 0) throw ApplicationFailure.retryable(failures.join('; '), PARTNER_UNREACHABLE);
        return { kind: 'done' } as const;
      });
      return Promise.all(answers);
    },
  };
}

function keyOf({ reservationId, nodeId, round }: PartnerAsking): string {
  return bookingKey(reservationId, nodeId, round);
}

/** Cancels what one partner has too much of; what kept it from that, where something did. */
async function cancelAt(
  parties: BookingParties,
  asked: AskedPartner,
  isApproved: boolean,
): Promise<readonly string[]> {
  const { partner } = asked;
  const found = await foundAt(parties, asked);
  if ('detail' in found) return [`${partner}: ${found.detail}`];
  const failures: string[] = [];
  const booked = found.filter(({ is }) => is.kind === 'booked').map(({ key }) => key);
  const needed = isApproved ? bookingsNeeded(asked, booked) : [];
  for (const { key, is } of found) {
    // How soon the death of this worker is noticed, however many bookings there are.
    Context.current().heartbeat();
    const need = needed.find((one) => one.key === key);
    const outcome = need
      ? await keepOnly(parties, partner, need, is)
      : await cancelFound(parties, { party: partner, key }, is);
    // Nor does a booking that it will not give up keep it from being told of the others.
    if (outcome.kind === 'unknown') failures.push(`${partner}: ${outcome.detail}`);
  }
  return failures;
}

/** Has a partner keep one booking under a key, and no more of it than is needed. */
async function keepOnly(
  parties: BookingParties,
  party: string,
  need: NeededBooking,
  is: UnderKey['is'],
): Promise<CancelOutcome> {
  const { key } = need;
  const outcome = await cancelFound(parties, { party, key, kept: firstOf }, is);
  if (outcome.kind === 'unknown' || is.kind !== 'booked') return outcome;
  // One that says that it has no more need not be asked: it may have been told by telephone.
  if (!isTooMuch(need, is.lines)) return outcome;
  Context.current().heartbeat();
  const left = await parties.reduce(party, key, need.needed);
  if (left.kind === 'booked' && keepsMore(need, left.lines))
    return { kind: 'unknown', detail: 'keeps more than it was told to' };
  return left.kind === 'unknown' ? left : outcome;
}

interface UnderKey {
  readonly key: string;
  readonly is: Exclude<FoundOutcome, Unknown>;
}

/** What a partner has under each key: what it has agreed to in one round it is not asked for in the next. */
async function foundAt(
  parties: BookingParties,
  { partner, askings }: AskedPartner,
): Promise<readonly UnderKey[] | Unknown> {
  const bookings: UnderKey[] = [];
  for (const { key } of askings) {
    Context.current().heartbeat();
    const is = await parties.lookUp(partner, key);
    if (is.kind === 'unknown') return is;
    bookings.push({ key, is });
  }
  return bookings;
}

/** The first of several references was given first: it is the one the partner delivers. */
function firstOf([first]: readonly string[]): string | undefined {
  return first;
}

function scopeOf({ commandId, lines }: CreateOrder) {
  const skus = [...new Set(lines.map(({ sku }) => sku))].sort();
  return { skus, reservationIds: [], orderIds: [commandId], claims: [] };
}
