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
  decideApplyRevision,
  decideClaimRevision,
  decideFailRevision,
  decideFinishRevision,
} from '../../src/domain/order/revise-order';
import type { RefusalReason } from '../../src/domain/refusal';
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
export type Saga = Generator<Step, 'done' | RefusalReason, unknown>;

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
    const step = () => ledger.once(name, this.commandId, () => ledger.decide(decide, options));
    return (yield step) as Answer;
  }

  /** A step whose own row is its answer: it is decided again each time. */
  *onRow<Answer extends { readonly kind: string }>(decide: Decide<Answer>): Generator<Step, Answer, unknown> {
    return (yield () => this.parts.ledger.decide(decide)) as Answer;
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
  const claimed = yield* steps.onOrder('claim', (order) => decideClaimRevision(order, command));
  if (claimed.kind === 'refused') return claimed.reason;
  const { creditBy, increases } = claimed;
  const credited = yield* steps.elsewhere('increaseCredit', () =>
    ledger.adjust(`${commandId}/more`, Math.max(0, creditBy)),
  );
  if (credited.kind === 'refused') return yield* failed(steps, credited.reason);
  const found = yield* steps.elsewhere(
    'increaseStock',
    ({ warehouse }) => warehouse.reserve(increases) ?? null,
  );
  if (!found) {
    assertDone(yield* steps.elsewhere('revoke', () => ledger.revoke(`${commandId}/more`)));
    return yield* failed(steps, 'OUT_OF_STOCK');
  }
  const applied = yield* steps.onOrder('apply', (order) =>
    decideApplyRevision(order, { commandId }, found, ledger.terms),
  );
  if (applied.kind === 'refused') throw new Error('what was claimed could not be applied');
  yield* steps.elsewhere('decreaseStock', ({ warehouse }) => {
    warehouse.decrease(applied.decreases);
    return done;
  });
  assertDone(
    yield* steps.elsewhere('decreaseCredit', () =>
      ledger.adjust(`${commandId}/less`, Math.min(0, applied.creditBy)),
    ),
  );
  assertDone(yield* steps.onRow((order) => decideFinishRevision(order, { commandId })));
  return 'done';
}

function* failed(steps: Steps, reason: RefusalReason): Saga {
  const { commandId } = steps;
  assertDone(yield* steps.onRow((order) => decideFailRevision(order, { commandId }, reason)));
  return reason;
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
