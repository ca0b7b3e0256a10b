import { sqltag as sql } from '@prisma/client/runtime/client';
import type { LoggedAct } from '../../contracts/audit-acts';
import type { Actor } from '../../contracts/commands';
import type { CommandKind, CommandRow, CreateDecision } from '../../domain/command/recorded-command';
import { erasureOf } from '../../domain/order/erase-personal-data';
import { evolveOrder } from '../../domain/order/evolve-order';
import type { Order } from '../../domain/order/order';
import type { OrderDecision } from '../../domain/order/order-decision';
import type { OrderEvent } from '../../domain/order/order-events';
import type { Refusal } from '../../domain/refusal';
import { PrismaClient } from '../generated/orders/client';
import { insertAct } from '../log/audit-log';
import { type Cause, type OpenStream, PendingLog } from '../log/event-log';
import { runStep } from '../log/run-step';
import { StepAnswers, storedAnswers } from '../log/step-answers';
import { exactlyOne } from '../postgres/exactly-one';
import { StorePool } from '../postgres/store-pool';
import type { StepSession } from '../postgres/store-session';
import { Wake } from '../postgres/wake';
import {
  answerFrom,
  causeOf,
  changed as commandAfter,
  commandRow,
  insertCommands,
  type NewCommand,
  type RecordAnswer,
  type StoredCommand,
} from './command-rows';
import { type OrderRow, orderRow, streamVersionOf, toOrder } from './order-rows';
import { recordNewOrders } from './orders-record';
import { saveOrders } from './orders-save';

/** An order under its lock, with the commands loaded beside it. */
export interface LoadedOrder {
  readonly order: Order | undefined;
  /** Finds a command of the batch, or an open command on a locked order, by its id; undefined for all others. */
  row(id: string): CommandRow | undefined;
  /** The database's clock, RFC 3339. */
  readonly now: string;
}

/** A function that decides a recorded command. */
export type DecideCommand<K extends CommandKind, Answer> = (
  loaded: LoadedOrder,
  command: CommandRow<K>,
) => OrderDecision<Answer>;

/** A function that records a command on its order, or returns the reason why the order's state refuses it. */
export type RecordCommand<K extends CommandKind> = (
  loaded: LoadedOrder,
  command: CommandRow<K>,
) => OrderDecision<unknown> | Refusal;

/** An order that a transaction has decided for the first time. */
export interface DecidedOrder {
  readonly decision: CreateDecision;
  /** The time from its record to its decision, by the database's clock. */
  readonly seconds: number;
}

/** The act of an operator that a command is, for the audit log. */
export interface CommandAct {
  readonly act: LoggedAct;
  readonly subject: string;
  readonly detail: object;
}

/** The lock timeout of a record batch. When it expires, the intake records the commands one by one. */
const BATCH_LOCK_TIMEOUT = '200ms';

interface OpenOrder {
  readonly loaded: Order | undefined;
  readonly stream: OpenStream<Order | undefined, OrderEvent>;
}

interface Loaded {
  readonly now: string;
  readonly orders: readonly OrderRow[];
  readonly commands: readonly StoredCommand[];
  readonly answers: Readonly<Record<string, object>>;
}

/** The store of orders, their commands, and their log. */
export class OrdersStore {
  readonly pool: StorePool;
  readonly client: PrismaClient;
  readonly answers: StepAnswers;
  /** Notifies listeners of decided orders, after the commit. */
  readonly decided = new Wake<readonly DecidedOrder[]>();

  constructor(url: string, connections: number) {
    this.pool = new StorePool(url, 'orders', connections);
    this.answers = new StepAnswers(this.pool);
    this.client = new PrismaClient({ adapter: this.pool.adapter() });
  }

  /**
   * Records new orders as PENDING and claims their idempotency keys, in one statement. Rows that already have
   * `workflowId` belong to this batch: an earlier attempt committed, but its outcome was unknown.
   */
  recordOrders(workflowId: string, offered: readonly NewCommand<'create'>[]): Promise<RecordAnswer[]> {
    return recordNewOrders(this.pool, workflowId, offered);
  }

