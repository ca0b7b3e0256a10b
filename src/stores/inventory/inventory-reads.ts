import { sqltag as sql } from '@prisma/client/runtime/client';
import type { BackorderEntry } from '../../domain/inventory/limits/backorder';
import type { EligibilityRule } from '../../domain/inventory/limits/eligibility';
import type { QueueClaims } from '../../domain/inventory/offer/backorder-walk';
import type { StockFacts } from '../../domain/inventory/offer/node-terms';
import type { Reservation } from '../../domain/inventory/reservation/reservation';
import type { PrismaClient } from '../generated/inventory/client';
import { exactlyOne } from '../postgres/exactly-one';
import { storedEntries, walkStoredQueues } from './backorder-queues';

/** The part of a reservation that readers see. */
export type StandingReservation = Pick<
  Reservation,
  'id' | 'caller' | 'orderId' | 'lines' | 'allocations' | 'state' | 'expiresAt' | 'reason'
> & { readonly customerId: string | null };

/** The columns of a reservation as of now: a hold past its expiry is EXPIRED before the relay has recorded it. */
export const standingReservation = sql`json_build_object('id', id, 'caller', caller, 'orderId', order_id, 'lines', lines,
  'allocations', allocations, 'customerId', buyer->>'customerId', 'expiresAt', iso(expires_at), 'reason', reason,
  'state', CASE WHEN state = 'HELD' AND expires_at <= clock_timestamp() THEN 'EXPIRED' ELSE state END)`;

/** The number of holds in a state. */
export interface HoldCount {
  readonly state: 'live' | 'overdue';
  readonly count: number;
}

/** When rows of a source last came. */
export interface HeardSource {
  readonly sourceId: string;
  /** In seconds since 1970, by the database's clock. */
  readonly heardAt: number;
}

/** A backorder at its queue position. */
export interface WaitingTurn {
  readonly reservationId: string;
  readonly orderId: string;
  readonly sku: string;
  readonly place: number;
  /** The items that are filled with it: all that the order waits for where it ships complete. */
  readonly skus: readonly string[];
}

/** The facts of one item, and the units that its backorder queue claims. */
export interface StockNow {
  readonly now: string;
  readonly facts: readonly StockFacts[];
  readonly walk: QueueClaims;
  readonly rules: readonly EligibilityRule[];
  readonly tags: readonly string[];
}

/** A waiting order with an exclusion whose time has passed. */
export interface DueExclusion {
  readonly reservationId: string;
  readonly orderId: string;
  readonly retryAt: string;
}

/** Reads of the inventory that lock nothing. */
export class InventoryReads {
  constructor(private readonly client: PrismaClient) {}

  /**
   * Reads the facts of one item at every node with a stock row of it, and the moment of the read. Walks along the item's
   * backorder queue.
   */
  async stockFacts(sku: string): Promise<StockNow> {
    const { item, walk, now } = exactlyOne(await walkStoredQueues(this.client, [sku]));
    const { rules, tags } = item;
    return {
      now,
      walk,
      rules,
      tags,
      facts: item.shelves.toSorted((a, b) => (a.node.id < b.node.id ? -1 : 1)),
    };
  }

  /** Reads the first entries of an item's backorder queue. */
  async queueHead(sku: string, most: number): Promise<readonly BackorderEntry[]> {
    return exactlyOne(await storedEntries(this.client, most)([sku], [0])).entries;
  }

  /** Returns the backordered units of an item. */
  async openBackorders(sku: string): Promise<number> {
    return Number((await this.client.backorderQueue.findUnique({ where: { sku } }))?.open ?? 0);
  }

  async reservation(id: string): Promise<StandingReservation | undefined> {
    return (await this.reservations([id]))[0];
  }

  /** Reads reservations as of now. */
  async reservations(ids: readonly string[]): Promise<readonly StandingReservation[]> {
    const rows = await this.client.$queryRaw<{ reservation: StandingReservation }[]>`
      SELECT ${standingReservation} AS reservation
      FROM reservation WHERE id = ANY(${[...ids]})`;
    return rows.map(({ reservation }) => reservation);
  }

