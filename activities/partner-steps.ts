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

/** A partner's reply to a stored request. */
export interface PartnerSaid {
  readonly id: string;
  readonly nodeId: string;
  readonly round: number;
  readonly word: PartnerReply;
}

/**
 * Creates the steps on the inventory store that confirm orders at partners. Each request and each reply is stored
 * before the saga acts on it.
 */
export function partnerReplySteps({
  stores: { inventory, commandCache },
  retryNodeSeconds: retrySeconds,
  observer,
}: StepDeps) {
  return {
    /** Stores the next request to a partner of the order and returns it, or returns the final answer. */
    async askPartners({ id }: { readonly id: string }): Promise<PartnerStep> {
      const [command] = await commandCache.recorded<'create'>([id]);
      return partnerStep(inventory, command, (session, existing) =>
        decideAskPartners(existing, session.room, session.now),
      );
    },

    /** Stores a partner's reply and its consequence. The first reply to a request counts for every run. */
    async notePartnerReply({ id, ...reply }: PartnerSaid): Promise<PartnerStep> {
      const [command] = await commandCache.recorded<'create'>([id]);
      const step = await partnerStep(inventory, command, (session, existing) =>
        decideNotePartnerReply(existing, { ...reply, retrySeconds }, session.room, session.now),
      );
      const { nodeId, word } = reply;
      if (command && word.kind !== 'confirmed')
        observer.unitsReallocated(command, { nodeId, reason: word.kind });
      return step;
    },
  };
}

/** Runs a partner step. Both steps store their final answer under confirmAtPartners. */
async function partnerStep(
  inventory: InventoryStore,
  command: CommandRow<'create'> | undefined,
  decide: (session: InventorySession, existing: Reservation | undefined) => PartnerDecision,
): Promise<PartnerStep> {
  if (!command) throw new Error('askPartners was called without a command');
  const { subject, wanted } = command;
  const skus = [...new Set(wanted.lines.map(({ sku }) => sku))].sort();
  const scope = { skus, reservationIds: [], orderIds: [subject], claims: [] };
  const [answer] = await inventory.step('confirmAtPartners', [causeOf(command)], scope, (session) =>
    decide(session, session.reservationOfOrder(subject)),
  );
  if (!answer) throw new Error(`confirmAtPartners returned no answer for command ${command.id}`);
  return answer;
}

/** Creates the calls of orders to partners. */
export function partnerCalls({ stores, parties, callers, partnerPatienceMs }: StepDeps) {
  return {
    /** Asks a partner to deliver, once. After an unknown outcome the caller looks up the key before it asks again. */
    reserveAtPartner(asking: PartnerAsking): Promise<BookingOutcome> {
      const { orderId, lines, nodeId } = asking;
      return parties.book(nodeId, keyOf(asking), { orderId, lines });
    },

    /** Looks up the booking under the key of a request. @throws a retryable failure when the outcome is unknown */
    async lookUpAtPartner(asking: PartnerAsking): Promise<FoundOutcome> {
      const found = await parties.lookUp(asking.nodeId, keyOf(asking));
      if (found.kind === 'unknown')
        throw ApplicationFailure.retryable(`${asking.nodeId}: ${found.detail}`, PARTY_UNREACHABLE);
      return found;
    },

    /**
     * Cancels at partners the bookings that an order does not need: for a rejected order, those under every key that
     * its log ever gave out. The partner refuses a booking that arrives after its key was cancelled.
     * @throws the failure of `unconfirmed` when a partner has not confirmed
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
      // Our own stores are done, so the caller does not wait for partners.
      callers.tell([id]);
      // All partners are told to cancel, even when one is unreachable.
      const failures = (await Promise.all(asked.map((one) => cancelAt(parties, one, stands)))).flat();
      if (failures.length > 0) throw unconfirmed(failures.join('; '), partnerPatienceMs);
    },
  };
}

function keyOf({ reservationId, nodeId, round }: PartnerAsking): string {
  return bookingKey(reservationId, nodeId, round);
}

/** Cancels the surplus at one partner. @returns the failures */
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
    // A heartbeat per booking lets Temporal notice a dead worker soon, however many bookings there are.
    Context.current().heartbeat();
    const need = needed.find((one) => one.key === key);
    const outcome = need
      ? await keepOnly(parties, partner, need, is)
      : await cancelFound(parties, { party: partner, key }, is);
    // A failure does not stop the cancellation of the other bookings.
    if (outcome.kind === 'unknown') failures.push(`${partner}: ${outcome.detail}`);
  }
  return failures;
}

/** Cancels all bookings under a key but the confirmed one, and reduces that one to the needed lines. */
async function keepOnly(
  parties: BookingParties,
  party: string,
  need: NeededBooking,
  is: UnderKey['is'],
): Promise<CancelOutcome> {
  const { key } = need;
  const outcome = await cancelFound(parties, { party, key, kept: confirmedOf(need) }, is);
  if (outcome.kind === 'unknown' || is.kind !== 'booked') return outcome;
  // Skip the call when the partner reports no more than is needed: it may have been told by telephone.
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

/**
 * Looks up the booking of a partner under each of its keys. Each round has its own key.
 * @returns `unknown` as soon as one lookup fails
 */
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

/** Chooses the confirmed reference, or the first one when the partner no longer lists it. */
function confirmedOf({ reference }: NeededBooking): (references: readonly string[]) => string | undefined {
  return (references) => references.find((one) => one === reference) ?? references[0];
}
