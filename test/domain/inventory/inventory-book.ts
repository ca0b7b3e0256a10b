import type { Backordered } from '../../../src/domain/inventory/limits/backorder';
import type { Demand } from '../../../src/domain/inventory/limits/demand';
import type { Buyer, EligibilityRule } from '../../../src/domain/inventory/limits/eligibility';
import type { SalesCap } from '../../../src/domain/inventory/limits/sales-cap';
import { type Allocation, source } from '../../../src/domain/inventory/offer/sourcing';
import type { Item, StockNode } from '../../../src/domain/inventory/setup/set-up';
import { stockKey, total } from './inventory-ledger';

/** The stock of one reservation, by the answers to it. */
export interface Promised {
  readonly demands: readonly Demand[];
  readonly buyer: Buyer;
  readonly allocations: readonly Allocation[];
  readonly backordered: readonly Backordered[];
  readonly expiresAt: string | null;
  /** Its share of each cap. */
  readonly shares: ReadonlyMap<string, number>;
  /** The items and nodes that could not deliver. */
  readonly refusals: ReadonlyMap<string, Refused>;
}

/** The refusals of one item by one node: how many, the last one's moment, and when the node is asked again. */
export interface Refused {
  readonly count: number;
  readonly at: string;
  readonly retryAt: string | null;
}

/** A backorder with the units that it claims. */
type Dealt = Backordered & { readonly id: string; readonly allocations: readonly Allocation[] };

/**
 * The expected state, from the commands and their answers alone: supply, promises, and limits in force. It is slow and
 * plain on purpose, as the decisions are compared with it.
 */
export class InventoryBook {
  readonly promises = new Map<string, Promised>();
  readonly ended = new Set<string>();
  readonly caps = new Map<string, SalesCap>();
  readonly lastPlace = new Map<string, number>();
  rules: readonly EligibilityRule[] = [];
  now: string;
  readonly #supply = new Map<string, number>();
  readonly #emptied = new Map<string, string>();
  /** The moments of the last counts. */
  readonly #heard = new Map<string, string>();

  constructor(
    readonly nodes: readonly StockNode[],
    readonly items: readonly Item[],
    now: string,
  ) {
    this.now = now;
  }

  /**
   * Notes that a source counted `onHand` units. A refusal at the same moment said that there are none, and prevails.
   */
  counted(sku: string, nodeId: string, onHand: number): void {
    const key = stockKey(sku, nodeId);
    this.#supply.set(key, this.#emptied.get(key) === this.now ? 0 : onHand);
    this.#heard.set(key, this.now);
  }

  emptied(sku: string, nodeId: string): void {
    const key = stockKey(sku, nodeId);
    this.#supply.set(key, 0);
    this.#emptied.set(key, this.now);
  }

  node(id: string): StockNode {
    const node = this.nodes.find((one) => one.id === id);
    if (!node) throw new Error(`no node ${id}`);
    return node;
  }

  item(sku: string): Item {
    const item = this.items.find((one) => one.sku === sku);
    if (!item) throw new Error(`no item ${sku}`);
    return item;
  }

  promised(sku: string, nodeId: string): number {
    const allocations = this.#live().flatMap((promise) => promise.allocations);
    return total(allocations.filter((one) => one.sku === sku && one.nodeId === nodeId));
  }

  /** Returns the supply of one item at one node that remains if every promise ships now. */
  left(sku: string, node: StockNode): number {
    const supply = this.#supply.get(stockKey(sku, node.id)) ?? 0;
    return supply - node.safetyStock - this.promised(sku, node.id);
  }

  isDenied(sku: string, nodeId: string, { region, channel }: Buyer): boolean {
    const asked = { sku, nodeId, region, channel };
    const fields = ['sku', 'nodeId', 'region', 'channel'] as const;
    return this.rules.some(({ deny }) =>
      fields.every((field) => deny[field] === null || deny[field] === asked[field]),
    );
  }

  /** Returns the nodes from which a buyer may have an item, with the units left at each. */
  open(sku: string, buyer: Buyer): readonly { readonly node: StockNode; readonly left: number }[] {
    return this.nodes
      .filter(({ id, enabled }) => enabled && !this.isDenied(sku, id, buyer))
      .map((node) => ({ node, left: Math.max(0, this.left(sku, node)) }));
  }

