import { type Decision, done, type StepAnswer } from '../../src/domain/decision';
import type { Backordered } from '../../src/domain/inventory/backorder';
import { sumBySku } from '../../src/domain/inventory/sourcing';
import { decideClaimCancel, decideFinishCancel } from '../../src/domain/order/cancel-order';
import { decideApprove, decideRecord, decideReject } from '../../src/domain/order/create-order';
import { decideFilled } from '../../src/domain/order/fill-order';
import { totalOf } from '../../src/domain/order/line-units';
import type { Order, OrderedLine } from '../../src/domain/order/order';
import type { OrderEvent } from '../../src/domain/order/order-events';
import {
  decideClaimRejection,
  decideFinishRejection,
  decideOverdue,
  decideSettleRejection,
  type RejectionGiven,
} from '../../src/domain/order/reject-shipment';
import {
  decideAccept,
  decideDeliver,
  decideRecordCaptured,
  decideShip,
} from '../../src/domain/order/report-shipment';
import {
  type AppliedGiven,
  decideApplyRevision,
  decideClaimRevision,
  decideFinishRevision,
} from '../../src/domain/order/revise-order';
import {
  decideTurnBack,
  decideUndoClaimRevision,
  type FallenRevision,
} from '../../src/domain/order/undo-revision';
import type { Refusal, RefusalReason } from '../../src/domain/refusal';
import { ORDER_ID, type OrderLedger } from './order-ledger';
import type { OrderCommand } from './order-play';
import type { OrderWarehouse } from './order-warehouse';

export interface Parts {
  readonly ledger: OrderLedger;
  readonly warehouse: OrderWarehouse;
}

export type Turn = Pick<Backordered, 'sku' | 'place'>;

/** One step of a saga: run again, it answers the same. */
type Step = () => unknown;

/** A saga takes its steps one by one; what it returns is how it ended. */
export type Saga = Generator<Step, 'done' | 'unfinished' | RefusalReason, unknown>;

/** In the place of an answer: the step has met a fault, and nobody knows whether it took effect. */
export const FAULTED = { kind: 'faulted' } as const;

type OrFault<Answer> = Answer | typeof FAULTED;

function orFault<Answer>(answer: Answer): OrFault<Answer> {
  return answer;
}

type Decide<Answer> = (order: Order | undefined) => Decision<Answer, OrderEvent>;

/** The steps of one command, each under its id. */
class Steps {
  constructor(
    private readonly parts: Parts,
    readonly commandId: string,
  ) {}

  *onOrder<Answer extends { readonly kind: string }>(
    name: string,
    decide: Decide<Answer>,
    options: { readonly isReport?: boolean } = {},
  ): Generator<Step, Answer, unknown> {
    const { ledger } = this.parts;
    const step = () =>
      ledger.once(name, this.commandId, () => ledger.decide(this.commandId, decide, options));
    return (yield step) as Answer;
  }

  /** The undo of a step: its refusal stands in the place of an answer that is still to come. */
  *undoing<Answer extends { readonly kind: string }>(
    name: string,
    decide: (order: Order | undefined, answered: StepAnswer | undefined) => Decision<Answer, OrderEvent>,
  ): Generator<Step, OrFault<Answer>, unknown> {
    return (yield () => this.parts.ledger.undoOnce(name, this.commandId, decide)) as OrFault<Answer>;
  }

  /** A step whose own row is its answer: it is decided again each time. */
  *onRow<Answer extends { readonly kind: string }>(decide: Decide<Answer>): Generator<Step, Answer, unknown> {
    return (yield () => this.parts.ledger.decide(this.commandId, decide)) as Answer;
  }

  *elsewhere<Answer>(name: string, run: (parts: Parts) => Answer): Generator<Step, Answer, unknown> {
    return (yield () => this.parts.ledger.once(name, this.commandId, () => run(this.parts))) as Answer;
  }
}

function assertDone(answer: StepAnswer): void {
  if (answer.kind !== 'done') throw new Error(`refused where nothing may be: ${JSON.stringify(answer)}`);
}

