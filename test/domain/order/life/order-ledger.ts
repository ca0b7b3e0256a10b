import type { Attention } from '../../../../src/domain/command/recorded-command';
import {
  type Account,
  type AccountEvent,
  evolveAccount,
  unopenedAccount,
} from '../../../../src/domain/credit/account';
import type { Decision, StepAnswer } from '../../../../src/domain/decision';
import type { Terms } from '../../../../src/domain/order/order';
import type { OrderEvent } from '../../../../src/domain/order/order-events';
import { isOver } from '../../../../src/domain/order/order-status';
import { later, throughJson } from '../../inventory/inventory-samples';
import { type Logged, OrderBook } from '../order-book';

export const CUSTOMER_ID = 'ada';

/** Kinds of command that act on another one: a shipment turns a revision back, and a resolution ends its target. */
const BY_OTHERS = ['ship', 'resolve'];

/** One order, the rows of its commands and one account, as their stores keep them, and the stored answers of steps. */
export class OrderLedger extends OrderBook {
  account: Account;
  readonly accountLog: Logged<AccountEvent>[] = [];
  readonly #answers = new Map<string, StepAnswer>();

  constructor(creditLimit: number) {
    super();
    this.account = unopenedAccount(CUSTOMER_ID);
    this.#appendToAccount({
      type: 'credit.account-set.v1',
      data: { currency: 'EUR', limit: creditLimit },
    });
  }

  get terms(): Terms {
    return { now: this.now, acceptSeconds: 60, shipSeconds: 600, sourcingSeconds: 1_500 };
  }

  wait(seconds: number): void {
    this.now = later(this.now, seconds);
  }

  /** Returns the stored answer of a command's step. */
  stored<Answer extends StepAnswer>(step: string, commandId: string): Answer | undefined {
    return this.#answers.get(`${commandId}/${step}`) as Answer | undefined;
  }

  /** Runs a step of a command once and repeats its answer ever after; does not keep a retryable refusal. */
  once<Answer extends StepAnswer>(
    step: string,
    commandId: string,
    run: () => { readonly answer: Answer; readonly isForNow?: true },
  ): Answer {
    const known = this.stored<Answer>(step, commandId);
    if (known) return known;
    const { answer, isForNow } = run();
    if (!isForNow) this.#answers.set(`${commandId}/${step}`, throughJson(answer));
    return answer;
  }

  /** Runs a step on the account. */
  credited(
    step: string,
    commandId: string,
    decide: (account: Account) => Decision<StepAnswer, AccountEvent>,
  ): StepAnswer {
    return this.once(step, commandId, () => this.changeAccount(decide));
  }

  changeAccount(
    decide: (account: Account) => Decision<StepAnswer, AccountEvent>,
  ): Decision<StepAnswer, AccountEvent> {
    const decision = decide(this.account);
    for (const event of throughJson(decision.events)) this.#appendToAccount(event);
    return decision;
  }

  /** Marks a command as needing attention, if its row still names the workflow and has the state that the run knows. */
  requireAttention(workflowId: string, id: string, attention: Attention, isDecided: boolean): boolean {
    const row = this.row(id);
    if (row.isClosed || row.workflowId !== workflowId) return false;
    if ((row.decision !== null) !== isDecided) return false;
    this.rows.set(id, { ...row, attention });
    return true;
  }

  /** Retries a command that needs attention, under a fresh workflow id. */
  retry(id: string, workflowId: string): void {
    const row = this.row(id);
    if (row.attention) this.rows.set(id, { ...row, attention: null, workflowId });
  }

  protected override expectToFit(event: OrderEvent, causation: string): void {
    const { pending } = this.order ?? {};
    const by = this.rows.get(causation)?.kind ?? '';
    if ('commandId' in event.data && event.data.commandId !== causation && !BY_OTHERS.includes(by))
      throw new Error(`${event.type} of ${event.data.commandId}, caused by ${causation}`);
    if (/-claimed[.]v1$/.test(event.type) && pending)
      throw new Error(`${event.type} while ${pending.commandId} has the order`);
    if (pending && this.order && isOver(this.order))
      throw new Error(`${this.order.status} while ${pending.commandId} has the order`);
  }

  #appendToAccount(event: AccountEvent): void {
    this.account = evolveAccount(this.account, event);
    this.accountLog.push({ version: this.accountLog.length + 1, event, at: this.now });
  }
}
