import type { AccountBalance, AccountEvent } from '../../domain/credit/account';
import { type AccountFold, emptyAccountFold, evolveAccountFold } from '../../domain/credit/account-fold';
import { evolveHold, type Hold, type HoldEvent, nothingHeld } from '../../domain/credit/hold';
import { streamOf } from '../../names/stream-key';
import type { PrismaClient } from '../generated/credit/client';
import { type PastEvent, PastStreams } from '../log/past-streams';
import { isAhead } from '../postgres/clock';

/** An account at a moment, folded from its log. */
export interface PastAccount {
  /** True when the moment lies ahead of the database's clock. */
  readonly isAhead: boolean;
  /** Undefined when the account was not open at the moment. */
  readonly balance: AccountBalance | undefined;
}

/** Raise it when the fold of an account changes. */
const REVISION = 1;

/** Reads of credit accounts as of a past moment, folded from the log alone. */
export class CreditHistory {
  readonly #streams: PastStreams;

  constructor(private readonly client: PrismaClient) {
    this.#streams = new PastStreams(client);
  }

  /** Folds the balance of an account up to a moment. */
  async at(customerId: string, moment: string): Promise<PastAccount> {
    const balance = await this.#streams.fold<AccountBalance, AccountEvent>(
      { kind: 'credit', customerId },
      moment,
      {
        revision: REVISION,
        start: emptyAccountFold(customerId).balance,
        take: (before, events) => this.#take(before, events),
      },
    );
    return {
      isAhead: await isAhead(this.client, moment),
      balance: balance.currency === null ? undefined : balance,
    };
  }

  /**
   * Applies a page of events. Snapshots keep only the balance, because an account may have very many holds: those that
   * the page is about are folded from their own earlier events.
   */
  async #take(balance: AccountBalance, events: readonly PastEvent<AccountEvent>[]): Promise<AccountBalance> {
    const holds = await this.#holdsBefore(balance.customerId, events);
    const fold: AccountFold = { balance, holds, payments: new Map() };
    return events.reduce(evolveAccountFold, fold).balance;
  }

  async #holdsBefore(
    customerId: string,
    events: readonly PastEvent<AccountEvent>[],
  ): Promise<Map<string, Hold>> {
    const holds = new Map<string, Hold>();
    const [first] = events;
    if (!first || first.version === 1) return holds;
    const orderIds = events.flatMap(({ data }) => ('orderId' in data ? [data.orderId] : []));
    // The events of an order have its id as their correlation, which has an index.
    const earlier = await this.client.$queryRaw<HoldEvent[]>`
      SELECT type, data FROM event
      WHERE correlation = ANY(${[...new Set(orderIds)]}::text[])
        AND stream = ${streamOf({ kind: 'credit', customerId })} AND version < ${first.version}::int
      ORDER BY version`;
    for (const event of earlier) {
      const { orderId } = event.data;
      holds.set(orderId, evolveHold(holds.get(orderId) ?? nothingHeld(orderId), event));
    }
    return holds;
  }
}
