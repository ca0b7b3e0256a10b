import type { RejectDecision, ReturnDecision } from '../../../../src/domain/command/recorded-command';
import { done, type StepAnswer } from '../../../../src/domain/decision';
import type { Backordered } from '../../../../src/domain/inventory/limits/backorder';
import type { Demand } from '../../../../src/domain/inventory/limits/demand';
import type { Allocation } from '../../../../src/domain/inventory/offer/sourcing';
import type { FoundStock } from '../../../../src/domain/inventory/reservation/extend';
import type { EarlyFill, PlacedUnits } from '../../../../src/domain/order/order';
import { refused } from '../../../../src/domain/refusal';

interface Had extends Allocation {
  /** The queue position that brought it; null when it was there from the start. */
  readonly place: number | null;
}

/** The simplest inventory for one order: units are free at nodes, belong to the order, or have left. */
export class OrderWarehouse {
  readonly free = new Map<string, number>();
  had: readonly Had[] = [];
  turns: readonly Backordered[] = [];
  readonly shipped: Allocation[] = [];
  /** Units brought in less units taken out, by node and SKU: every one of them must be somewhere. */
  readonly owned = new Map<string, number>();
  readonly #places = new Map<string, number>();
  readonly #blocked = new Set<string>();
  readonly #extensions = new Map<string, FoundStock>();
  readonly #undone = new Set<string>();
  #isReleased = false;

  constructor(
    private readonly nodes: readonly string[],
    private readonly canBackorder: boolean,
  ) {}

  deliver(sku: string, nodeId: string, quantity: number): void {
    this.#free(sku, nodeId, quantity);
    const at = `${sku}/${nodeId}`;
    this.owned.set(at, (this.owned.get(at) ?? 0) + quantity);
  }

