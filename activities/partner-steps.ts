import { ApplicationFailure, Context } from '@temporalio/activity';
import type {
  BookingOutcome,
  CancelOutcome,
  FoundOutcome,
  PartnerAsking,
  Unknown,
} from '../src/contracts/bookings';
import { PARTY_UNREACHABLE } from '../src/contracts/saga';
import type { CommandRow } from '../src/domain/command/recorded-command';
import {
  type AskedPartner,
  bookingKey,
  bookingsNeeded,
  isTooMuch,
  keepsMore,
  type NeededBooking,
  partnersAsked,
} from '../src/domain/inventory/reservation/partner-booking';
import type { PartnerReply } from '../src/domain/inventory/reservation/partner-request';
import {
  decideAskPartners,
  decideNotePartnerReply,
  type PartnerDecision,
  type PartnerStep,
} from '../src/domain/inventory/reservation/partner-round';
import type { Reservation } from '../src/domain/inventory/reservation/reservation';
import type { BookingParties } from '../src/providers/booking-parties';
import type { InventorySession } from '../src/stores/inventory/inventory-session';
import type { InventoryStore } from '../src/stores/inventory/inventory-store';
import { causeOf } from '../src/stores/orders/command-rows';
import { cancelFound } from './cancel-booking';
import { unconfirmed } from './patience';
import type { StepDeps } from './step-deps';

/** A partner's reply to a request that was written down before it was asked. */
export interface PartnerSaid {
  readonly id: string;
  readonly nodeId: string;
  readonly round: number;
  readonly word: PartnerReply;
}

/** The steps of orders at partners on the inventory store. Each request and each reply is stored before what follows. */
export function partnerReplySteps({ stores: { inventory, commandCache } }: StepDeps) {
  return {
    /** Says which partner of an order is asked next, once the request has been written down, or how it has ended. */
    async askPartners({ id }: { readonly id: string }): Promise<PartnerStep> {
      const [command] = await commandCache.recorded<'create'>([id]);
      return partnerStep(inventory, command, (session, existing) =>
        decideAskPartners(existing, session.room),
      );
    },

    /** Stores a partner's reply with what follows from it; the first reply to a request counts for every run. */
    async notePartnerReply({ id, ...reply }: PartnerSaid): Promise<PartnerStep> {
      const [command] = await commandCache.recorded<'create'>([id]);
      return partnerStep(inventory, command, (session, existing) =>
        decideNotePartnerReply(existing, reply, session.room, session.now),
      );
    },
  };
}

/** The steps share one answer: the command is through with its partners, whichever of them has found that. */
async function partnerStep(
  inventory: InventoryStore,
  command: CommandRow<'create'> | undefined,
  decide: (session: InventorySession, existing: Reservation | undefined) => PartnerDecision,
): Promise<PartnerStep> {
  if (!command) throw new Error('there is no order to ask partners for');
  const { caller, subject, wanted } = command;
  const skus = [...new Set(wanted.lines.map(({ sku }) => sku))].sort();
  const scope = { skus, reservationIds: [], orderIds: [subject], claims: [] };
  const cause = { ...causeOf(command), caller };
  const [answer] = await inventory.step('confirmAtPartners', [cause], scope, (session) =>
    decide(session, session.reservationOfOrder(subject)),
  );
  if (!answer) throw new Error(`confirmAtPartners gave no answer for ${command.id}`);
  return answer;
}

/** The calls of orders to partners. */
export function partnerCalls({ stores, parties, callers, partnerPatienceMs }: StepDeps) {
  return {
    /** Asks a partner to deliver. One call: without an answer the key has to be looked up before it is asked again. */
    reserveAtPartner(asking: PartnerAsking): Promise<BookingOutcome> {
      const { orderId, lines, nodeId } = asking;
      return parties.book(nodeId, keyOf(asking), { orderId, lines });
    },

    /** Looks up what a partner has under the key of a request. */
    async lookUpAtPartner(asking: PartnerAsking): Promise<FoundOutcome> {
      const found = await parties.lookUp(asking.nodeId, keyOf(asking));
      if (found.kind === 'unknown')
        throw ApplicationFailure.retryable(`${asking.nodeId}: ${found.detail}`, PARTY_UNREACHABLE);
      return found;
    },

    /**
     * Has partners cancel what an order does not need: everything under every key its log ever gave out where it was
     * rejected. A booking that has not arrived yet is refused when it does.
     */
    async cancelAtPartners({
      id,
      decision,
    }: {
      readonly id: string;
      readonly decision: string;
    }): Promise<void> {
      const [command] = await stores.commandCache.recorded([id]);
      const reservations = await stores.partnerBookings.askedFor(command?.subject ?? id);
      const asked = reservations.flatMap(partnersAsked);
      const stands = decision !== 'rejected';
      // Our own stores have given back: partners may take their time.
      callers.tell([id]);
      // One partner that is out of reach keeps none of the others from being told.
      const failures = (await Promise.all(asked.map((one) => cancelAt(parties, one, stands)))).flat();
      if (failures.length > 0) throw unconfirmed(failures.join('; '), partnerPatienceMs);
    },
  };
}

function keyOf({ reservationId, nodeId, round }: PartnerAsking): string {
  return bookingKey(reservationId, nodeId, round);
}

/** Cancels what one partner has too much of; answers what kept it from that, where anything did. */
async function cancelAt(
  parties: BookingParties,
  asked: AskedPartner,
  stands: boolean,
): Promise<readonly string[]> {
  const { partner } = asked;
  const found = await foundAt(parties, asked);
  if ('detail' in found) return [`${partner}: ${found.detail}`];
  const failures: string[] = [];
  const needed = stands ? bookingsNeeded(asked) : [];
  for (const { key, is } of found) {
    // Each call shows that the worker lives, however many bookings there are.
    Context.current().heartbeat();
    const need = needed.find((one) => one.key === key);
    const outcome = need
      ? await keepOnly(parties, partner, need, is)
      : await cancelFound(parties, { party: partner, key }, is);
    // A booking that a partner will not give up keeps it from being told of none of the others.
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
  // A partner that says it has no more need not be asked: it may have been told by telephone.
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

/** Looks up what a partner has under each key: its agreement of one round is not asked for in the next. */
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
