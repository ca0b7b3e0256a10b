import type { StepWord, StepWords } from '../../../src/contracts/saga';
import { decideReleaseCredit } from '../../../src/domain/credit/account';
import { decideRelease } from '../../../src/domain/inventory/reservation/release';
import { reservationIdOf } from '../../../src/domain/inventory/reservation/reservation';
import type { Stores } from '../../../src/stores/stores';
import type { AroundStep } from '../../support/direct-saga';
import type { SabotagedRun, Scenario } from '../support/scenario';
import { CANCELLED_CREATES } from './cancel';
import { CREATES, PARTNER_CREATES } from './create';

/** A planted bug, and the finding that the pairs must report for it. */
interface Planted {
  readonly bug: string;
  readonly scenario: Scenario;
  readonly finding: RegExp;
  plant?(stores: Stores): void;
}

function named(scenarios: readonly Scenario[], name: string): Scenario {
  const found = scenarios.find((one) => one.name === name);
  if (!found) throw new Error(`no scenario is called ${name}`);
  return found;
}

const ONE_FAULT = named(CREATES, 'one run meets a fault of its own');

export const PLANTED: readonly Planted[] = [
  {
    bug: 'a release that leaves no tombstone',
    scenario: named(CANCELLED_CREATES, 'of stock'),
    finding: /REJECTED and keeps the stock/,
    plant: withoutTombstones,
  },
  {
    bug: 'a compensation before the decision',
    scenario: { ...ONE_FAULT, sabotage: compensatedFirst },
    finding: /APPROVED and has no reservation/,
  },
  {
    bug: "a decision from a run's memory",
    scenario: { ...ONE_FAULT, sabotage: decidedByMemory },
    finding: /a run says/,
  },
  {
    bug: 'a retry that counts its own hold',
    scenario: named(CREATES, 'approved'),
    finding: /it was decided: rejected/,
    plant: countingOwnHolds,
  },
  {
    bug: 'a recovery that skips a step',
    scenario: { ...named(CREATES, 'refused by stock'), sabotage: skippingOne },
    finding: /keeps 200 of credit/,
  },
  {
    bug: 'a surplus that leaves out the keys partners have refused',
    scenario: { ...named(PARTNER_CREATES, 'at a partner that refuses, then confirms twice') },
    finding: /the partner has booked/,
    plant: forgettingRefusals,
  },
];

/** Plants a bug: a release leaves no tombstone against a later reserve. */
function withoutTombstones({ inventory }: Stores): void {
  const step = inventory.step.bind(inventory);
  inventory.step = (name, commands, scope, decide) =>
    step(name, commands, scope, (session, command) => {
      const decision = decide(session, command);
      const isTombstone = decision.events.some(
        (entry) => entry.of === 'reservation' && entry.event.type === 'inventory.reservation-forestalled.v1',
      );
      return isTombstone ? { ...decision, events: [] } : decision;
    });
}

/** Plants a bug: a run compensates before the decision, as soon as it believes that its order is refused. */
function compensatedFirst({ stores, row }: SabotagedRun): AroundStep {
  const { id: commandId, subject: orderId, caller, wanted } = row;
  const cause = { commandId, caller, correlation: orderId, orderId };
  let isRefused = false;
  return async (step, _, take) => {
    if (step === 'decideOrder' && isRefused) {
      const { lines, customerId } = wanted as { lines: readonly { sku: string }[]; customerId: string };
      const scope = {
        skus: lines.map(({ sku }) => sku),
        reservationIds: [],
        orderIds: [orderId],
        claims: [],
      };
      const release = {
        reservationId: reservationIdOf(orderId),
        caller,
        orderId,
        reason: 'CANCELLED',
      } as const;
      await stores.inventory.step('releaseStock', [cause], scope, (session) =>
        decideRelease(session.reservationOfOrder(orderId), release),
      );
      await stores.credit.step('releaseCredit', [{ ...cause, customerId }], (account) =>
        decideReleaseCredit(account, { orderId }),
      );
    }
    try {
      return await take();
    } catch (error) {
      isRefused = true;
      throw error;
    }
  };
}

/** Plants a bug: a run follows its own proposal instead of the stored decision. */
function decidedByMemory({ row: { id } }: SabotagedRun): AroundStep {
  let isRefused = false;
  return async (step, _, take) => {
    try {
      const words = await take();
      if (step !== 'decideOrder') return words;
      const own: StepWord = isRefused
        ? { kind: 'decided', decision: 'rejected' }
        : { kind: 'decided', decision: 'approved', isOver: true };
      return { [id]: own } as typeof words;
    } catch (error) {
      isRefused = true;
      throw error;
    }
  };
}

/** Plants a bug: each retry of the credit hold is decided anew and ignores the order's own hold. */
function countingOwnHolds({ credit }: Stores): void {
  const step = credit.step.bind(credit);
  let times = 0;
  credit.step = (name, commands, decide) => {
    if (name !== 'holdCredit') return step(name, commands, decide);
    return step(`${name}-${process.pid}-${times++}`, commands, (account, command) =>
      decide({ ...account, holds: {} }, command),
    );
  };
}

/** Plants a bug: a recovery run takes its first compensation for done. */
function skippingOne({ isRecovery, row: { id } }: SabotagedRun): AroundStep {
  let hasSkipped = !isRecovery;
  return async (step, _, take) => {
    if (hasSkipped || step !== 'releaseCredit') return take();
    hasSkipped = true;
    const words: StepWords = { [id]: { kind: 'done' } };
    return words as Awaited<ReturnType<typeof take>>;
  };
}

/** Plants a bug: the surplus leaves out the keys that partners have refused. */
function forgettingRefusals({ partnerBookings }: Stores): void {
  const askedFor = partnerBookings.askedFor.bind(partnerBookings);
  partnerBookings.askedFor = async (orderId) =>
    (await askedFor(orderId)).map((reservation) => ({
      ...reservation,
      partnerRequests: reservation.partnerRequests.filter(({ word }) => word?.kind === 'confirmed'),
    }));
}