  /**
   * Records commands on orders in one transaction. It inserts the commands' rows in order of their ids, locks the
   * orders in order of theirs, and then decides each command on the state that the commands before it left. It
   * deletes the rows of refused commands. With `actOf`, it writes the act of each recorded command to the audit log.
   */
  async recordChanges<K extends CommandKind>(
    workflowId: string,
    offered: readonly NewCommand<K>[],
    record: RecordCommand<K>,
    actOf?: (command: NewCommand<K>) => CommandAct,
  ): Promise<RecordAnswer[]> {
    const { answers, decided } = await this.pool.step(async (session) => {
      const orderIds = distinct(offered.map(({ subject }) => subject));
      if (offered.length > 1)
        session
          .$executeRaw(sql`SELECT set_config('lock_timeout', ${BATCH_LOCK_TIMEOUT}, true)`)
          .catch(ignored);
      const claims = session.$queryRaw<{ id: string }[]>(
        sql`${insertCommands(offered, workflowId)} RETURNING id`,
      );
      const loading = lockAndLoad(session, { orderIds, commandIds: offered.map(({ id }) => id) });
      const [claimed, loaded] = await Promise.all([claims, loading]);
      const fresh = new Set(claimed.map(({ id }) => id));
      const work = new OrdersWork(loaded, orderIds);
      const refused: string[] = [];
      const taken = new Set<string>();
      const answers = offered.map((command): RecordAnswer => {
        const row = work.row(command.id);
        if (!row) throw new Error(`command ${command.id} was claimed, but has no row`);
        const isRepeat = taken.has(command.id);
        const answer = answerFrom(row, command, { workflowId, isRepeat });
        if (answer.kind === 'key-reused' || isRepeat) return answer;
        taken.add(command.id);
        if (!fresh.has(command.id)) return answer;
        const decision = record(work.orderOf(row), row as unknown as CommandRow<K>);
        if ('kind' in decision) {
          taken.delete(command.id);
          refused.push(command.id);
          return decision;
        }
        work.apply(decision, row);
        if (actOf) session.save(insertionOf(command, actOf(command)));
        return { kind: 'recorded', row: work.row(command.id) ?? row };
      });
      work.save(session, { refused, hasClaims: fresh.size > refused.length });
      return { answers, decided: work.decidedOrders() };
    });
    this.decided.tell(decided);
    return answers;
  }

  /**
   * Decides commands under their orders' locks, in one transaction. With `step`, it stores the answers under that step,
   * and a repeated command gets its stored answer.
   */
  async decide<K extends CommandKind, Answer extends object>(
    commandIds: readonly string[],
    decide: DecideCommand<K, Answer>,
    step?: string,
  ): Promise<ReadonlyMap<string, Answer>> {
    const commands = commandIds.map((commandId) => ({ commandId }));
    let decided: readonly DecidedOrder[] = [];
    const answers = await runStep(this, step, commands, async (session) => {
      const loaded = await lockAndLoad(session, { orderIds: null, commandIds, ...(step ? { step } : {}) });
      const work = new OrdersWork(loaded, distinct(loaded.commands.map(({ subject }) => subject)));
      return {
        stored: loaded.answers,
        decide({ commandId }): OrderDecision<Answer> {
          const row = work.row(commandId);
          if (!row) throw new Error(`command ${commandId} was never recorded`);
          const decision = decide(work.orderOf(row), row as unknown as CommandRow<K>);
          work.apply(decision, row);
          return decision;
        },
        save(fresh) {
          work.save(session, { refused: [], ...answeredBy(step, fresh) });
          decided = work.decidedOrders();
        },
      };
    });
    this.decided.tell(decided);
    return new Map(commandIds.map((id, at) => [id, answers[at] as Answer]));
  }

