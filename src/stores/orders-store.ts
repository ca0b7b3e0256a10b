import type { Command } from '../contracts/commands';
import type { Decision } from '../domain/decision';
import { evolveOrder, type Order, type OrderEvent } from '../domain/order/order';
import { type OpenStream, PendingLog } from './event-log';
import { PrismaClient } from './generated/orders/client';
import { type OrderRow, orderRow, streamVersionOf, toOrder } from './order-rows';
import { type StoreSession, storeAdapter } from './store-session';
import { inTransaction } from './transaction';

/** A command as the orders store sees it. */
export interface OrderCommand extends Command {
  readonly orderId: string;
  /** The idempotency key that this command claims for its order, where it does. */
  readonly claim?: { readonly caller: string; readonly key: string; readonly fingerprint: string };
}

/** An order as a decision finds it, and whether its idempotency key stands for another body. */
export interface LoadedOrder {
  readonly order: Order | undefined;
  readonly claimedByOther: boolean;
}

interface OrderClaim {
  readonly caller: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly orderId: string;
}

interface Loaded {
  readonly now: string;
  readonly orders: readonly OrderRow[];
  readonly claims: readonly OrderClaim[];
}

type OrderStream = OpenStream<Order | undefined, OrderEvent>;

/** Orders, the idempotency keys they were claimed under, and their log. */
export class OrdersStore {
  readonly client: PrismaClient;

  constructor(url: string, connections: number) {
    this.client = new PrismaClient({ adapter: storeAdapter(url, 'orders', connections) });
  }

  /**
   * One step for a set of commands, in one transaction: orders are locked in key order and loaded, each command is
   * decided, all is saved at once. An order's own row is the stored answer: deciding again on it answers the same.
   */
  async step<C extends OrderCommand, Answer>(
    commands: readonly C[],
    decide: (loaded: LoadedOrder, command: C) => Decision<Answer, OrderEvent>,
  ): Promise<Answer[]> {
    return inTransaction(this.client, async (session) => {
      const ids = [...new Set(commands.map(({ orderId }) => orderId))].sort();
      await session.$queryRaw`SELECT 1 FROM "order" WHERE id = ANY(${ids}) ORDER BY id FOR UPDATE`;
      const loaded = await load(session, ids, commands);
      const log = new PendingLog(loaded.now);
      const streams = openStreams(log, ids, loaded);
      const claims = new Map(loaded.claims.map((claim) => [keyOf(claim), claim]));
      const newClaims: OrderClaim[] = [];
      const answers = commands.map((command) => {
        const stream = streams.get(command.orderId);
        if (!stream) throw new Error(`order ${command.orderId} was not loaded`);
        const claimedByOther = claimFor(command, claims, newClaims) === 'other';
        const { answer, events } = decide({ order: stream.state, claimedByOther }, command);
        for (const event of events) stream.append(event, command);
        return answer;
      });
      if (!log.isEmpty) await save(session, log, streams, newClaims);
      return answers;
    });
  }
}

function claimFor(
  command: OrderCommand,
  claims: Map<string, OrderClaim>,
  newClaims: OrderClaim[],
): 'own' | 'other' {
  if (!command.claim) return 'own';
  const wanted = { ...command.claim, orderId: command.orderId };
  const existing = claims.get(keyOf(wanted));
  if (existing) return existing.orderId === command.orderId ? 'own' : 'other';
  claims.set(keyOf(wanted), wanted);
  newClaims.push(wanted);
  return 'own';
}

function keyOf({ caller, key }: Pick<OrderClaim, 'caller' | 'key'>): string {
  return JSON.stringify([caller, key]);
}

async function load(
  session: StoreSession,
  ids: readonly string[],
  commands: readonly OrderCommand[],
): Promise<Loaded> {
  const claims = commands.flatMap(({ claim }) => (claim ? [claim] : []));
  const [loaded] = await session.$queryRaw<Loaded[]>`
    SELECT iso(clock_timestamp()) AS now,
      (SELECT coalesce(json_agg(${orderRow}), '[]') FROM "order" o WHERE id = ANY(${ids})) AS orders,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('caller', caller, 'key', key, 'fingerprint', fingerprint,
         'orderId', order_id)), '[]')
       FROM claim WHERE (caller, key) IN (SELECT * FROM unnest(
         ${claims.map(({ caller }) => caller)}::text[], ${claims.map(({ key }) => key)}::text[]))) AS claims`;
  if (!loaded) throw new Error('a load gave no row');
  return loaded;
}

function openStreams(
  log: PendingLog,
  ids: readonly string[],
  { orders, now }: Loaded,
): Map<string, OrderStream> {
  const rows = new Map(orders.map((row) => [row[0], row]));
  return new Map(
    ids.map((id) => {
      const row = rows.get(id);
      const loaded = { state: row && toOrder(row), version: row ? streamVersionOf(row) : 0 };
      return [
        id,
        log.open(`order/${id}`, loaded, (current, event: OrderEvent) => evolveOrder(current, id, event, now)),
      ];
    }),
  );
}

async function save(
  session: StoreSession,
  log: PendingLog,
  streams: ReadonlyMap<string, OrderStream>,
  claims: readonly OrderClaim[],
): Promise<void> {
  const touched = [...streams.values()].filter((stream) => stream.isTouched);
  const rows = touched.map(({ state, version }) => ({ ...state, streamVersion: version }));
  await session.$executeRaw`
    WITH logged AS (${log.insertion()}),
    claimed AS (
      INSERT INTO claim (caller, key, fingerprint, order_id)
      SELECT caller, key, fingerprint, "orderId"
      FROM jsonb_to_recordset(${JSON.stringify(claims)}::jsonb) AS c(
        caller text, key text, fingerprint text, "orderId" text)
      ORDER BY caller, key)
    INSERT INTO "order" (id, caller, customer_id, currency, status, reason, lines, total, payment, compensation,
      attention, region, channel, reservation_id, ship_complete, version, stream_version, saga_id, created_at,
      updated_at)
    SELECT id, caller, "customerId", currency, status, reason, lines, total, payment, compensation, attention,
      region, channel, "reservationId", "shipComplete", version, "streamVersion", "sagaId", "createdAt", "updatedAt"
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS o(id text, caller text, "customerId" text,
      currency text, status text, reason text, lines jsonb, total bigint, payment text, compensation text,
      attention jsonb, region text, channel text, "reservationId" text, "shipComplete" boolean, version int,
      "streamVersion" int, "sagaId" text, "createdAt" timestamptz, "updatedAt" timestamptz)
    ORDER BY id
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, reason = excluded.reason, lines = excluded.lines,
      total = excluded.total, payment = excluded.payment, compensation = excluded.compensation,
      attention = excluded.attention, reservation_id = excluded.reservation_id, version = excluded.version,
      stream_version = excluded.stream_version, saga_id = excluded.saga_id, updated_at = excluded.updated_at`;
}
