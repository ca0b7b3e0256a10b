import { empty, type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import type { CommandChange } from '../../domain/command/recorded-command';
import type { Order, Shipment } from '../../domain/order/order';
import type { PendingLog } from '../log/event-log';
import { insertAnswers } from '../log/step-answers';
import { updateCommands } from './command-rows';
import { itemChanges, saveItemChanges } from './order-items';

/** An order that a transaction has changed: the loaded state, and the stream with the new one. */
export interface ChangedOrder {
  readonly loaded: Order | undefined;
  readonly stream: { readonly state: Order | undefined; readonly version: number };
}

/** Everything that one transaction on orders saves. */
export interface OrderChanges {
  readonly log: PendingLog;
  readonly changed: readonly ChangedOrder[];
  readonly commands: readonly CommandChange[];
  /** The ids of the refused commands: the transaction deletes their rows again. */
  readonly refused: readonly string[];
  /** The answers to store; left out when the rows of orders and commands hold the answers themselves. */
  readonly answered?: { readonly step: string; readonly answers: ReadonlyMap<string, object> } | undefined;
}

/** Builds the statement that saves the changes, events and answers of a transaction. It omits empty parts. */
export function saveOrders({ log, changed, commands, refused, answered }: OrderChanges) {
  const rows = changed.map(({ stream }) => ({ ...stream.state, streamVersion: stream.version }));
  const shipments = changed.flatMap(changedShipments);
  const items = changed.flatMap(({ loaded, stream }) => itemChanges(loaded, stream.state));
  const hasAnswers = answered !== undefined && answered.answers.size > 0;
  return sql`
    WITH logged AS (${log.insertion()})
    ${commands.length > 0 ? sql`, commanded AS (${updateCommands(commands)})` : empty}
    ${refused.length > 0 ? sql`, refused AS (DELETE FROM command WHERE id = ANY(${[...refused]}::text[]))` : empty}
    ${hasAnswers ? sql`, answered AS (${insertAnswers(answered.step, answered.answers)})` : empty}
    ${shipments.length > 0 ? sql`, shipped AS (${upsertShipments(shipments)})` : empty}
    ${items.length > 0 ? sql`, ${saveItemChanges(items)}` : empty}
    ${upsertOrders(rows)}`;
}

/** Inserts or updates orders. An update leaves the columns that never change. */
function upsertOrders(rows: readonly object[]) {
  return sql`
    ${insertOrders(orderRecords(rows), sql`"createdAt", "updatedAt"`)}
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, reason = excluded.reason,
      shortages = excluded.shortages, lines = excluded.lines, total = excluded.total, payment = excluded.payment,
      reservation_id = excluded.reservation_id, version = excluded.version, stream_version = excluded.stream_version,
      updated_at = excluded.updated_at, shipments = excluded.shipments, returns = excluded.returns,
      pending = excluded.pending,
      last_command = excluded.last_command, early_fills = excluded.early_fills,
      last_line = excluded.last_line, sealed = excluded.sealed, is_erased = excluded.is_erased`;
}

/**
 * Inserts the orders of `source`, whose rows are named `o`, in order of their ids. `moments` are two expressions: when an
 * order was created, and when it was updated.
 */
export function insertOrders(source: Sql, moments: Sql) {
  return sql`
    INSERT INTO "order" (id, caller, customer_id, currency, status, reason, shortages, lines, total, payment, region,
      channel, reservation_id, ship_complete, max_shipments, version, stream_version, created_at, updated_at, shipments, returns, pending,
      last_command, early_fills, last_line, shipping_method, sealed, is_erased)
    SELECT o.id, o.caller, "customerId", currency, status, reason, shortages, lines, total, payment, region, channel,
      "reservationId", "shipComplete", "maxShipments", version, "streamVersion", ${moments}, shipments, returns, pending,
      "lastCommand", "earlyFills", "lastLine", "shippingMethod", sealed, "isErased"
    FROM ${source} ORDER BY o.id`;
}

/** Expands orders into rows that are named `o`. */
export function orderRecords(orders: readonly object[]) {
  return sql`jsonb_to_recordset(${JSON.stringify(orders)}::jsonb) AS o(id text, caller text, "customerId" text, currency text,
    status text, reason text, shortages jsonb, lines jsonb, total bigint, payment text, region text, channel text,
    "reservationId" text, "shipComplete" boolean, "maxShipments" int, version int, "streamVersion" int, "createdAt" timestamptz,
    "updatedAt" timestamptz, shipments jsonb, returns jsonb, pending jsonb, "lastCommand" jsonb, "earlyFills" jsonb,
    "lastLine" int, "shippingMethod" text, sealed text, "isErased" boolean)`;
}

/** Finds the changed shipments by identity: evolving an order keeps the objects of unchanged shipments. */
function changedShipments({ loaded, stream }: ChangedOrder): readonly Shipment[] {
  const before = new Set(loaded?.shipments);
  return (stream.state?.shipments ?? []).filter((shipment) => !before.has(shipment));
}

/** Writes the rows by which shipments are found: by the watch for deadlines, and by their nodes. */
function upsertShipments(shipments: readonly Shipment[]) {
  return sql`
    INSERT INTO shipment (id, order_id, node_id, state, due_at)
    SELECT id, "orderId", "nodeId", state, "dueAt"
    FROM jsonb_to_recordset(${JSON.stringify(shipments.map(shipmentRow))}::jsonb) AS s(
      id text, "orderId" text, "nodeId" text, state text, "dueAt" timestamptz)
    ORDER BY id
    ON CONFLICT (id) DO UPDATE SET state = excluded.state, due_at = excluded.due_at`;
}

/** Returns the row by which a shipment is found. */
export function shipmentRow({ id, orderId, nodeId, state, dueAt }: Shipment) {
  return { id, orderId, nodeId, state, dueAt: dueAt ?? 'infinity' };
}
