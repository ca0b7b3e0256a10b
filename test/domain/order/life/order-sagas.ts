import { wordOf } from '../../../../activities/step-words';
import {
  PLANS,
  type PlannedKind,
  type SagaPlan,
  STEPS,
  type StepName,
  stepsAfter,
} from '../../../../src/contracts/plans';
import type { MemberEnd, Proposal, StepWord } from '../../../../src/contracts/saga';
import type { CommandRow, Decisions } from '../../../../src/domain/command/recorded-command';
import { decideHoldCredit, decideReleaseCredit } from '../../../../src/domain/credit/account';
import { decideAdjustHold, decideRevokeIncrease } from '../../../../src/domain/credit/adjust';
import { decideCapture } from '../../../../src/domain/credit/capture';
import { decideRefundReturn } from '../../../../src/domain/credit/refund';
import { done, type StepAnswer } from '../../../../src/domain/decision';
import { sumBySku } from '../../../../src/domain/inventory/limits/demand';
import type { FoundStock } from '../../../../src/domain/inventory/reservation/extend';
import { freeCancelled } from '../../../../src/domain/order/cancel-order';
import { decideOrder, type OrderProposal } from '../../../../src/domain/order/create-order';
import { totalOf } from '../../../../src/domain/order/line-units';
import {
  freeRejected,
  type SettledRejection,
  settleRejection,
} from '../../../../src/domain/order/reject-shipment';
import { noteCaptured } from '../../../../src/domain/order/report-shipment';
import { decideResolution, endedByHand } from '../../../../src/domain/order/resolve-command';
import { noteRefunded } from '../../../../src/domain/order/return-units';
import {
  decideRevision,
  freeRevised,
  type RevisionProposal,
} from '../../../../src/domain/order/revise-order';
import { PlanRun } from '../../../../workflows/engine/plan-run';
import { ORDER_ID } from '../order-book';
import type { OrderLedger } from './order-ledger';
import type { OrderWarehouse } from './order-warehouse';
import type { Caller } from './stepwise';

export interface Parts {
  readonly ledger: OrderLedger;
  readonly warehouse: OrderWarehouse;
}

/** An error at a step: whether the step took effect is unknown, or the error is provably the command's own. */
export class StepFaulted extends Error {
  constructor(readonly isProvable: boolean) {
    super('a fault');
  }
}

interface ByHand {
  readonly isByHand?: true;
}

type Stock = typeof done & FoundStock & ByHand;

type Step = (row: CommandRow, proposal: Proposal) => StepWord;

const DONE: StepWord = done;
const OVER: StepWord = { kind: 'done', isOver: true };

/**
 * Runs the saga of a command from the row's state when the run begins: `decision` is the kind of the decision by then.
 */
export function runSaga(
  parts: Parts,
  { id, kind, workflowId, recordedAt }: CommandRow,
  decision: string | null,
): (call: Caller) => Promise<MemberEnd | undefined> {
  const plan: SagaPlan = PLANS[kind as PlannedKind];
  const { ledger } = parts;
  const steps = new SagaSteps(parts);
  return async (call) => {
    const run = new PlanRun(plan, [{ id, subject: ORDER_ID, decision, line: id, recordedAt }], {
      workflowId,
      step: (step, members) =>
        call(step, () =>
          Object.fromEntries(
            members.map(({ id: member, proposal = { kind: 'go' } }) => [
              member,
              steps.take(step, ledger.row(member), proposal),
            ]),
          ),
        ),
      faultOf: (error) =>
        error instanceof StepFaulted ? { message: error.message, isProvable: error.isProvable } : undefined,
      confirmAtPartners: () => Promise.reject(new Error('there are no partners')),
      cancelAtPartners: () => call('', () => undefined),
      detach: () => Promise.reject(new Error('a command alone has nobody to leave')),
      requireAttention: (member, attention, isDecided) =>
        call('', () => ledger.requireAttention(workflowId, member, attention, isDecided)),
      close: (ids) =>
        call('', () => {
          for (const member of ids) ledger.change({ id: member, close: true });
        }),
      show: () => undefined,
    });
    const [end] = await run.run();
    return end;
  };
}

