import { empty, sqltag as sql } from '@prisma/client/runtime/client';
import type { Order, Shipment } from '../domain/order/order';
import type { PendingLog } from './event-log';
import { insertAnswers } from './step-answers';
import type { StoreSession } from './store-session';

/** An idempotency key and the order it stands for. */
export interface OrderClaim {
  readonly caller: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly orderId: string;
}

/** An order that a step has changed: how it was, and what its stream has come to. */
export interface ChangedOrder {
  readonly loaded: Order | undefined;
  readonly stream: { readonly state: Order | undefined; readonly version: number };
}

/** Everything that one step leaves. */
export interface OrderChanges {
  readonly log: PendingLog;
  readonly changed: readonly ChangedOrder[];
  readonly claims: readonly OrderClaim[];
  /** Left out: the orders' own rows are the answers. */
  readonly answered?: { readonly step: string; readonly answers: ReadonlyMap<string, object> } | undefined;
}

/** Saves what a step has changed, logged and answered in one statement; what it has none of costs nothing. */
export async function saveOrders(session: StoreSession, changes: OrderChanges): Promise<void> {
  const { log, changed, claims, answered } = changes;
  const rows = changed.map(({ stream }) => ({ ...stream.state, streamVersion: stream.version }));
  const shipments = changed.flatMap(changedShipments);
  await session.$executeRaw`
    WITH logged AS (${log.insertion()}),
    claimed AS (
      INSERT INTO claim (caller, key, fingerprint, order_id)
      SELECT caller, key, fingerprint, "orderId"
      FROM jsonb_to_recordset(${JSON.stringify(claims)}::jsonb) AS c(
        caller text, key text, fingerprint text, "orderId" text)
      ORDER BY caller, key)
    ${answered ? sql`, answered AS (${insertAnswers(answered.step, answered.answers)})` : empty}
    ${shipments.length > 0 ? sql`, shipped AS (${upsertShipments(shipments)})` : empty}
    INSERT INTO "order" (id, caller, customer_id, currency, status, reason, lines, total, payment, compensation,
      attention, region, channel, reservation_id, ship_complete, version, stream_version, saga_id, created_at,
      updated_at, shipments, pending, last_command, early_fills)
    SELECT id, caller, "customerId", currency, status, reason, lines, total, payment, compensation, attention,
      region, channel, "reservationId", "shipComplete", version, "streamVersion", "sagaId", "createdAt", "updatedAt",
      shipments, pending, "lastCommand", "earlyFills"
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS o(id text, caller text, "customerId" text,
      currency text, status text, reason text, lines jsonb, total bigint, payment text, compensation text,
      attention jsonb, region text, channel text, "reservationId" text, "shipComplete" boolean, version int,
      "streamVersion" int, "sagaId" text, "createdAt" timestamptz, "updatedAt" timestamptz, shipments jsonb,
      pending jsonb, "lastCommand" jsonb, "earlyFills" jsonb)
    ORDER BY id
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, reason = excluded.reason, lines = excluded.lines,
      total = excluded.total, payment = excluded.payment, compensation = excluded.compensation,
      attention = excluded.attention, reservation_id = excluded.reservation_id, version = excluded.version,
      stream_version = excluded.stream_version, saga_id = excluded.saga_id, updated_at = excluded.updated_at,
      shipments = excluded.shipments, pending = excluded.pending, last_command = excluded.last_command,
      early_fills = excluded.early_fills`;
}

/** A shipment that nothing has happened to is the very same object: evolving an order makes new ones of the others. */
function changedShipments({ loaded, stream }: ChangedOrder): readonly Shipment[] {
  const before = new Set(loaded?.shipments);
  return (stream.state?.shipments ?? []).filter((shipment) => !before.has(shipment));
}

/** The rows by which shipments are found when they are due. */
function upsertShipments(shipments: readonly Shipment[]) {
  const rows = shipments.map(({ id, orderId, state, dueAt }) => ({ id, orderId, state, dueAt }));
  return sql`
    INSERT INTO shipment (id, order_id, state, due_at)
    SELECT id, "orderId", state, "dueAt"
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS s(
      id text, "orderId" text, state text, "dueAt" timestamptz)
    ORDER BY id
    ON CONFLICT (id) DO UPDATE SET state = excluded.state, due_at = excluded.due_at`;
}