export function* create(parts: Parts, lines: readonly OrderedLine[], shipComplete: boolean): Saga {
  const steps = new Steps(parts, ORDER_ID);
  const { ledger } = parts;
  const total = totalOf(lines);
  const recorded = { caller: 'shop', customerId: 'ada', currency: 'EUR', lines, total, region: 'north' };
  const order = { ...recorded, channel: null, reservationId: null, shipComplete, sagaId: 'saga' };
  yield* steps.onRow((existing) => decideRecord(existing, order, false));
  const credited = yield* steps.elsewhere('hold', () => ledger.hold(total));
  if (credited.kind === 'refused') return yield* rejected(steps, credited.reason);
  const found = yield* steps.elsewhere(
    'reserve',
    ({ warehouse }) => warehouse.reserve(sumBySku(lines)) ?? null,
  );
  if (!found) {
    yield* steps.elsewhere('releaseCredit', () => ledger.releaseCredit());
    return yield* rejected(steps, 'OUT_OF_STOCK');
  }
  const given = { reservationId: 'rsv_1', ...found };
  const approved = yield* steps.onRow((existing) => decideApprove(existing, given, ledger.terms));
  assertDone(approved);
  return 'done';
}

function* rejected(steps: Steps, reason: RefusalReason): Saga {
  yield* steps.onRow((order) => decideReject(order, { reason, undone: [], remaining: [] }));
  return reason;
}

/** The saga of a command. */
export function sagaOf(parts: Parts, command: OrderCommand): Saga {
  const steps = new Steps(parts, command.commandId);
  switch (command.kind) {
    case 'accept':
      return report(steps, (order) => decideAccept(order, command, parts.ledger.terms));
    case 'deliver':
      return report(steps, (order) => decideDeliver(order, command));
    case 'ship':
      return ship(parts, steps, command);
    case 'reject':
      return reject(
        parts,
        steps,
        steps.onOrder('claim', (order) => decideClaimRejection(order, command, parts.ledger.terms)),
      );
    case 'overdue':
      // Not once: one that met another saga is tried again under its id.
      return reject(
        parts,
        steps,
        steps.onRow((order) => decideOverdue(order, command, parts.ledger.terms)),
      );
    case 'cancel':
      return cancel(parts, steps);
    case 'revise':
      return revise(parts, steps, command);
  }
}

function* report(steps: Steps, decide: Decide<StepAnswer>): Saga {
  const answer = yield* steps.onOrder('report', decide, { isReport: true });
  return answer.kind === 'refused' ? answer.reason : 'done';
}

function* ship(
  { ledger }: Parts,
  steps: Steps,
  { commandId, shipmentId }: { readonly commandId: string; readonly shipmentId: string },
): Saga {
  const report = { commandId, shipmentId, tracking: 'T1' };
  const left = yield* steps.onOrder('ship', (order) => decideShip(order, report, ledger.terms), {
    isReport: true,
  });
  if (left.kind === 'refused') return left.reason;
  yield* steps.elsewhere('consume', ({ warehouse }) => {
    warehouse.consume(left.takes);
    return done;
  });
  assertDone(yield* steps.elsewhere('capture', () => ledger.capture(commandId, shipmentId, left.capture)));
  const { amount } = left.capture;
  assertDone(yield* steps.onRow((order) => decideRecordCaptured(order, { shipmentId, amount })));
  return 'done';
}

function* reject(
  { ledger }: Parts,
  steps: Steps,
  claim: Generator<Step, StepAnswer<RejectionGiven>, unknown>,
): Saga {
  const { commandId } = steps;
  const claimed = yield* claim;
  if (claimed.kind === 'refused') return claimed.reason;
  const found = yield* steps.elsewhere('resource', ({ warehouse }) => warehouse.resource(claimed));
  const settled = yield* steps.onOrder('settle', (order) =>
    decideSettleRejection(order, { commandId }, found, ledger.terms),
  );
  if (settled.kind === 'refused') throw new Error('what was claimed could not be settled');
  assertDone(yield* steps.elsewhere('giveBack', () => ledger.adjust(commandId, settled.creditBy)));
  assertDone(yield* steps.onRow((order) => decideFinishRejection(order, { commandId })));
  return 'done';
}

function* cancel({ ledger }: Parts, steps: Steps): Saga {
  const { commandId } = steps;
  const claimed = yield* steps.onOrder('claim', (order) => decideClaimCancel(order, { commandId }));
  if (claimed.kind === 'refused') return claimed.reason;
  yield* steps.elsewhere('release', ({ warehouse }) => {
    warehouse.release(claimed.keeps);
    return done;
  });
  assertDone(yield* steps.elsewhere('giveBack', () => ledger.adjust(commandId, claimed.creditBy)));
  assertDone(yield* steps.onRow((order) => decideFinishCancel(order, { commandId })));
  return 'done';
}

