import { refusalOfCancel } from '../../src/domain/order/cancel-order';
import type { Order } from '../../src/domain/order/order';
import { refusalOfReject } from '../../src/domain/order/reject-shipment';
import { refusalOfReport } from '../../src/domain/order/report-shipment';
import { refusalOfRevise } from '../../src/domain/order/revise-order';
import type { Refusal } from '../../src/domain/refusal';
import { OrderLedger } from './order-ledger';
import { commandFor, type Move, NODES, type OrderCommand, type OrderStory, SKUS } from './order-play';
import { create, FAULTED, fill, type Parts, type Saga, sagaOf } from './order-sagas';
import { OrderWarehouse } from './order-warehouse';

interface UnderWay {
  readonly begin: () => Saga;
  saga: Saga;
  /** What the last step answered. */
  answer: unknown;
  readonly command: OrderCommand | undefined;
}

/** How a saga has ended. */
export interface Ended {
  readonly command: OrderCommand;
  readonly outcome: string;
}

/** What HTTP would say of a command before it takes it; the watcher's are asked by nobody. */
export function refusalOf(order: Order | undefined, command: OrderCommand): Refusal | undefined {
  switch (command.kind) {
    case 'accept':
    case 'ship':
    case 'deliver':
      return refusalOfReport(order, command.kind, command);
    case 'reject':
      return refusalOfReject(order, command);
    case 'cancel':
      return refusalOfCancel(order, command);
    case 'revise':
      return refusalOfRevise(order, command);
    case 'overdue':
      return undefined;
  }
}

/** Plays a story: sagas are begun, take their steps in any order, lose answers, die, and are begun again. */
export class OrderStage implements Parts {
  readonly ledger: OrderLedger;
  readonly warehouse: OrderWarehouse;
  readonly given: OrderCommand[] = [];
  readonly ended: Ended[] = [];
  readonly seen = new Set<string>();
  #underWay: UnderWay[] = [];
  #fills = 0;
  /** How much has happened. */
  steps = 0;

  constructor(story: OrderStory) {
    this.ledger = new OrderLedger(story.creditLimit);
    this.warehouse = new OrderWarehouse(NODES, story.canBackorder);
    for (const sku of SKUS) {
      for (const [at, node] of NODES.entries())
        this.warehouse.deliver(sku, node, story.stock[sku]?.[at] ?? 0);
    }
    const lines = story.lines.map((line, at) => ({ ...line, lineId: `${at + 1}` }));
    this.#begin(() => create(this, lines, story.shipComplete), undefined);
  }

  get isQuiet(): boolean {
    return this.#underWay.length === 0;
  }

  move(move: Move): void {
    switch (move.do) {
      case 'begin':
        this.#give(move.command);
        break;
      case 'advance':
        this.#advance(move.saga, move.isLost);
        break;
      case 'fault':
        this.#fault(move.saga, move.isTaken);
        break;
      case 'takeUp':
        this.#takeUp(this.ledger.order?.pending?.commandId);
        break;
      case 'restart':
        this.#restart(move.saga);
        break;
      case 'repeat': {
        const command = this.given[move.command % Math.max(1, this.given.length)];
        if (command) this.#begin(() => sagaOf(this, command), command);
        break;
      }
      case 'wait':
        this.ledger.wait(move.seconds);
        break;
      case 'deliver':
        this.warehouse.deliver(move.sku, move.node, move.quantity);
        this.#fill();
        break;
    }
  }

  /** Takes whatever is under way to its end. */
  settle(): void {
    for (let steps = 0; !this.isQuiet; steps++) {
      if (steps > 5_000) throw new Error('the sagas come to no end');
      this.#advance(steps, false);
    }
  }

  /** A turn is tried whenever there is new stock, also by two who do not know of each other. */
  #fill(): void {
    for (const turn of this.warehouse.turns) {
      this.#fills += 1;
      const attempt = this.#fills;
      this.#begin(() => fill(this, turn, attempt), undefined);
    }
  }

  #give(drawn: Extract<Move, { do: 'begin' }>['command']): void {
    const { order } = this.ledger;
    if (!order) return;
    const command = commandFor(order, drawn, `c${this.given.length + 1}`);
    if (command.kind === 'revise' && command.lines.length === 0) return;
    this.given.push(command);
    const refusal = refusalOf(order, command);
    if (refusal) this.seen.add(`${command.kind} 4xx ${refusal.reason}`);
    // Half of what HTTP would refuse is let through, as when it was true a moment before.
    if (refusal && this.given.length % 2 === 0) return;
    this.#begin(() => sagaOf(this, command), command);
  }

  #begin(begin: () => Saga, command: OrderCommand | undefined): void {
    this.#underWay.push({ begin, saga: begin(), answer: undefined, command });
  }

  #advance(at: number, isLost: boolean): void {
    const one = this.#underWay[at % Math.max(1, this.#underWay.length)];
    if (!one) return;
    const step = this.#next(one);
    if (isLost) step?.();
    one.answer = step?.();
  }

  /** What a saga does next, unless it has come to its end. */
  #next(one: UnderWay): (() => unknown) | undefined {
    this.steps += 1;
    const next = one.saga.next(one.answer);
    if (!next.done) return next.value;
    this.#underWay = this.#underWay.filter((other) => other !== one);
    if (one.command) this.#end(one.command, next.value);
    return undefined;
  }

  #fault(at: number, isTaken: boolean): void {
    const revisions = this.#underWay.filter(({ command }) => command?.kind === 'revise');
    const one = revisions[at % Math.max(1, revisions.length)];
    if (!one) return;
    const step = this.#next(one);
    if (isTaken) step?.();
    one.answer = FAULTED;
  }

  #end(command: OrderCommand, outcome: string): void {
    this.ended.push({ command, outcome });
    this.seen.add(`${command.kind} ${outcome}`);
    const { pending } = this.ledger.order ?? {};
    if (outcome === 'unfinished' && pending?.commandId === command.commandId) this.#takeUp(command.commandId);
  }

  /** As whoever finds a command lost does it: beside a saga of it that is only slow. */
  #takeUp(commandId: string | undefined): void {
    const command = this.given.find((one) => one.commandId === commandId);
    if (command) this.#begin(() => sagaOf(this, command), command);
  }

  #restart(at: number): void {
    const one = this.#underWay[at % Math.max(1, this.#underWay.length)];
    if (!one) return;
    one.saga = one.begin();
    one.answer = undefined;
  }
}