  /** Runs a step on orders for causes without a command row. A repeated id gets its stored answer. */
  stepOnce<C extends Cause & { readonly orderId: string }, Answer extends object>(
    step: string,
    causes: readonly C[],
    decide: (
      loaded: LoadedOrder,
      cause: C,
    ) => { readonly answer: Answer; readonly events: readonly OrderEvent[] },
  ): Promise<Answer[]> {
    return runStep(this, step, causes, async (session) => {
      const orderIds = distinct(causes.map(({ orderId }) => orderId));
      const commandIds = causes.map(({ commandId }) => commandId);
      const loaded = await lockAndLoad(session, { orderIds, commandIds, step });
      const work = new OrdersWork(loaded, orderIds);
      return {
        stored: loaded.answers,
        decide(cause) {
          const decision = decide(work.order(cause.orderId), cause);
          work.append(cause.orderId, decision.events, cause);
          return { answer: decision.answer };
        },
        save: (fresh) => work.save(session, { refused: [], ...answeredBy(step, fresh) }),
      };
    });
  }

  /**
   * Erases the personal data of an order: deletes their key, and appends the event. It waits for the lock of the order,
   * and leaves an order without such data as it is.
   * @returns false when there is no such order
   */
  erasePersonalData(orderId: string, cause: Cause): Promise<boolean> {
    return this.pool.step(async (session) => {
      const loaded = await lockAndLoad(session, { orderIds: [orderId], commandIds: [] });
      const work = new OrdersWork(loaded, [orderId]);
      const { order } = work.order(orderId);
      const events = erasureOf(order);
      if (events.length === 0) return order !== undefined;
      work.append(orderId, events, { ...cause, correlation: orderId });
      session.save(sql`DELETE FROM order_secret WHERE order_id = ${orderId}`);
      work.save(session, { refused: [] });
      return true;
    });
  }
}

function answeredBy(step: string | undefined, answers: ReadonlyMap<string, object>) {
  return step && answers.size > 0 ? { answered: { step, answers } } : {};
}

/** The orders and command rows of one transaction: loaded under locks, evolved by its decisions. */
class OrdersWork {
  readonly #log: PendingLog;
  readonly #orders: ReadonlyMap<string, OpenOrder>;
  readonly #rows: Map<string, StoredCommand>;
  readonly #changes: OrderDecision<unknown>['commands'][number][] = [];

  constructor(
    private readonly loaded: Loaded,
    orderIds: readonly string[],
  ) {
    this.#log = new PendingLog(loaded.now);
    this.#orders = openOrders(this.#log, orderIds, loaded);
    this.#rows = new Map(loaded.commands.map((row) => [row.id, row]));
  }

  row(id: string): StoredCommand | undefined {
    return this.#rows.get(id);
  }

  orderOf({ subject }: Pick<CommandRow, 'subject'>): LoadedOrder {
    return this.order(subject);
  }

  order(id: string): LoadedOrder {
    return {
      order: this.#orders.get(id)?.stream.state,
      row: (commandId) => this.#rows.get(commandId),
      now: this.loaded.now,
    };
  }

  /** Returns the new orders that were undecided when they were loaded, and now are decided. */
  decidedOrders(): readonly DecidedOrder[] {
    return this.loaded.commands.flatMap(({ id, kind, decision: before, recordedAt }) => {
      const decision = this.#rows.get(id)?.decision;
      if (kind !== 'create' || before || !decision) return [];
      const seconds = (Date.parse(this.loaded.now) - Date.parse(recordedAt)) / 1_000;
      return [{ decision: decision as CreateDecision, seconds }];
    });
  }

  apply({ events, commands }: OrderDecision<unknown>, row: StoredCommand): void {
    this.append(row.subject, events, causeOf(row));
    for (const change of commands) {
      const before = this.#rows.get(change.id);
      if (!before) throw new Error(`command ${change.id} was not loaded`);
      this.#rows.set(change.id, { ...before, ...commandAfter(before, change) });
      this.#changes.push(change);
    }
  }

