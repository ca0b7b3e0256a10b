import { type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import type { PrismaClient } from '../generated/inventory/client';
import { type StandingReservation, standingReservation } from './inventory-reads';

/** The reservations that a caller looks for; at least one field is given. */
export interface ReservationQuery {
  readonly sku?: string | undefined;
  readonly nodeId?: string | undefined;
  readonly customerId?: string | undefined;
  readonly limit: number;
  /** The id of the last reservation of the previous page. */
  readonly after: string;
}

/** The claim of one reservation on an item: units at a node, or a place in the queue of backorders. */
export interface StockClaim {
  readonly state: 'HELD' | 'COMMITTED' | 'BACKORDERED';
  readonly reservationId: string;
  readonly orderId: string | null;
  readonly quantity: number;
  /** Null for a backorder, as is `grantedAt`. */
  readonly nodeId: string | null;
  readonly grantedAt: string | null;
  readonly expiresAt: string | null;
  /** The queue position; null for units at a node. */
  readonly place: number | null;
}

/** The last claim of the previous page. */
export type ClaimPosition =
  | readonly ['stock', nodeId: string, grantedAt: string, reservationId: string]
  | readonly ['queue', place: string];

const LIVES = sql`(expires_at IS NULL OR expires_at > statement_timestamp())`;

/** Lists of reservations and claims. They show what is held or waited for now, by the database's clock. */
export class InventoryLists {
  constructor(private readonly client: PrismaClient) {}

  /** Lists the reservations that hold stock or wait for it, in order of their ids. */
  async reservations(query: ReservationQuery): Promise<readonly StandingReservation[]> {
    const { customerId, after, limit } = query;
    const ids =
      customerId === undefined
        ? claimingIds(query)
        : sql`
          SELECT id FROM reservation
          WHERE state IN ('HELD', 'COMMITTED') AND buyer->>'customerId' = ${customerId} AND id > ${after} AND ${LIVES}
            AND ${isClaiming(query)}
          ORDER BY id LIMIT ${limit}::int`;
    const rows = await this.client.$queryRaw<{ reservation: StandingReservation }[]>`
      SELECT ${standingReservation} AS reservation FROM reservation WHERE id IN (${ids}) ORDER BY id`;
    return rows.map(({ reservation }) => reservation);
  }

  /** Lists the claims on an item: by node and the moment of the grant, then its queue of backorders. */
  async claims(sku: string, after: ClaimPosition | undefined, limit: number): Promise<readonly StockClaim[]> {
    const atNodes =
      after === undefined
        ? sql`true`
        : after[0] === 'stock'
          ? sql`(node_id, granted_at, reservation_id) > (${after[1]}, ${after[2]}::timestamptz, ${after[3]})`
          : sql`false`;
    const fromPlace = after?.[0] === 'queue' ? Number(after[1]) : 0;
    const rows = await this.client.$queryRaw<{ claim: StockClaim }[]>`
      SELECT json_build_object('state', c.state, 'reservationId', c.reservation_id, 'orderId', r.order_id,
        'quantity', c.quantity, 'nodeId', c.node_id, 'grantedAt', iso(c.granted_at), 'expiresAt', iso(c.expires_at),
        'place', c.place) AS claim
      FROM (
        (SELECT state, reservation_id, quantity, node_id, granted_at, expires_at, NULL::int AS place FROM allocation
         WHERE sku = ${sku} AND ${LIVES} AND ${atNodes}
         ORDER BY node_id, granted_at, reservation_id LIMIT ${limit}::int)
        UNION ALL
        (SELECT 'BACKORDERED', reservation_id, quantity, NULL, NULL, NULL, place FROM backorder
         WHERE sku = ${sku} AND place > ${fromPlace}::int ORDER BY place LIMIT ${limit}::int)) AS c
      LEFT JOIN reservation r ON r.id = c.reservation_id
      ORDER BY c.node_id NULLS LAST, c.granted_at, c.reservation_id, c.place LIMIT ${limit}::int`;
    return rows.map(({ claim }) => claim);
  }
}

/** Selects the ids of the next reservations that claim an item, or a node's stock. */
function claimingIds({ sku, nodeId, after, limit }: ReservationQuery): Sql {
  const next = sql`reservation_id > ${after}`;
  const atNode = nodeId === undefined ? sql`true` : sql`node_id = ${nodeId}`;
  // OFFSET 0 is an optimisation fence: without it the planner may walk all allocations in order of their reservations.
  const found =
    sku === undefined
      ? sql`allocation WHERE ${atNode} AND ${LIVES}`
      : sql`(SELECT reservation_id FROM allocation WHERE sku = ${sku} AND ${atNode} AND ${LIVES} OFFSET 0) AS a WHERE true`;
  const holding = sql`
    SELECT DISTINCT reservation_id FROM ${found} AND ${next} ORDER BY reservation_id LIMIT ${limit}::int`;
  if (sku === undefined || nodeId !== undefined) return holding;
  const waiting = sql`
    SELECT DISTINCT reservation_id FROM backorder WHERE sku = ${sku} AND ${next}
    ORDER BY reservation_id LIMIT ${limit}::int`;
  return sql`SELECT * FROM ((${holding}) UNION (${waiting})) AS c ORDER BY reservation_id LIMIT ${limit}::int`;
}

/** Builds the condition that a reservation claims the item, or a node's stock, where the query names one. */
function isClaiming({ sku, nodeId }: ReservationQuery): Sql {
  if (sku === undefined && nodeId === undefined) return sql`true`;
  const ofItem = sku === undefined ? sql`true` : sql`sku = ${sku}`;
  const atNode = nodeId === undefined ? sql`true` : sql`node_id = ${nodeId}`;
  const holds = sql`EXISTS (SELECT FROM allocation WHERE reservation_id = reservation.id AND ${ofItem} AND ${atNode})`;
  if (sku === undefined || nodeId !== undefined) return holds;
  return sql`(${holds} OR EXISTS (SELECT FROM backorder WHERE reservation_id = reservation.id AND ${ofItem}))`;
}
