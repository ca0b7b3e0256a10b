import { empty, sqltag as sql } from '@prisma/client/runtime/client';
import { recordedOrder } from '../../domain/order/create-order';
import { evolveOrder } from '../../domain/order/evolve-order';
import { type StreamKey, streamOf } from '../../names/stream-key';
import type { StorePool } from '../postgres/store-pool';
import {
  answerFrom,
  commandRow,
  distinctById,
  insertCommands,
  type NewCommand,
  type OrderSecret,
  type RecordAnswer,
  type StoredCommand,
  storedCommands,
} from './command-rows';
import { insertOrderItems, skusIn } from './order-items';
import { insertOrders, orderRecords } from './orders-save';

/** A placeholder: the statement stores its own moment instead. */
const BEFORE_THE_RECORD = '1970-01-01T00:00:00.000Z';

/**
 * Records new orders: the rows of their commands, the orders as PENDING, and their first events. It is one statement
 * outside a transaction block. It locks no order, because none of them exists yet.
 */
export async function recordNewOrders(
  pool: StorePool,
  workflowId: string,
  offered: readonly NewCommand<'create'>[],
): Promise<RecordAnswer[]> {
  const recorded = await pool.$queryRaw<{ row: StoredCommand }[]>(recordStatement(workflowId, offered));
  pool.saved.tell();
  const rows = new Map(recorded.map(({ row }) => [row.id, row]));
  const missing = offered.map(({ id }) => id).filter((id) => !rows.has(id));
  const known = missing.length > 0 ? await storedCommands(pool, missing) : new Map<string, StoredCommand>();
  const answered = new Set<string>();
  return offered.map((command): RecordAnswer => {
    const isRepeat = answered.has(command.id);
    answered.add(command.id);
    const fresh = rows.get(command.id);
    const row = fresh ?? known.get(command.id);
    if (!row) throw new Error(`command ${command.id} was neither recorded nor found`);
    return answerFrom(row, command, { workflowId, isRepeat });
  });
}

const RECORDED_NOW = sql`statement_timestamp(), statement_timestamp()`;

function recordStatement(workflowId: string, offered: readonly NewCommand<'create'>[]) {
  const distinct = distinctById(offered);
  const orders = distinct.map(({ id, caller, wanted }) => {
    const order = evolveOrder(undefined, id, recordedOrder(caller, wanted), BEFORE_THE_RECORD);
    return { ...order, streamVersion: 1 };
  });
  const items = distinct.map(({ id, wanted }) => ({ id, skus: skusIn(wanted.lines) }));
  const secrets = distinct.flatMap(({ id, secret }) => (secret ? { id, ...secret } : []));
  const events = distinct.map(({ id, caller, keyId, wanted }) => {
    const key: StreamKey = { kind: 'order', id };
    const event = recordedOrder(caller, wanted);
    return {
      id,
      stream: streamOf(key),
      key,
      ...event,
      traceparent: wanted.traceparent ?? null,
      caller,
      keyId,
    };
  });
  return sql`
    WITH claimed AS (${insertCommands(distinct, workflowId)} RETURNING *),
    ordered AS (
      ${insertOrders(sql`${orderRecords(orders)} JOIN claimed ON claimed.id = o.id`, RECORDED_NOW)}),
    found_by AS (
      ${insertOrderItems(items, sql`statement_timestamp()`, sql`JOIN claimed ON claimed.id = i.id`)}),
    ${secrets.length > 0 ? sql`kept AS (${insertSecrets(secrets)}),` : empty}
    logged AS (
      INSERT INTO event (stream, key, version, type, data, occurred_at, causation, correlation, traceparent, caller,
        key_id)
      SELECT e.stream, e.key, 1, type, data, statement_timestamp(), e.id, e.id, traceparent, e.caller, "keyId"
      FROM jsonb_to_recordset(${JSON.stringify(events)}::jsonb) AS e(id text, stream text, key jsonb, type text, data jsonb,
        traceparent text, caller text, "keyId" text)
      JOIN claimed ON claimed.id = e.id ORDER BY e.id)
    SELECT ${commandRow} AS "row" FROM claimed c`;
}

/** Inserts the keys of the orders that were claimed: a repeat brings no key back that was erased. */
function insertSecrets(secrets: readonly ({ readonly id: string } & OrderSecret)[]) {
  return sql`
    INSERT INTO order_secret (order_id, key, external_id, created_at)
    SELECT s.id, decode(s.key, 'base64'), "externalId", statement_timestamp()
    FROM jsonb_to_recordset(${JSON.stringify(secrets)}::jsonb) AS s(id text, key text, "externalId" text)
    JOIN claimed ON claimed.id = s.id ORDER BY s.id`;
}