/** The steps of all sagas, as the activities run them, on the ledger and the warehouse. */
class SagaSteps {
  readonly #steps: Readonly<Partial<Record<StepName, Step>>>;

  constructor(private readonly parts: Parts) {
    this.#steps = { ...this.#onCredit(), ...this.#onStock(), ...this.#onOrder(), ...this.#byOperators() };
  }

  take(step: StepName, row: CommandRow, proposal: Proposal): StepWord {
    const take = this.#steps[step];
    if (!take) throw new Error(`there is no step ${step}`);
    return take(row, proposal);
  }

  #onCredit(): Partial<Record<StepName, Step>> {
    const { ledger } = this.parts;
    const orderId = ORDER_ID;
    return {
      holdCredit: (row) => {
        const { currency, lines } = (row as CommandRow<'create'>).wanted;
        const request = { orderId, currency, amount: totalOf(lines) };
        return wordOf(ledger.credited('holdCredit', row.id, (account) => decideHoldCredit(account, request)));
      },
      releaseCredit: ({ id }) =>
        wordOf(ledger.credited('releaseCredit', id, (account) => decideReleaseCredit(account, { orderId }))),
      increaseCredit: (row) => {
        const by = Math.max(0, recordedIn(row).creditBy);
        return this.#adjusted('increaseCredit', row.id, by);
      },
      revokeIncrease: ({ id }) =>
        wordOf(
          ledger.credited('revokeIncrease', id, (account) =>
            decideRevokeIncrease(account, { orderId, adjustmentId: id }),
          ),
        ),
      decreaseCredit: (row) => this.#adjusted('decreaseCredit', row.id, Math.min(0, this.#changeOf(row))),
      captureCredit: (row) => {
        const { id } = row;
        const { shipmentId } = (row as CommandRow<'ship'>).wanted;
        const { capture } = decisionOf<'ship'>(row);
        const request = { orderId, captureId: id, shipmentId, ...capture };
        return wordOf(ledger.credited('captureCredit', id, (account) => decideCapture(account, request)));
      },
      refundCredit: (row) => {
        const request = { orderId, returnId: row.id, amount: decisionOf<'return'>(row).refund };
        return wordOf(
          ledger.credited('refundCredit', row.id, (account) => decideRefundReturn(account, request)),
        );
      },
    };
  }

  #adjusted(step: StepName, adjustmentId: string, by: number): StepWord {
    const request = { orderId: ORDER_ID, adjustmentId, by };
    return wordOf(
      this.parts.ledger.credited(step, adjustmentId, (account) => decideAdjustHold(account, request)),
    );
  }

  #changeOf(row: CommandRow): number {
    const settled = this.parts.ledger.stored<SettledRejection>('settleRejection', row.id);
    if (settled) return settled.creditBy;
    const decision = decisionOf(row);
    if (!('creditBy' in decision)) throw new StepFaulted(false);
    return decision.creditBy;
  }

  #onStock(): Partial<Record<StepName, Step>> {
    const { warehouse } = this.parts;
    const once = (step: StepName, id: string, run: () => StepAnswer) =>
      wordOf(this.parts.ledger.once(step, id, () => ({ answer: run() })));
    const after = (effect: unknown) => ({ ...done, ...(effect ?? {}) });
    return {
      commitStock: (row) =>
        once('commitStock', row.id, () =>
          warehouse.commit(sumBySku((row as CommandRow<'create'>).wanted.lines)),
        ),
      releaseStock: ({ id }) => once('releaseStock', id, () => warehouse.releaseAll()),
      extendStock: (row) =>
        once('extendStock', row.id, () => warehouse.extend(row.id, recordedIn(row).increases)),
      undoExtend: ({ id }) => once('undoExtend', id, () => warehouse.undoExtend(id)),
      shrinkStock: (row) =>
        once('shrinkStock', row.id, () =>
          after(warehouse.decrease((decisionOf<'revise'>(row) as Applied).decreases)),
        ),
      releaseRest: (row) =>
        once('releaseRest', row.id, () =>
          after(warehouse.release((decisionOf<'cancel'>(row) as Cancelled).keeps)),
        ),
      replaceUnits: (row) =>
        once('replaceUnits', row.id, () => after(warehouse.resource(decisionOf<'reject'>(row)))),
      consumeStock: (row) =>
        once('consumeStock', row.id, () => after(warehouse.consume(decisionOf<'ship'>(row).takes))),
      restockUnits: (row) =>
        once('restockUnits', row.id, () => after(warehouse.restock(decisionOf<'return'>(row)))),
    };
  }

  #onOrder(): Partial<Record<StepName, Step>> {
    const { ledger } = this.parts;
    const freed = (free: () => unknown): StepWord => {
      free();
      return OVER;
    };
    return {
      decideOrder: ({ id }, proposal) => {
        const decision = ledger.decideTwice<'create', Decisions['create']>(id, (order, row) =>
          decideOrder(order, row, this.#orderProposal(id, proposal), ledger.terms),
        );
        const word = decidedWord(decision);
        return decision.kind === 'rejected' ? word : { ...word, isOver: true };
      },
      decideRevision: ({ id }, proposal) =>
        decidedWord(
          ledger.decideTwice<'revise', Decisions['revise']>(id, (order, row) =>
            decideRevision(order, row, this.#revisionProposal(id, proposal), ledger.terms),
          ),
        ),
      settleRejection: ({ id }) => this.#settled(id),
      freeCancelled: ({ id }) =>
        freed(() =>
          ledger.decideTwice<'cancel', object>(id, (order, row) => freeCancelled(order, row, false)),
        ),
      freeRevised: ({ id }) =>
        freed(() => ledger.decideTwice<'revise', object>(id, (order, row) => freeRevised(order, row, false))),
      freeRejected: ({ id }) =>
        freed(() =>
          ledger.decideTwice<'reject', object>(id, (order, row) => freeRejected(order, row, false)),
        ),
      noteCaptured: ({ id }) =>
        freed(() => ledger.decideTwice<'ship', object>(id, (order, row) => noteCaptured(order, row))),
      noteRefunded: ({ id }) =>
        freed(() => ledger.decideTwice<'return', object>(id, (order, row) => noteRefunded(order, row))),
    };
  }

  #settled(id: string): StepWord {
    const { ledger } = this.parts;
    const settled = ledger.once<SettledRejection & { readonly isOver: boolean }>(
      'settleRejection',
      id,
      () => {
        const found = this.#found('replaceUnits', id);
        return {
          answer: ledger.decide<'reject', SettledRejection & { readonly isOver: boolean }>(
            id,
            (order, row) => {
              if (order?.pending?.commandId !== id) throw new StepFaulted(false);
              const decision = settleRejection(order, row, { found, hasSurplus: false }, ledger.terms);
              const isOver = decision.commands.some(({ close }) => close);
              return { ...decision, answer: { ...decision.answer, isOver } };
            },
          ),
        };
      },
    );
    return wordOf(settled);
  }

  #orderProposal(id: string, proposal: Proposal): OrderProposal {
    if (proposal.kind === 'refuse') return { ...proposal, kind: 'reject' };
    const stock = {
      ...this.#found('commitStock', id),
      reservationId: 'rsv_1',
      partners: [],
      expiresAt: null,
    };
    return { kind: 'approve', stock, hasSurplus: false };
  }

  #revisionProposal(id: string, proposal: Proposal): RevisionProposal {
    if (proposal.kind === 'refuse') return { ...proposal, kind: 'turn-back' };
    return { kind: 'apply', found: this.#found('extendStock', id) };
  }

  #found(step: StepName, id: string): FoundStock {
    const answer = this.parts.ledger.stored<Stock>(step, id);
    if (answer?.kind !== 'done') throw new Error(`${step} has stored no answer for ${id}`);
    // An operator has done this step by hand: a run beside it can go no further.
    if (answer.isByHand) throw new StepFaulted(false);
    return answer;
  }

  #byOperators(): Partial<Record<StepName, Step>> {
    const { ledger } = this.parts;
    return {
      resolveTarget: ({ id }) =>
        decidedWord(
          ledger.decideTwice<'resolve', Decisions['resolve']>(id, (order, row) =>
            decideResolution(order, row, ledger.openRow(row.wanted.target)),
          ),
        ),
      // The decision has made the target's own saga due.
      runTarget: () => DONE,
      answerInventoryByHand: (row) => this.#byHand(row, 'inventory'),
      answerCreditByHand: (row) => this.#byHand(row, 'credit'),
      closeByHand: (row) => this.#closed(row as CommandRow<'resolve'>),
    };
  }

  /** Answers the remaining steps on one store as done by the operator. */
  #byHand(row: CommandRow, at: 'inventory' | 'credit'): StepWord {
    const { ledger } = this.parts;
    const target = ledger.row((row as CommandRow<'resolve'>).wanted.target);
    const plan: SagaPlan = PLANS[target.kind as PlannedKind];
    const left = stepsAfter(plan, decisionOf(target).kind).filter((step) => STEPS[step].at === at);
    for (const step of left.filter((one) => !ledger.stored(one, target.id))) {
      if (target.kind !== 'reject') this.take(step, target, { kind: 'go' });
      else if (step === 'replaceUnits') this.parts.warehouse.giveUp(decisionOf<'reject'>(target));
      // The credit for units without stock is known once the order has settled their rejection.
      ledger.once(step, target.id, () => ({ answer: { ...done, isByHand: true } }));
    }
    return DONE;
  }

  #closed({ id, wanted }: CommandRow<'resolve'>): StepWord {
    const { ledger } = this.parts;
    const found = ledger.stored<Stock>('replaceUnits', wanted.target);
    const before = ledger.order?.total ?? 0;
    ledger.decideTwice<'resolve', object>(id, (order, row) =>
      endedByHand(order, row, ledger.openRow(wanted.target), {
        terms: ledger.terms,
        found: found?.isByHand ? undefined : found,
      }),
    );
    const target = ledger.row(wanted.target);
    const byHand = ledger.stored<typeof done & ByHand>('decreaseCredit', target.id)?.isByHand;
    if (target.kind === 'reject' && byHand) {
      const settled = ledger.stored<SettledRejection>('settleRejection', target.id);
      const by = settled?.creditBy ?? (ledger.order?.total ?? 0) - before;
      ledger.once('byHand', target.id, () =>
        ledger.changeAccount((account) =>
          decideAdjustHold(account, { orderId: ORDER_ID, adjustmentId: `by hand ${target.id}`, by }),
        ),
      );
    }
    return OVER;
  }
}

type Applied = Extract<Decisions['revise'], { kind: 'applied' }>;
type Cancelled = Extract<Decisions['cancel'], { kind: 'cancelled' }>;

function decidedWord(
  decision: Decisions['create' | 'revise' | 'resolve'],
): StepWord & { readonly kind: 'decided' } {
  const reason = 'reason' in decision ? decision.reason : undefined;
  return { kind: 'decided', decision: decision.kind, ...(reason ? { reason } : {}) };
}

function recordedIn(row: CommandRow) {
  const { recorded } = (row as CommandRow<'revise'>).wanted;
  if (!recorded) throw new Error(`revision ${row.id} has no recorded content`);
  return recorded;
}

function decisionOf<K extends keyof Decisions>({ id, decision }: CommandRow): Decisions[K] {
  if (!decision) throw new Error(`command ${id} is not decided`);
  return decision as Decisions[K];
}
