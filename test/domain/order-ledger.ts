import { isDeepStrictEqual } from 'node:util';
import {
  type Account,
  type AccountEvent,
  decideHoldCredit,
  decideReleaseCredit,
  evolveAccount,
  unopenedAccount,
} from '../../src/domain/credit/account';
import { decideAdjustHold, decideRevokeIncrease } from '../../src/domain/credit/adjust';
import { decideCapture } from '../../src/domain/credit/capture';
import type { Decision, StepAnswer } from '../../src/domain/decision';
import { evolveOrder } from '../../src/domain/order/evolve-order';
import { BEGINNINGS, openSagasOf } from '../../src/domain/order/open-sagas';
import type { Order, Terms } from '../../src/domain/order/order';
import type { OrderEvent } from '../../src/domain/order/order-events';
import { isOver } from '../../src/domain/order/order-status';
import { later, NOON, throughJson } from './inventory-samples';

export const ORDER_ID = 'ord_1';
export const CUSTOMER_ID = 'ada';

const OF_REFUSALS = ['orders.command-refused.v1', 'orders.revision-turned-back.v1'];

/** A fill that comes twice may be taken for one of a turn still to be heard of: then it is dropped. */
const WITHOUT_EFFECT = ['orders.command-refused.v1', 'orders.backorder-filled-early.v1'];

/** An event as a log carries it. */
export interface Logged<Event> {
  readonly version: number;
  readonly event: Event;
  readonly at: string;
}

/** One order and one account as their stores keep them: a log each, and the answers that steps have given. */
export class OrderLedger {
  order: Order | undefined;
  account: Account;
  now = NOON;
  readonly log: Logged<OrderEvent>[] = [];
  readonly accountLog: Logged<AccountEvent>[] = [];
  readonly #answers = new Map<string, unknown>();

  constructor(creditLimit: number) {
    const set: AccountEvent = {
      type: 'credit.account-set.v1',
      data: { currency: 'EUR', limit: creditLimit },
    };
    this.account = unopenedAccount(CUSTOMER_ID);
    this.#appendToAccount(set);
  }

  get terms(): Terms {
    return { now: this.now, acceptSeconds: 60, shipSeconds: 600, captureSeconds: 10, sourcingSeconds: 1_500 };
  }

  wait(seconds: number): void {
    this.now = later(this.now, seconds);
  }

  /** A step of a command: answered once, and the same ever after. */
  once<Answer>(step: string, commandId: string, run: () => Answer): Answer {
    const key = `${commandId}/${step}`;
    if (!this.#answers.has(key)) this.#answers.set(key, throughJson(run()));
    return this.#answers.get(key) as Answer;
  }

  /** The undo of such a step: its refusal stands in the place of an answer that is still to come. */
  undoOnce<Answer extends { readonly kind: string }>(
    step: string,
    commandId: string,
    decide: (order: Order | undefined, answered: StepAnswer | undefined) => Decision<Answer, OrderEvent>,
  ): Answer {
    const key = `${commandId}/${step}`;
    const answered = this.#answers.get(key) as StepAnswer | undefined;
    const answer = this.decide(commandId, (order) => decide(order, answered));
    if (answer.kind === 'refused' && !answered) this.#answers.set(key, throughJson(answer));
    return answer;
  }

  /** Decides on the order as it is. One that is decided again on what it has left answers the same, unless told so. */
  decide<Answer extends { readonly kind: string }>(
    commandId: string,
    decide: (order: Order | undefined) => Decision<Answer, OrderEvent>,
    { isReport = false } = {},
  ): Answer {
    const { answer, events } = decide(this.order);
    if (answer.kind === 'refused' && events.some(({ type }) => !OF_REFUSALS.includes(type)))
      throw new Error(`refused, and yet done: ${JSON.stringify(events)}`);
    for (const event of throughJson(events)) this.#append(event, commandId);
    const again = decide(this.order);
    const isSame = isReport ? again.answer.kind === 'refused' : isDeepStrictEqual(again.answer, answer);
    if (!isSame && this.order?.pending !== null)
      throw new Error(`answered ${JSON.stringify(answer)}, then ${JSON.stringify(again.answer)}`);
    if (again.events.some(({ type }) => !WITHOUT_EFFECT.includes(type)))
      throw new Error(`done twice: ${JSON.stringify(again.events)}`);
    return answer;
  }

  #append(event: OrderEvent, causation: string): void {
    const before = this.order;
    if ('commandId' in event.data && event.data.commandId !== causation)
      throw new Error(`${event.type} of ${event.data.commandId}, caused by ${causation}`);
    if (/-claimed[.]v1$/.test(event.type) && before?.pending)
      throw new Error(`${event.type} while ${before.pending.commandId} has the order`);
    this.order = evolveOrder(before, ORDER_ID, event, this.now);
    this.log.push({ version: this.log.length + 1, event, at: this.now });
    expectBeginning(before, event, this.order);
    if (this.order?.pending && isOver(this.order))
      throw new Error(`${this.order.status} while ${this.order.pending.commandId} has the order`);
  }

  hold(amount: number): StepAnswer {
    return this.#credit(decideHoldCredit(this.account, { orderId: ORDER_ID, currency: 'EUR', amount }));
  }

  releaseCredit(): StepAnswer {
    return this.#credit(decideReleaseCredit(this.account, { orderId: ORDER_ID }));
  }

  adjust(adjustmentId: string, by: number): StepAnswer {
    return this.#credit(decideAdjustHold(this.account, { orderId: ORDER_ID, adjustmentId, by }));
  }

  revoke(adjustmentId: string): StepAnswer {
    return this.#credit(decideRevokeIncrease(this.account, { orderId: ORDER_ID, adjustmentId }));
  }

  capture(
    captureId: string,
    shipmentId: string,
    capture: { readonly amount: number; readonly finalTotal: number | null },
  ): StepAnswer {
    return this.#credit(
      decideCapture(this.account, { orderId: ORDER_ID, captureId, shipmentId, ...capture }),
    );
  }

  #credit({ answer, events }: Decision<StepAnswer, AccountEvent>): StepAnswer {
    for (const event of events) this.#appendToAccount(event);
    return answer;
  }

  #appendToAccount(event: AccountEvent): void {
    this.account = evolveAccount(this.account, event);
    this.accountLog.push({ version: this.accountLog.length + 1, event, at: this.now });
  }
}

/** How long a saga takes counts from the event that it began with: whoever looks for lost ones has to know which. */
function expectBeginning(before: Order | undefined, { type }: OrderEvent, after: Order | undefined): void {
  const open = before ? openSagasOf(before).map(({ id }) => id) : [];
  for (const { kind, id } of after ? openSagasOf(after) : []) {
    const beginnings: readonly string[] = BEGINNINGS[kind === 'create' || kind === 'ship' ? kind : 'taken'];
    if (!open.includes(id) && !beginnings.includes(type)) throw new Error(`${kind} began with ${type}`);
  }
}
