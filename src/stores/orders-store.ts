import { sqltag as sql } from '@prisma/client/runtime/client';
import type { Command } from '../contracts/commands';
import type { Decision, StepAnswer } from '../domain/decision';
import { evolveOrder } from '../domain/order/evolve-order';
import type { Order } from '../domain/order/order';
import type { OrderEvent } from '../domain/order/order-events';
import { type OpenStream, PendingLog } from './event-log';
import { PrismaClient } from './generated/orders/client';
import { type OrderRow, orderRow, streamVersionOf, toOrder } from './order-rows';
import { type OrderClaim, saveOrders } from './orders-save';
import { storedAnswers } from './step-answers';
import { StorePool } from './store-pool';
import type { StoreSession } from './store-session';
import { inTransaction } from './transaction';
import { endedByHand } from './unrecorded-commands';

/** A command as the orders store sees it. */
export interface OrderCommand extends Command {
  readonly orderId: string;
  /** The idempotency key that this command claims for its order, where it does. */
  readonly claim?: { readonly caller: string; readonly key: string; readonly fingerprint: string };
}

/**
 * An order as a decision finds it, whether its idempotency key stands for another body, whether an operator has ended it
 * before it could be recorded, and the database's clock.
 */
export interface LoadedOrder {
  readonly order: Order | undefined;
  readonly claimedByOther: boolean;
  readonly isEndedByHand: boolean;
  readonly now: string;
}

type Decide<C, Answer> = (loaded: LoadedOrder, command: C) => Decision<Answer, OrderEvent>;

/** As any other, on what the step that is to be undone has answered; undefined where it has not yet. */
type DecideUndo<C, Answer> = (
  loaded: LoadedOrder & { readonly answered: StepAnswer | undefined },
  command: C,
) => Decision<Answer, OrderEvent>;

/** Whose answers are looked up and kept; its own answer does for an answer of the step, unless it undoes it. */
interface Answering {
  readonly step: string;
  readonly isUndo: boolean;
}

interface Loaded {
  readonly now: string;
  readonly orders: readonly OrderRow[];
  readonly claims: readonly OrderClaim[];
  readonly endedByHand: readonly string[];
  readonly answers: Readonly<Record<string, object>>;
}

/** An order's stream, and how the order was before anything was appended. */
interface OpenOrder {
  readonly loaded: Order | undefined;
  readonly stream: OpenStream<Order | undefined, OrderEvent>;
}

const NO_ANSWERS = sql`'{}'::jsonb`;

/** Orders, the idempotency keys they were claimed under, and their log. */
export class OrdersStore {
  readonly pool: StorePool;
  readonly client: PrismaClient;

  constructor(url: string, connections: number) {
    this.pool = new StorePool(url, 'orders', connections);
    this.client = new PrismaClient({ adapter: this.pool.adapter() });
  }

  /**
   * One step for a set of commands, in one transaction: orders are locked in key order and loaded, each command is
   * decided, all is saved at once. An order's own row is the stored answer: deciding again on it answers the same.
   */
  async step<C extends OrderCommand, Answer>(
    commands: readonly C[],
    decide: Decide<C, Answer>,
  ): Promise<Answer[]> {
    return this.#step(undefined, commands, decide);
  }

  /** As `step`, for what the row alone does not tell again: a command that was answered before gets the same answer. */
  async stepOnce<C extends OrderCommand, Answer extends object>(
    step: string,
    commands: readonly C[],
    decide: Decide<C, Answer>,
  ): Promise<Answer[]> {
    return this.#step({ step, isUndo: false }, commands, decide);
  }

  /**
   * The undo of such a step. A refusal of a command that the step has not answered stands in the place of its answer:
   * the step that comes late finds it.
   */
  async undoOnce<C extends OrderCommand, Answer extends { readonly kind: string }>(
    step: string,
    commands: readonly C[],
    decide: DecideUndo<C, Answer>,
  ): Promise<Answer[]> {
    return this.#step({ step, isUndo: true }, commands, decide);
  }

