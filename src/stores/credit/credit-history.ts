import type { AccountBalance, AccountEvent } from '../../domain/credit/account';
import { type AccountFold, emptyAccountFold, evolveAccountFold } from '../../domain/credit/account-fold';
import { evolveHold, type Hold, type HoldEvent, nothingHeld } from '../../domain/credit/hold';
import { streamOf } from '../../names/stream-key';
import type { PrismaClient } from '../generated/credit/client';
import { refuseArchived } from '../log/log-start';
import { ArchivedMeanwhile, type PastEvent, PastStreams } from '../log/past-streams';
import { isAhead } from '../postgres/clock';
import { exactlyOne } from '../postgres/exactly-one';

/** An account at a moment, folded from its log. */
export interface PastAccount {
  /** True when the moment lies ahead of the database's clock. */
  readonly isAhead: boolean;
  /** Undefined when the account was not open at the moment. */
  readonly balance: AccountBalance | undefined;
}

/** The holds of some orders in the state of the account's last archived event, and their events since. */
interface EarlierHolds {
  readonly archived: number;
  readonly start: readonly Hold[];
  readonly events: readonly HoldEvent[];
}

/** Raise it when the fold of an account changes. */
const REVISION = 1;

/** Reads of credit accounts as of a past moment, folded from the log alone. */
export class CreditHistory {
  readonly #streams: PastStreams;

  constructor(private readonly client: PrismaClient) {
    this.#streams = new PastStreams(client);
  }

  /**
   * Folds the balance of an account up to a moment.
   * @throws EventsArchived when the log begins after the moment
   */
  async at(customerId: string, moment: string): Promise<PastAccount> {
    await refuseArchived(this.client, moment);
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
   * the page is about are folded from their own earlier events, which begin at the state of the account's last archived
   * event.
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
    const ids = [...new Set(orderIds)];
    const stream = streamOf({ kind: 'credit', customerId });
    const {
      archived,
      start,
      events: earlier,
    } = exactlyOne(
      await this.client.$queryRaw<EarlierHolds[]>`
      SELECT coalesce((SELECT version FROM stream_start WHERE stream = ${stream}), 0) AS archived,
        coalesce((SELECT json_agg(hold.value) FROM stream_start, jsonb_each(state->'holds') AS hold
          WHERE stream = ${stream} AND hold.key = ANY(${ids}::text[])), '[]') AS start,
        coalesce((SELECT json_agg(json_build_object('type', type, 'data', data) ORDER BY version) FROM event
          WHERE correlation = ANY(${ids}::text[]) AND stream = ${stream} AND version < ${first.version}::int), '[]') AS events`,
    );
    if (archived >= first.version) throw new ArchivedMeanwhile();
    for (const hold of start) holds.set(hold.orderId, hold);
    for (const event of earlier) {
      const { orderId } = event.data;
      holds.set(orderId, evolveHold(holds.get(orderId) ?? nothingHeld(orderId), event));
    }
    return holds;
  }
}
