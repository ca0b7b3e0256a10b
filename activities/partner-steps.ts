import { ApplicationFailure, Context } from '@temporalio/activity';
import type {
  AskPartners,
  BookingOutcome,
  CancelOutcome,
  FoundOutcome,
  NotePartnerReply,
  OrderAtPartners,
  PartnerAsking,
  Unknown,
} from '../src/contracts/bookings';
import { PARTNER_UNREACHABLE } from '../src/contracts/failures';
import type { OrderToUndo, UndoInput } from '../src/contracts/steps';
import type { StepAnswer } from '../src/domain/decision';
import {
  type AskedPartner,
  bookingKey,
  bookingsNeeded,
  isTooMuch,
  keepsMore,
  type NeededBooking,
  partnersAsked,
} from '../src/domain/inventory/partner-booking';
import {
  decideAskPartners,
  decideNotePartnerReply,
  type PartnerDecision,
  type PartnerStep,
} from '../src/domain/inventory/partner-round';
import type { Reservation } from '../src/domain/inventory/reservation';
import type { BookingParties } from '../src/providers/booking-parties';
import type { InventorySession } from '../src/stores/inventory-session';
import type { CommandScope, InventoryStore } from '../src/stores/inventory-store';
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

    /** Says which partner of an order is asked next, once the request has been written down, or how it has ended. */
    askPartners({ command }: AskPartners): Promise<PartnerStep> {
      return partnerStep(inventory, command, (session, existing) =>
        decideAskPartners(existing, session.room),
      );
    },

    /** Writes a partner's reply down with what follows from it; the first reply to a request counts for every run. */
    notePartnerReply({ command, ...reply }: NotePartnerReply): Promise<PartnerStep> {
      return partnerStep(inventory, command, (session, existing) =>
        decideNotePartnerReply(existing, reply, session.room, session.now),
      );
    },

    /** The undo of reserveAtPartner; a booking that has not arrived yet is refused when it does. */
    async cancelAtPartners({ members, isApproved = false }: CancelAtPartners): Promise<StepAnswer[]> {
      const answers = members.map(async ({ command }) => {
        const reservations = await bookings.askedFor(command.commandId);
        const asked = reservations.flatMap(partnersAsked);
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
  const needed = isApproved ? bookingsNeeded(asked) : [];
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

/** Has a partner keep the confirmed booking under a key, and no more of it than is needed. */
async function keepOnly(
  parties: BookingParties,
  party: string,
  need: NeededBooking,
  is: UnderKey['is'],
): Promise<CancelOutcome> {
  const { key } = need;
  const outcome = await cancelFound(parties, { party, key, kept: confirmedOf(need) }, is);
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

/** The confirmed reference; the first one where the partner does not know that any more. */
function confirmedOf({ reference }: NeededBooking): (references: readonly string[]) => string | undefined {
  return (references) => references.find((one) => one === reference) ?? references[0];
}

/** The steps share one answer: the command is through with its partners, whichever of them has found that. */
async function partnerStep(
  inventory: InventoryStore,
  command: OrderAtPartners,
  decide: (session: InventorySession, existing: Reservation | undefined) => PartnerDecision,
): Promise<PartnerStep> {
  const [answer] = await inventory.step('confirmAtPartners', [command], scopeOf(command), (session) =>
    decide(session, session.reservationOfOrder(command.commandId)),
  );
  if (!answer) throw new Error('a step gave no answer');
  return answer;
}

function scopeOf({ commandId, lines }: OrderAtPartners): CommandScope {
  const skus = [...new Set(lines.map(({ sku }) => sku))].sort();
  return { skus, reservationIds: [], orderIds: [commandId], claims: [] };
}