  /** Reads the claims of idempotency keys, without unused keys. */
  async claims(
    wanted: readonly { readonly caller: string; readonly key: string }[],
  ): Promise<readonly { readonly caller: string; readonly key: string; readonly fingerprint: string }[]> {
    return this.client.$queryRaw`
      SELECT caller, key, fingerprint FROM claim
      WHERE (caller, key) IN (SELECT * FROM unnest(
        ${wanted.map(({ caller }) => caller)}::text[], ${wanted.map(({ key }) => key)}::text[]))`;
  }

  /** Counts the holds that can still be used, and those whose expiry the relay has not recorded yet. */
  async countHolds(): Promise<readonly HoldCount[]> {
    const rows = await this.client.$queryRaw<{ live: number; overdue: number }[]>`
      SELECT count(*) FILTER (WHERE expires_at > statement_timestamp())::int AS live,
        count(*) FILTER (WHERE expires_at <= statement_timestamp())::int AS overdue
      FROM reservation WHERE state = 'HELD'`;
    const { live, overdue } = exactlyOne(rows);
    return [
      { state: 'live', count: live },
      { state: 'overdue', count: overdue },
    ];
  }

  /** Reads when rows of each source last came, to the second, whatever became of them. */
  async heardSources(): Promise<readonly HeardSource[]> {
    return this.client.$queryRaw`
      SELECT id AS "sourceId", extract(epoch FROM heard_at)::float8 AS "heardAt"
      FROM source JOIN source_heard ON source_id = id`;
  }

  /** Lists holds whose expiry the relay has not recorded yet, longest overdue first, without some ids. */
  async dueHolds(limit: number, without: readonly string[] = []): Promise<readonly string[]> {
    const rows = await this.client.$queryRaw<{ id: string }[]>`
      SELECT id FROM reservation
      WHERE state = 'HELD' AND expires_at <= statement_timestamp() AND id <> ALL(${[...without]}::text[])
      ORDER BY expires_at LIMIT ${limit}`;
    return rows.map(({ id }) => id);
  }

  /**
   * Lists waiting orders with exclusions that have ended by time and are not recorded as ended, longest due first,
   * without some reservations.
   */
  async dueExclusions(limit: number, without: readonly string[] = []): Promise<readonly DueExclusion[]> {
    return this.client.$queryRaw<DueExclusion[]>`
      SELECT r.id AS "reservationId", r.order_id AS "orderId", iso(min(b.retry_at)) AS "retryAt"
      FROM backorder b JOIN reservation r ON r.id = b.reservation_id
      WHERE b.retry_at <= statement_timestamp() AND r.id <> ALL(${[...without]}::text[])
      GROUP BY r.id ORDER BY min(b.retry_at) LIMIT ${limit}`;
  }

  /** Lists the items that orders wait for, among these (null: among all). */
  async awaitedItems(skus: readonly string[] | null): Promise<readonly string[]> {
    const named = skus === null ? sql`true` : sql`sku = ANY(${[...skus]})`;
    const rows = await this.client.$queryRaw<{ sku: string }[]>`
      SELECT sku FROM backorder_queue WHERE open > 0 AND ${named} ORDER BY sku`;
    return rows.map(({ sku }) => sku);
  }

  /**
   * Lists the backorders of some items that can be filled, in queue order, at most so many of each item. The fill decides
   * under locks whether the stock is still there.
   */
  async fillableTurns(skus: readonly string[], mostPerSku: number): Promise<readonly WaitingTurn[]> {
    const walks = await walkStoredQueues(this.client, skus);
    const turns = walks.flatMap(({ item: { sku }, walk }) =>
      walk.claims
        .filter(({ isWhole }) => isWhole)
        .slice(0, mostPerSku)
        .map(({ entry: { reservationId, place } }) => ({ reservationId, sku, place })),
    );
    if (turns.length === 0) return [];
    const orders = await this.client.$queryRaw<Omit<WaitingTurn, 'sku' | 'place'>[]>`
      SELECT id AS "reservationId", order_id AS "orderId",
        CASE WHEN ship_complete THEN ARRAY(SELECT sku FROM backorder b WHERE b.reservation_id = reservation.id)
          ELSE '{}' END AS skus
      FROM reservation
      WHERE id = ANY(${turns.map(({ reservationId }) => reservationId)}) AND order_id IS NOT NULL`;
    const byId = new Map(orders.map((order) => [order.reservationId, order]));
    return turns.flatMap((turn) => {
      const order = byId.get(turn.reservationId);
      return order ? [{ ...turn, ...order, skus: [turn.sku, ...order.skus] }] : [];
    });
  }
}