  /** Returns the units for a buyer after every backorder has its share, at each node. */
  freeAt(sku: string, buyer: Buyer): readonly { readonly node: StockNode; readonly left: number }[] {
    const queued = this.dealt(sku).flatMap(({ allocations }) => allocations);
    const at = (id: string) => total(queued.filter(({ nodeId }) => nodeId === id));
    return this.open(sku, buyer).map(({ node, left }) => ({ node, left: left - at(node.id) }));
  }

  free(sku: string, buyer: Buyer): number {
    return sum(this.freeAt(sku, buyer).map(({ left }) => left));
  }

  /** Returns true while a node that refused an item is not asked for it again. */
  isBlocked(refusals: Promised['refusals'], sku: string, nodeId: string): boolean {
    const refused = refusals.get(stockKey(sku, nodeId));
    if (!refused) return false;
    const { count, at, retryAt } = refused;
    if (retryAt !== null && retryAt <= this.now) return false;
    return (retryAt !== null && count > 1) || (this.#heard.get(stockKey(sku, nodeId)) ?? '') <= at;
  }

  /** Deals the stock to the backorders, in queue order, each at the nodes that it can use. */
  dealt(sku: string): readonly Dealt[] {
    const taken = new Map<string, number>();
    return this.turns(sku).map((turn) => {
      const { buyer, refusals } = this.#promise(turn.id);
      const usable = this.open(sku, buyer)
        .filter(({ node }) => node.kind !== 'partner' && !this.isBlocked(refusals, sku, node.id))
        .map(({ node, left }) => ({ node, left: left - (taken.get(node.id) ?? 0) }));
      const quantity = Math.min(turn.quantity, sum(usable.map(({ left }) => left)));
      const terms = usable.map(({ node, left }) => ({ ...node, nodeId: node.id, atp: left }) as never);
      const demand = { demands: [{ sku, quantity }], maxShipments: usable.length, excludedNodes: [] };
      const sourced = source({ ...demand, region: buyer.region }, { [sku]: terms });
      const allocations = quantity > 0 && sourced.kind === 'sourced' ? sourced.allocations : [];
      for (const one of allocations) taken.set(one.nodeId, one.quantity + (taken.get(one.nodeId) ?? 0));
      return { ...turn, allocations };
    });
  }

  #promise(id: string): Promised {
    const promise = this.promises.get(id);
    if (!promise) throw new Error(`${id} has no promise`);
    return promise;
  }

  waiting(sku: string): number {
    return total(this.turns(sku));
  }

  turns(sku: string): readonly (Backordered & { readonly id: string })[] {
    return [...this.promises]
      .flatMap(([id, { backordered }]) => backordered.map((turn) => ({ ...turn, id })))
      .filter((turn) => turn.sku === sku)
      .sort((a, b) => a.place - b.place);
  }

  /** Returns the caps that currently limit a buyer of some items. */
  capsOn(skus: readonly string[], buyer: Buyer): readonly SalesCap[] {
    return [...this.caps.values()].filter(
      (cap) =>
        cap.skus.some((sku) => skus.includes(sku)) &&
        cap.start <= this.now &&
        this.now < cap.end &&
        [null, buyer.channel].includes(cap.channel) &&
        [null, buyer.customerId].includes(cap.customerId),
    );
  }

  /** Returns the use of a cap by promises that have not expired. */
  used(capId: string): number {
    return sum(this.#live().map(({ shares }) => shares.get(capId) ?? 0));
  }

  /** Returns the use of a cap by all promises that have not ended, expired or not. */
  claimed(capId: string): number {
    return sum([...this.promises.values()].map(({ shares }) => shares.get(capId) ?? 0));
  }

  end(id: string): void {
    this.promises.delete(id);
    this.ended.add(id);
  }

  #live(): readonly Promised[] {
    return [...this.promises.values()].filter(
      ({ expiresAt }) => expiresAt === null || Date.parse(expiresAt) > Date.parse(this.now),
    );
  }
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
