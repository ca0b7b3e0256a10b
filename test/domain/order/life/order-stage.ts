import { PLANS } from '../../../../src/contracts/plans';
import type { MemberEnd } from '../../../../src/contracts/saga';
import type { CommandRow } from '../../../../src/domain/command/recorded-command';
import { done, type StepAnswer } from '../../../../src/domain/decision';
import { recordCancel } from '../../../../src/domain/order/cancel-order';
import { decideFilled } from '../../../../src/domain/order/fill-order';
import type { EarlyFill } from '../../../../src/domain/order/order';
import { recordRejection } from '../../../../src/domain/order/reject-shipment';
import { recordAccept, recordDeliver, recordShip } from '../../../../src/domain/order/report-shipment';
import { recordResolution } from '../../../../src/domain/order/resolve-command';
import { recordReturn } from '../../../../src/domain/order/return-units';
import { recordRevision } from '../../../../src/domain/order/revise-order';
import type { Refusal } from '../../../../src/domain/refusal';
import { rowOf } from '../order-book';
import { OrderLedger } from './order-ledger';
import { commandFor, type Move, NODES, type OrderCommand, type OrderStory, SKUS } from './order-play';
import { type Parts, runSaga, StepFaulted } from './order-sagas';
import { OrderWarehouse } from './order-warehouse';
import { type Caller, StepwiseWork } from './stepwise';

/** A saga, or a fill on its way (`command` is null). */
interface UnderWay {
  readonly command: string | null;
  readonly begin: () => (call: Caller) => Promise<MemberEnd | undefined>;
  work: StepwiseWork<MemberEnd | undefined>;
}

const OF_ADA = { customerId: 'ada', currency: 'EUR' };
/** Many more steps than any story takes. */
const MOST_STEPS = 5_000;

/**
 * Plays a story: records commands and runs the steps of their sagas in any order; sagas lose answers, die, and run
 * again.
 */
export class OrderStage implements Parts {
  readonly ledger: OrderLedger;
  readonly warehouse: OrderWarehouse;
  readonly given: OrderCommand[] = [];
  readonly seen = new Set<string>();
  #underWay: UnderWay[] = [];
  #fills = 0;
  #operations = 0;
  /** The number of events so far. */
  steps = 0;

  constructor(story: OrderStory) {
    this.ledger = new OrderLedger(story.creditLimit);
    this.warehouse = new OrderWarehouse(NODES, story.canBackorder);
    for (const sku of SKUS) {
      for (const [at, node] of NODES.entries())
        this.warehouse.deliver(sku, node, story.stock[sku]?.[at] ?? 0);
    }
    const { shipComplete } = story;
    const lines = story.lines.map((line, at) => ({ ...line, lineId: `${at + 1}` }));
    const order = { ...OF_ADA, currency: 'EUR', region: 'north', channel: null, reservationId: null };
    const named = { shippingMethod: null, sealed: null };
    this.ledger.create({ ...order, ...named, lines, shipComplete, maxShipments: null });
    this.#run(this.ledger.row('ord_1'));
  }

  /** True when no saga is under way and no command waits for the relay or an operator. */
  get isQuiet(): boolean {
    return this.#underWay.length === 0 && this.#open().length === 0;
  }

  async move(move: Move): Promise<void> {
    switch (move.do) {
      case 'begin':
        return this.#give(move.command);
      case 'advance':
        return this.#advance(move.saga, move.isLost);
      case 'fault':
        return this.#fault(move.saga, move);
      case 'restart':
        return this.#restart(move.saga);
      case 'wait':
        return this.ledger.wait(move.seconds);
      case 'deliver':
        this.warehouse.deliver(move.sku, move.node, move.quantity);
        return this.#fill();
      default:
        return this.#again(move);
    }
  }