  /** Reserves an order's demands; refuses an order released before. */
  commit(demands: readonly Demand[]): StepAnswer<FoundStock> {
    if (this.#isReleased) return refused('RELEASED_EARLIER');
    const found = this.#reserve(demands);
    return found ? { ...done, ...found } : refused('OUT_OF_STOCK');
  }

  /** Releases all that an order has, if anything, and all that it could still get. */
  releaseAll(): StepAnswer {
    this.#isReleased = true;
    this.release([]);
    return done;
  }

  /** Reserves all of the demands, or backorders the rest if that is allowed, or nothing. */
  #reserve(demands: readonly Demand[]): FoundStock | undefined {
    const isThere = demands.every(({ sku, quantity }) => this.#open(sku) >= quantity);
    if (!isThere && !this.canBackorder) return undefined;
    return this.#take(demands, true);
  }

  /** Finds replacements for rejected units, all of them or none. */
  resource(decision: RejectDecision): FoundStock {
    this.giveUp(decision);
    const found = [...decision.together, ...decision.elsewhere].map((demand) => this.#elsewhere(demand));
    const waiting = decision.exhausted.map((demand) => this.#wait(demand));
    const all = [...found, ...waiting];
    return {
      allocations: all.flatMap(({ allocations }) => allocations),
      backordered: all.flatMap(({ backordered }) => backordered),
    };
  }

  /** Excludes a node for the units it rejected, and removes the stock it says it does not have. */
  giveUp({ nodeId, reason, elsewhere, exhausted, together }: RejectDecision): void {
    for (const { sku, quantity } of together) this.#giveBack(sku, nodeId, quantity);
    for (const { sku, quantity } of [...elsewhere, ...exhausted]) {
      this.#blocked.add(`${sku}/${nodeId}`);
      this.#takeBack(sku, nodeId, quantity);
      if (reason === 'NO_CAPACITY' || reason === 'NO_RESPONSE') this.#free(sku, nodeId, quantity);
      else this.#lose(sku, nodeId, quantity);
      if (reason === 'NOT_IN_STOCK') {
        const rest = this.free.get(`${sku}/${nodeId}`) ?? 0;
        this.#free(sku, nodeId, -rest);
        this.#lose(sku, nodeId, rest);
      }
    }
  }

  #elsewhere(demand: Demand): FoundStock {
    return this.#open(demand.sku) >= demand.quantity ? this.#take([demand], false) : this.#wait(demand);
  }

  #wait(demand: Demand): FoundStock {
    return { allocations: [], backordered: this.canBackorder ? [this.#turn(demand)] : [] };
  }

  /** Fills an entry when its units are there. */
  fill(sku: string, place: number): EarlyFill['allocations'] {
    const turn = this.turns.find((one) => one.sku === sku && one.place === place);
    if (!turn || this.#open(turn.sku) < turn.quantity) return [];
    this.turns = this.turns.filter((one) => one !== turn);
    return this.#take([turn], false, place).allocations;
  }

  /** Gives units back; units of a filled entry come from its newest fills. */
  decrease(decreases: readonly PlacedUnits[]): void {
    for (const { sku, nodeId, place, quantity } of decreases) {
      if (nodeId !== null) this.#giveBack(sku, nodeId, quantity);
      else this.#withdraw(sku, place ?? 0, quantity);
    }
  }

  /** Reserves a revision's increases until its undo; refuses a revision whose undo came first. */
  extend(commandId: string, demands: readonly Demand[]): StepAnswer<FoundStock> {
    if (this.#undone.has(commandId)) return refused('RELEASED_EARLIER');
    const found = this.#reserve(demands);
    if (!found) return refused('OUT_OF_STOCK');
    this.#extensions.set(commandId, found);
    return { ...done, ...found };
  }

  /** Releases a revision's increases, if there are any. */
  undoExtend(commandId: string): StepAnswer {
    this.#undone.add(commandId);
    this.#undo(this.#extensions.get(commandId) ?? { allocations: [], backordered: [] });
    return done;
  }

  /** Releases an increase, wherever its units are by now. */
  #undo({ allocations, backordered }: FoundStock): void {
    for (const { sku, nodeId, quantity } of allocations) this.#giveBack(sku, nodeId, quantity);
    for (const { sku, place, quantity } of backordered) this.#withdraw(sku, place, quantity);
  }

  consume(takes: readonly Allocation[]): void {
    for (const { sku, nodeId, quantity } of takes) {
      this.#takeBack(sku, nodeId, quantity);
      this.#lose(sku, nodeId, quantity);
      this.shipped.push({ sku, nodeId, quantity });
    }
  }

  /** Takes units back: sellable ones are free at the node. */
  restock({ nodeId, units }: ReturnDecision): void {
    for (const { sku, quantity, condition } of units) {
      if (condition === 'SELLABLE') this.deliver(sku, nodeId, quantity);
    }
  }

  /** Releases all units but these, as far as these are not consumed already. */
  release(keeps: readonly Allocation[]): void {
    this.turns = [];
    for (const { sku, nodeId } of [...this.had]) {
      const is = (one: Allocation) => one.sku === sku && one.nodeId === nodeId;
      const kept = sumOf(keeps.filter(is)) - sumOf(this.shipped.filter(is));
      this.#giveBack(sku, nodeId, Math.max(0, sumOf(this.had.filter(is)) - kept));
    }
  }

  #open(sku: string): number {
    return this.nodes.reduce((sum, node) => sum + this.#openAt(sku, node), 0);
  }

  #openAt(sku: string, nodeId: string): number {
    const at = `${sku}/${nodeId}`;
    return this.#blocked.has(at) ? 0 : (this.free.get(at) ?? 0);
  }

  #take(demands: readonly Demand[], mayWait: boolean, place: number | null = null): FoundStock {
    const allocations: Allocation[] = [];
    const backordered: Backordered[] = [];
    for (const { sku, quantity } of demands) {
      let missing = quantity;
      for (const nodeId of this.nodes) {
        const taken = Math.min(missing, this.#openAt(sku, nodeId));
        if (taken === 0) continue;
        missing -= taken;
        this.#free(sku, nodeId, -taken);
        allocations.push({ sku, nodeId, quantity: taken });
      }
      if (missing > 0 && mayWait) backordered.push(this.#turn({ sku, quantity: missing }));
    }
    this.had = [...this.had, ...allocations.map((one) => ({ ...one, place }))];
    return { allocations, backordered };
  }

  #turn({ sku, quantity }: Demand): Backordered {
    const place = (this.#places.get(sku) ?? 0) + 1;
    this.#places.set(sku, place);
    const turn = { sku, quantity, place, promiseDate: '2026-12-24' };
    this.turns = [...this.turns, turn];
    return turn;
  }

  #withdraw(sku: string, place: number, quantity: number): void {
    const turn = this.turns.find((one) => one.sku === sku && one.place === place);
    if (turn) {
      const left = { ...turn, quantity: turn.quantity - quantity };
      this.turns = this.turns.flatMap((one) => (one !== turn ? [one] : left.quantity > 0 ? [left] : []));
      return;
    }
    let missing = quantity;
    for (const one of this.had.filter((part) => part.sku === sku && part.place === place).reverse()) {
      const taken = Math.min(missing, one.quantity);
      missing -= taken;
      this.had = this.had.flatMap((part) =>
        part !== one ? [part] : part.quantity > taken ? [{ ...part, quantity: part.quantity - taken }] : [],
      );
      this.#free(sku, one.nodeId, taken);
    }
    if (missing > 0) throw new Error(`turn ${place} has nothing more to give back`);
  }

  #giveBack(sku: string, nodeId: string, quantity: number): void {
    this.#takeBack(sku, nodeId, quantity);
    this.#free(sku, nodeId, quantity);
  }

  #takeBack(sku: string, nodeId: string, quantity: number): void {
    let missing = quantity;
    this.had = this.had.flatMap((part) => {
      if (part.sku !== sku || part.nodeId !== nodeId || missing === 0) return [part];
      const taken = Math.min(missing, part.quantity);
      missing -= taken;
      return part.quantity > taken ? [{ ...part, quantity: part.quantity - taken }] : [];
    });
    if (missing > 0) throw new Error(`the order has ${missing} ${sku} less at ${nodeId}`);
  }

  #free(sku: string, nodeId: string, quantity: number): void {
    const at = `${sku}/${nodeId}`;
    this.free.set(at, (this.free.get(at) ?? 0) + quantity);
  }

  #lose(sku: string, nodeId: string, quantity: number): void {
    const at = `${sku}/${nodeId}`;
    this.owned.set(at, (this.owned.get(at) ?? 0) - quantity);
  }
}

export function sumOf(parts: readonly { readonly quantity: number }[]): number {
  return parts.reduce((sum, { quantity }) => sum + quantity, 0);
}