  async #step<C extends OrderCommand, Answer>(
    answering: Answering | undefined,
    commands: readonly C[],
    decide: DecideUndo<C, Answer>,
  ): Promise<Answer[]> {
    return inTransaction(this.client, async (session) => {
      const ids = [...new Set(commands.map(({ orderId }) => orderId))].sort();
      await session.$queryRaw`SELECT 1 FROM "order" WHERE id = ANY(${ids}) ORDER BY id FOR UPDATE`;
      const loaded = await load(session, ids, commands, answering?.step);
      const log = new PendingLog(loaded.now);
      const orders = openOrders(log, ids, loaded);
      const claims = new Map(loaded.claims.map((claim) => [keyOf(claim), claim]));
      const newClaims: OrderClaim[] = [];
      const fresh = new Map<string, object>();
      const answers = commands.map((command) => {
        const known = fresh.get(command.commandId) ?? loaded.answers[command.commandId];
        if (known && !answering?.isUndo) return known as Answer;
        const stream = orders.get(command.orderId)?.stream;
        if (!stream) throw new Error(`order ${command.orderId} was not loaded`);
        const claimedByOther = claimFor(command, claims, newClaims) === 'other';
        const answered = known as StepAnswer | undefined;
        const isEndedByHand = loaded.endedByHand.includes(command.orderId);
        const loadedOrder = { order: stream.state, claimedByOther, isEndedByHand, now: loaded.now, answered };
        const { answer, events } = decide(loadedOrder, command);
        for (const event of events) stream.append(event, command);
        if (answering && !known && isKept(answering, answer)) fresh.set(command.commandId, answer as object);
        return answer;
      });
      if (!log.isEmpty || fresh.size > 0) {
        const changed = [...orders.values()].filter(({ stream }) => stream.isTouched);
        const answered = answering && { step: answering.step, answers: fresh };
        await saveOrders(session, { log, changed, claims: newClaims, answered });
      }
      return answers;
    });
  }
}

function isKept({ isUndo }: Answering, answer: unknown): boolean {
  return !isUndo || (answer as { readonly kind: string }).kind === 'refused';
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
  step: string | undefined,
): Promise<Loaded> {
  const commandIds = commands.map(({ commandId }) => commandId);
  const claims = commands.flatMap(({ claim }) => (claim ? [claim] : []));
  // What claims nothing has been recorded: it cannot have been ended before.
  const unrecorded = claims.length > 0 ? ids : [];
  const [loaded] = await session.$queryRaw<Loaded[]>`
    SELECT iso(clock_timestamp()) AS now,
      ${step === undefined ? NO_ANSWERS : storedAnswers(step, commandIds)} AS answers,
      (SELECT coalesce(json_agg(${orderRow}), '[]') FROM "order" o WHERE id = ANY(${ids})) AS orders,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('caller', caller, 'key', key, 'fingerprint', fingerprint,
         'orderId', order_id)), '[]')
       FROM claim WHERE (caller, key) IN (SELECT * FROM unnest(
         ${claims.map(({ caller }) => caller)}::text[], ${claims.map(({ key }) => key)}::text[]))) AS claims,
      ${endedByHand(unrecorded)} AS "endedByHand"`;
  if (!loaded) throw new Error('a load gave no row');
  return loaded;
}

function openOrders(
  log: PendingLog,
  ids: readonly string[],
  { orders, now }: Loaded,
): Map<string, OpenOrder> {
  const rows = new Map(orders.map((row) => [row[0], row]));
  return new Map(
    ids.map((id) => {
      const row = rows.get(id);
      const loaded = { state: row && toOrder(row), version: row ? streamVersionOf(row) : 0 };
      const stream = log.open(`order/${id}`, loaded, (current, event: OrderEvent) =>
        evolveOrder(current, id, event, now),
      );
      return [id, { stream, loaded: loaded.state }];
    }),
  );
}