  #again(move: Extract<Move, { readonly command: number }>): void {
    switch (move.do) {
      case 'takeUp': {
        const row = pick(
          this.#open().filter(({ attention }) => !attention),
          move.command,
        );
        if (row) this.#run(row);
        return;
      }
      case 'late': {
        const row = pick([...this.ledger.rows.values()], move.command);
        if (row) this.#run(row, move.isUnaware);
        return;
      }
      case 'repeat': {
        const command = pick(this.given, move.command);
        if (command) this.#record(command);
        return;
      }
      case 'operate': {
        const row = pick(
          this.#open().filter(({ attention }) => attention),
          move.command,
        );
        if (row) this.#operate(row, move.isByHand);
      }
    }
  }

  /** Brings everything under way to its end, as the relay and an operator do. */
  async settle(): Promise<void> {
    for (let steps = 0; !this.isQuiet; steps++) {
      if (steps > MOST_STEPS) throw new Error('the sagas come to no end');
      if (this.#underWay.length > 0) await this.#advance(steps, false);
      else
        for (const row of this.#open()) row.attention ? this.#operate(row, steps % 2 === 0) : this.#run(row);
    }
  }

  #open(): readonly CommandRow[] {
    return [...this.ledger.rows.values()].filter(({ isClosed }) => !isClosed);
  }

  /** Tries to fill each entry at new stock, also by two fillers that do not know of each other. */
  #fill(): void {
    for (const { sku, place } of this.warehouse.turns) {
      this.#fills += 1;
      const attempt = `fill/${sku}/${place}/${this.#fills}`;
      this.#begin(null, () => async (call) => {
        const { allocations } = await call('', () => this.#filled(attempt, sku, place));
        // The order reads the fill from the inventory's log: it counts once, however often it is redelivered.
        if (allocations.length > 0)
          await call('', () => this.#told(`fill/${sku}/${place}`, { place, allocations }));
        return undefined;
      });
    }
  }

  #filled(attempt: string, sku: string, place: number) {
    return this.ledger.once<StepAnswer & typeof done & Pick<EarlyFill, 'allocations'>>(
      'fill',
      attempt,
      () => ({
        answer: { ...done, allocations: this.warehouse.fill(sku, place) },
      }),
    );
  }

  #told(id: string, fill: EarlyFill): StepAnswer {
    const { ledger } = this;
    return ledger.once('recordFill', id, () => {
      const decision = decideFilled(ledger.order, fill, ledger.terms);
      ledger.append(decision.events, id);
      return decision;
    });
  }

  #give(drawn: Extract<Move, { do: 'begin' }>['command']): void {
    const { order } = this.ledger;
    if (!order) return;
    const command = commandFor(order, drawn, `c${this.given.length + 1}`);
    if (command.kind === 'revise' && command.lines.length === 0) return;
    this.given.push(command);
    this.#record(command);
  }

  /** Records a command once for each key. A refused command is judged again. */
  #record(command: OrderCommand): void {
    const { commandId, kind } = command;
    if (this.ledger.rows.has(commandId)) return;
    const before = this.ledger.order;
    const answer = this.#judge(command);
    if ('kind' in answer && answer.kind === 'refused') {
      this.seen.add(`${kind} ${(answer as Refusal).reason}`);
      expect(this.ledger.order).toBe(before);
      return;
    }
    this.seen.add(`${kind} recorded`);
    if (this.ledger.order?.shipments.some(({ restId, shippedBy }) => restId && shippedBy === commandId))
      this.seen.add('ship in part');
    const row = this.ledger.row(commandId);
    if (row.kind in PLANS && !row.isClosed) this.#run(row);
  }

  #judge(command: OrderCommand): object {
    const { ledger } = this;
    const { terms } = ledger;
    const { commandId: id } = command;
    switch (command.kind) {
      case 'accept':
        return ledger.record(rowOf('accept', id, { ...OF_ADA, ...command }), (order, row) =>
          recordAccept(order, row, terms),
        );
      case 'deliver':
        return ledger.record(rowOf('deliver', id, { ...OF_ADA, ...command }), recordDeliver);
      case 'ship':
        return ledger.record(rowOf('ship', id, { ...OF_ADA, ...command, tracking: 'T1' }), (order, row) => {
          const owner =
            order?.pending?.kind === 'revise' ? ledger.openRow(order.pending.commandId) : undefined;
          return recordShip(order, row, owner as CommandRow<'revise'> | undefined);
        });
      case 'reject':
        return ledger.record(rowOf('reject', id, { ...OF_ADA, ...command }), (order, row) =>
          recordRejection(order, row, terms),
        );
      case 'overdue': {
        const wanted = { ...OF_ADA, shipmentId: command.shipmentId, reason: 'NO_RESPONSE' } as const;
        return ledger.record(rowOf('reject', id, wanted), (order, row) => recordRejection(order, row, terms));
      }
      case 'return':
        return ledger.record(rowOf('return', id, { ...OF_ADA, ...command }), recordReturn);
      case 'cancel':
        return ledger.record(rowOf('cancel', id, OF_ADA), recordCancel);
      case 'revise':
        return ledger.record(rowOf('revise', id, { ...OF_ADA, ...command }), recordRevision);
    }
  }

  /**
   * Retries or resolves a command as an operator does. It never resolves a shipment or a return: no operator can undo
   * these by hand.
   */
  #operate(row: CommandRow, isByHand: boolean): void {
    this.#operations += 1;
    const id = `x${this.#operations}`;
    if (!isByHand || ['ship', 'return', 'resolve'].includes(row.kind)) {
      this.ledger.retry(row.id, `${row.kind}/${row.id}/${id}`);
      this.seen.add('operator retried');
      return;
    }
    const resolution = rowOf('resolve', id, { target: row.id, note: 'by hand' });
    this.ledger.record(resolution, () => recordResolution(this.ledger.openRow(row.id)));
    this.#run(this.ledger.row(id));
  }

  /** Runs a saga. An unaware run was started before the decision; a command decided at its record has no such run. */
  #run(row: CommandRow, isUnaware = false): void {
    const isDecidedByItsSaga = row.kind in PLANS && PLANS[row.kind as keyof typeof PLANS].decide !== null;
    if (!(row.kind in PLANS)) return;
    this.#begin(row.id, () => {
      const now = this.ledger.row(row.id);
      const decision = isUnaware && isDecidedByItsSaga ? null : (now.decision?.kind ?? null);
      return runSaga(this, isUnaware ? row : now, decision);
    });
  }

  #begin(command: string | null, begin: UnderWay['begin']): void {
    this.#underWay.push({ command, begin, work: new StepwiseWork(begin()) });
  }

  async #advance(at: number, isLost: boolean): Promise<void> {
    const one = pick(this.#underWay, at);
    const call = await one?.work.next();
    if (!one || !call) return this.#endOf(one);
    this.steps += 1;
    try {
      const first = call.make();
      const answer = isLost ? call.make() : first;
      expect(answer).toEqual(first);
      await one.work.answer(answer);
    } catch (error) {
      if (!(error instanceof StepFaulted)) throw error;
      await one.work.fail(error);
    }
    if (!(await one.work.next())) this.#endOf(one);
  }

  /** Makes a step fail. Only steps meet faults; a saga retries all else until it succeeds. */
  async #fault(at: number, { isTaken, isProvable }: Extract<Move, { do: 'fault' }>): Promise<void> {
    const one = pick(
      this.#underWay.filter(({ command }) => command !== null),
      at,
    );
    const call = await one?.work.next();
    if (!one || !call?.name) return;
    this.steps += 1;
    try {
      if (isTaken) call.make();
      await one.work.fail(new StepFaulted(isProvable));
    } catch (error) {
      if (!(error instanceof StepFaulted)) throw error;
      await one.work.fail(error);
    }
    if (!(await one.work.next())) this.#endOf(one);
  }

  #endOf(one: UnderWay | undefined): void {
    if (!one) return;
    this.#underWay = this.#underWay.filter((other) => other !== one);
    const { result } = one.work;
    if (!result) return;
    const { kind } = this.ledger.row(result.id);
    this.seen.add(`${kind} ${result.end}`);
    if (result.decision) this.seen.add(`${kind} ${result.decision} ${result.reason ?? ''}`.trim());
  }

  #restart(at: number): void {
    const one = pick(this.#underWay, at);
    if (one) one.work = new StepwiseWork(one.begin());
  }
}

function pick<T>(items: readonly T[], at: number): T | undefined {
  return items[at % Math.max(1, items.length)];
}
