import { sqltag as sql } from '@prisma/client/runtime/client';
import type { StockFacts } from '../../domain/inventory/offer/node-terms';
import type { Reservation } from '../../domain/inventory/reservation/reservation';
import type { PrismaClient } from '../generated/inventory/client';
import { exactlyOne } from '../postgres/exactly-one';
import { type FactsLoaded, factsColumns, toFacts } from './availability/stock-facts';

/** The part of a reservation that readers see. */
export type StandingReservation = Pick<
  Reservation,
  'id' | 'caller' | 'orderId' | 'lines' | 'allocations' | 'state' | 'expiresAt' | 'reason'
>;

/** A backorder at its queue position. */
export interface WaitingTurn {
  readonly reservationId: string;
  readonly orderId: string;
  readonly caller: string;
  readonly sku: string;
  readonly place: number;
}

/** Reads of the inventory that lock nothing. */
export class InventoryReads {
  constructor(private readonly client: PrismaClient) {}

  /** Reads the facts of one item at every node with a stock row of it, and the moment of the read. */
  async stockFacts(sku: string): Promise<{ readonly now: string; readonly facts: readonly StockFacts[] }> {
    const row = exactlyOne(
      await this.client.$queryRaw<(FactsLoaded & { readonly now: string })[]>`
      SELECT iso(statement_timestamp()) AS now, ${factsColumns([sku])}`,
    );
    const facts = toFacts(row).map((found) => found.facts);
    return { now: row.now, facts: facts.sort((a, b) => (a.node.id < b.node.id ? -1 : 1)) };
  }

  /** Returns the backordered units of an item. */
  async openBackorders(sku: string): Promise<number> {
    return (await this.client.backorderQueue.findUnique({ where: { sku } }))?.open ?? 0;
  }

  async reservation(id: string): Promise<StandingReservation | undefined> {
    return (await this.reservations([id]))[0];
  }

  /** Reads reservations as of now: a hold past its expiry reads as EXPIRED before the sweep has expired it. */
  async reservations(ids: readonly string[]): Promise<readonly StandingReservation[]> {
    const rows = await this.client.$queryRaw<{ reservation: StandingReservation }[]>`
      SELECT json_build_object('id', id, 'caller', caller, 'orderId', order_id, 'lines', lines, 'allocations', allocations,
        'state', CASE WHEN state = 'HELD' AND expires_at <= clock_timestamp() THEN 'EXPIRED' ELSE state END,
        'expiresAt', iso(expires_at), 'reason', reason) AS reservation
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

  /** Lists holds past their expiry that the sweep has not expired, longest overdue first, without some ids. */
  async dueHolds(
    limit: number,
    without: readonly string[] = [],
  ): Promise<readonly { readonly id: string; readonly caller: string }[]> {
    return this.client.$queryRaw<{ id: string; caller: string }[]>`
      SELECT id, caller FROM reservation
      WHERE state = 'HELD' AND expires_at <= statement_timestamp() AND id <> ALL(${[...without]}::text[])
      ORDER BY expires_at LIMIT ${limit}`;
  }

  /**
   * Lists the first backorders, in queue order, of items whose stock a source has reported at some node; `skus` null:
   * of all items. The fill decides under locks whether the stock suffices.
   */
  async waitingTurns(skus: readonly string[] | null, mostPerSku: number): Promise<readonly WaitingTurn[]> {
    const named = skus === null ? sql`true` : sql`q.sku = ANY(${[...skus]})`;
    return this.client.$queryRaw<WaitingTurn[]>`
      SELECT r.id AS "reservationId", r.order_id AS "orderId", r.caller, b.sku, b.place
      FROM backorder_queue q
      CROSS JOIN LATERAL (
        SELECT * FROM backorder WHERE backorder.sku = q.sku ORDER BY place LIMIT ${mostPerSku}) b
      JOIN reservation r ON r.id = b.reservation_id
      WHERE q.open > 0 AND r.order_id IS NOT NULL AND ${named}
        AND EXISTS (SELECT FROM stock_facts f WHERE f.sku = q.sku AND f.supplies <> '[]')
      ORDER BY b.sku, b.place`;
  }
}