function* revise({ ledger }: Parts, steps: Steps, command: Extract<OrderCommand, { kind: 'revise' }>): Saga {
  const { commandId } = command;
  const claimed = orFault(yield* steps.onOrder('claim', (order) => decideClaimRevision(order, command)));
  if (claimed.kind === 'faulted')
    return yield* claimUndone(steps, { undone: [], remaining: [] }, 'PROCESSING_FAILED');
  if (claimed.kind === 'refused') return claimed.reason;
  const { creditBy, increases } = claimed;
  const credited = orFault(
    yield* steps.elsewhere('increaseCredit', () => ledger.adjust(`${commandId}/more`, Math.max(0, creditBy))),
  );
  if (credited.kind !== 'done') return yield* turnedBack(steps, credited);
  const found = orFault(
    yield* steps.elsewhere('increaseStock', ({ warehouse }) => warehouse.extend(commandId, increases)),
  );
  if (found.kind !== 'done') return yield* turnedBack(steps, found);
  const applied = orFault(
    yield* steps.onOrder('apply', (order) => decideApplyRevision(order, { commandId }, found, ledger.terms)),
  );
  if (applied.kind === 'faulted') return 'unfinished';
  if (applied.kind === 'refused') return yield* turnedBack(steps, applied);
  return yield* given(steps, applied);
}

/** What an applied revision has less of is given back; where that meets a fault, whoever finds it lost goes on. */
function* given(steps: Steps, { decreases, creditBy }: AppliedGiven): Saga {
  const { commandId } = steps;
  const shrunk = orFault(
    yield* steps.elsewhere('decreaseStock', ({ warehouse }) => {
      warehouse.decrease(decreases);
      return done;
    }),
  );
  if (shrunk.kind === 'faulted') return 'unfinished';
  const less = orFault(
    yield* steps.elsewhere('decreaseCredit', ({ ledger }) =>
      ledger.adjust(`${commandId}/less`, Math.min(0, creditBy)),
    ),
  );
  if (less.kind === 'faulted') return 'unfinished';
  assertDone(less);
  const finished = orFault(yield* steps.onRow((order) => decideFinishRevision(order, { commandId })));
  if (finished.kind === 'faulted') return 'unfinished';
  assertDone(finished);
  return 'done';
}

/** Goes back: that is decided on the order first. An undo that meets a fault is left, and the others are run. */
function* turnedBack(steps: Steps, fallen: OrFault<Refusal>): Saga {
  const { commandId } = steps;
  const reason = fallen.kind === 'refused' ? fallen.reason : 'PROCESSING_FAILED';
  const sealed = yield* steps.undoing('apply', (order, applied) =>
    decideTurnBack(order, applied, { commandId, reason }),
  );
  if (sealed.kind === 'over') return sealed.reason;
  if (sealed.kind !== 'refused') return 'unfinished';
  const undos = [
    orFault(yield* steps.elsewhere('undoExtend', ({ warehouse }) => warehouse.undoExtend(commandId))),
    orFault(yield* steps.elsewhere('revoke', ({ ledger }) => ledger.revoke(`${commandId}/more`))),
  ];
  const remaining = undos.filter(({ kind }) => kind !== 'done').map(() => 'an undo');
  return yield* claimUndone(steps, { undone: ['turnRevisionBack'], remaining }, sealed.reason);
}

function* claimUndone(
  steps: Steps,
  undos: Pick<FallenRevision, 'undone' | 'remaining'>,
  reason: RefusalReason,
): Saga {
  const { commandId } = steps;
  const fallen = { commandId, kind: 'revise', shipmentId: null, stop: null, ...undos } as const;
  for (;;) {
    const undone = yield* steps.undoing('claim', (order, claimed) =>
      decideUndoClaimRevision(order, claimed, fallen),
    );
    // It is run until it was heard of.
    if (undone.kind !== 'faulted') return undone.kind === 'unfinished' ? 'unfinished' : reason;
  }
}

/** New stock goes to the order that waits: a saga a turn. */
export function* fill(parts: Parts, { sku, place }: Turn, attempt: number): Saga {
  const { ledger } = parts;
  const steps = new Steps(parts, `fill/${sku}/${place}/${attempt}`);
  const allocations = yield* steps.elsewhere('fill', ({ warehouse }) => warehouse.fill(sku, place));
  assertDone(
    yield* steps.onOrder('recordFill', (order) => decideFilled(order, { place, allocations }, ledger.terms)),
  );
  return 'done';
}
