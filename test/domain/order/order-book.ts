import { isDeepStrictEqual } from 'node:util';
import type {
  CommandChange,
  CommandKind,
  CommandRow,
  Wanted,
} from '../../../src/domain/command/recorded-command';
import { recordedOrder } from '../../../src/domain/order/create-order';
import { evolveOrder } from '../../../src/domain/order/evolve-order';
import type { Order } from '../../../src/domain/order/order';
import type { OrderDecision } from '../../../src/domain/order/order-decision';
import type { OrderEvent } from '../../../src/domain/order/order-events';
import type { Refusal } from '../../../src/domain/refusal';
import { NOON, throughJson } from '../inventory/inventory-samples';

export const ORDER_ID = 'ord_1';

/** An event as a log stores it. */
export interface Logged<Event> {
  readonly version: number;
  readonly event: Event;
  readonly at: string;
}

/** Returns a command's row before its record has decided anything. */
export function rowOf<K extends CommandKind>(kind: K, id: string, wanted: Wanted[K]): CommandRow<K> {
  return {
    id,
    kind,
    caller: 'shop',
    keyId: null,
    subject: ORDER_ID,
    wanted,
    recordedAt: NOON,
    workflowId: `${kind}/${id}`,
    decision: null,
    attention: null,
    isClosed: false,
  };
}

/** One order with the rows of its commands, as in the orders store: each decision is one transaction. */
export class OrderBook {
  order: Order | undefined;
  now = NOON;
  readonly log: Logged<OrderEvent>[] = [];
  readonly rows = new Map<string, CommandRow>();

  /** Records the order itself as PENDING. */
  create(wanted: Wanted['create']): void {
    const row = rowOf('create', ORDER_ID, wanted);
    this.rows.set(row.id, row);
    this.append([recordedOrder(row.caller, wanted)], row.id);
  }

  /** Records a command on the order. A command that the order's state refuses leaves no row. */
  record<K extends CommandKind, Answer>(
    row: CommandRow<K>,
    record: (order: Order | undefined, row: CommandRow<K>) => OrderDecision<Answer> | Refusal,
  ): Answer | Refusal {
    const decision = record(this.order, row);
    if ('kind' in decision) return decision;
    this.rows.set(row.id, { ...row, recordedAt: this.now });
    this.#apply(decision, row.id);
    return decision.answer;
  }

  /**
   * Decides a command in the order's row.
   * @throws when the same decision, made again, gives another answer or changes anything
   */
  decide<K extends CommandKind, Answer>(
    id: string,
    decide: (order: Order | undefined, row: CommandRow<K>) => OrderDecision<Answer>,
  ): Answer {
    const decision = decide(this.order, this.row(id));
    this.#apply(decision, id);
    return decision.answer;
  }

  /** Decides twice: a later run must change nothing. */
  decideTwice<K extends CommandKind, Answer>(
    id: string,
    decide: (order: Order | undefined, row: CommandRow<K>) => OrderDecision<Answer>,
  ): Answer {
    const answer = this.decide(id, decide);
    const again = decide(this.order, this.row(id));
    if (!isDeepStrictEqual(again.answer, answer))
      throw new Error(`answered ${JSON.stringify(answer)}, then ${JSON.stringify(again.answer)}`);
    if (again.events.length > 0) throw new Error(`done twice: ${JSON.stringify(again.events)}`);
    return answer;
  }

  row<K extends CommandKind>(id: string): CommandRow<K> {
    const row = this.rows.get(id);
    if (!row) throw new Error(`command ${id} was never recorded`);
    return row as unknown as CommandRow<K>;
  }

  /** Returns the row as a transaction finds it: undefined when the command is closed or was never recorded. */
  openRow(id: string): CommandRow | undefined {
    const row = this.rows.get(id);
    return row?.isClosed ? undefined : row;
  }

  append(events: readonly OrderEvent[], causation: string): void {
    for (const event of throughJson(events)) {
      this.expectToFit(event, causation);
      this.order = evolveOrder(this.order, ORDER_ID, event, this.now);
      this.log.push({ version: this.log.length + 1, event, at: this.now });
    }
  }

  /** Checks an event before it is applied; a play with rules for events overrides it. */
  protected expectToFit(_event: OrderEvent, _causation: string): void {}

  #apply({ events, commands }: OrderDecision<unknown>, id: string): void {
    this.append(events, id);
    for (const change of throughJson(commands)) this.change(change);
  }

  change({ id, wanted, decision, close }: CommandChange): void {
    const row = this.row(id);
    this.rows.set(id, {
      ...row,
      ...(wanted ? { wanted: wanted as CommandRow['wanted'] } : {}),
      ...(decision ? { decision: decisionAfter(row, decision as Decided) } : {}),
      ...(decision && !row.decision ? { attention: null } : {}),
      ...(close ? { isClosed: true, attention: null } : {}),
    });
  }
}

type Decided = NonNullable<CommandRow['decision']>;

/** Returns the stored decision; a later one of its kind may only add to it. */
function decisionAfter({ decision }: CommandRow, next: Decided): Decided {
  if (!decision) return next;
  return decision.kind === next.kind ? ({ ...next, ...decision } as Decided) : decision;
}