  append(orderId: string, events: readonly OrderEvent[], cause: Cause): void {
    if (events.length === 0) return;
    const stream = this.#orders.get(orderId)?.stream;
    if (!stream) throw new Error(`order ${orderId} was not loaded`);
    for (const event of events) stream.append(event, cause);
  }

  save(
    session: StepSession,
    {
      refused,
      hasClaims = false,
      answered,
    }: {
      readonly refused: readonly string[];
      /** True when commands were inserted: the transaction then commits even without other changes. */
      readonly hasClaims?: boolean;
      readonly answered?: { readonly step: string; readonly answers: ReadonlyMap<string, object> };
    },
  ): void {
    const isEmpty = this.#log.isEmpty && this.#changes.length === 0 && refused.length === 0 && !answered;
    if (isEmpty && !hasClaims) return;
    const changed = [...this.#orders.values()].filter(({ stream }) => stream.isTouched);
    session.save(saveOrders({ log: this.#log, changed, commands: merged(this.#changes), refused, answered }));
  }
}

/** Merges the changes of each row into one: a statement updates a row only once. */
function merged(changes: readonly { readonly id: string }[]): { readonly id: string }[] {
  const byId = new Map<string, { readonly id: string }>();
  for (const change of changes) byId.set(change.id, { ...byId.get(change.id), ...change });
  return [...byId.values()];
}

interface Scope {
  /** The orders to lock; null: the subjects of the commands. */
  readonly orderIds: readonly string[] | null;
  readonly commandIds: readonly string[];
  readonly step?: string;
}

/**
 * Locks orders in order of their ids, then the named commands and the open commands on these orders, in order of
 * theirs. Loads in a separate statement: a statement that waited for locks still sees the rows from before its wait.
 */
async function lockAndLoad(session: StepSession, { orderIds, commandIds, step }: Scope): Promise<Loaded> {
  const ids = [...commandIds];
  // An array instead of a subquery of rows lets the index on subjects find the commands; else all open ones are read.
  const orders = orderIds
    ? sql`${[...orderIds]}::text[]`
    : sql`ARRAY(SELECT subject FROM command WHERE id = ANY(${ids}::text[]))`;
  const isOn = sql`(c.id = ANY(${ids}::text[]) OR (c.subject = ANY(${orders}) AND c.closed_at IS NULL))`;
  // An Append node runs its parts in order, so every transaction locks orders first.
  const locking = session.$queryRaw<unknown>(sql`
    SELECT 1 FROM (SELECT 1 FROM "order" WHERE id = ANY(${orders}) ORDER BY id FOR UPDATE) o
    UNION ALL SELECT 1 FROM (SELECT 1 FROM command c WHERE ${isOn} ORDER BY id FOR UPDATE) c`);
  const loading = session.$queryRaw<Loaded[]>(sql`
    SELECT iso(clock_timestamp()) AS now,
      ${step === undefined ? sql`'{}'::jsonb` : storedAnswers(step, ids)} AS answers,
      (SELECT coalesce(json_agg(${orderRow}), '[]') FROM "order" o WHERE id = ANY(${orders})) AS orders,
      (SELECT coalesce(jsonb_agg(${commandRow}), '[]') FROM command c WHERE ${isOn}) AS commands`);
  const [, rows] = await Promise.all([locking, loading]);
  const loaded = exactlyOne(rows);
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
      const stream = log.open({ kind: 'order', id }, loaded, (current, event: OrderEvent) =>
        evolveOrder(current, id, event, now),
      );
      return [id, { stream, loaded: loaded.state }];
    }),
  );
}

function insertionOf(by: Actor, { act, subject, detail }: CommandAct) {
  return insertAct(act, by, sql`SELECT ${subject}::text`, detail);
}

function distinct(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)].sort();
}

/** Ignores the failure of a statement: the next statements of the transaction fail with it. */
function ignored(): void {}
