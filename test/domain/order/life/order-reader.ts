import { type Account, evolveAccount, unopenedAccount } from '../../../../src/domain/credit/account';
import { evolveOrder } from '../../../../src/domain/order/evolve-order';
import type { Order } from '../../../../src/domain/order/order';
import { throughJson } from '../../inventory/inventory-samples';
import { type Logged, ORDER_ID } from '../order-book';
import { CUSTOMER_ID, type OrderLedger } from './order-ledger';

/** The number of events before the checkpoint that are redelivered after a crash. */
const TOLD_AGAIN = 3;

/** A subscriber to the streams of an order and of its customer's account that receives some events twice. */
export class OrderReader {
  #order: Order | undefined;
  #account: Account = unopenedAccount(CUSTOMER_ID);
  #read = { order: 0, account: 0 };

  /** Checks I5: each event counts once and in order, and the reader then knows the whole state. */
  expectToKnow({ order, log, account, accountLog }: OrderLedger): void {
    for (const { event, at } of this.#news('order', log))
      this.#order = evolveOrder(this.#order, ORDER_ID, event, at);
    for (const { event } of this.#news('account', accountLog))
      this.#account = evolveAccount(this.#account, event);
    expect(this.#order).toEqual(order);
    expect(this.#account).toEqual(account);
  }

  #news<Event>(stream: 'order' | 'account', log: readonly Logged<Event>[]): readonly Logged<Event>[] {
    const from = this.#read[stream];
    const told = throughJson(log.slice(Math.max(0, from - TOLD_AGAIN)));
    const news = told.filter(({ version }) => version > this.#read[stream]);
    expect(news.map(({ version }) => version)).toEqual(news.map((_, at) => from + 1 + at));
    this.#read[stream] = news.at(-1)?.version ?? from;
    return news;
  }
}
