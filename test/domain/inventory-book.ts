import type { Backordered } from '../../src/domain/inventory/limits/backorder';
import type { Demand } from '../../src/domain/inventory/limits/demand';
import type { Buyer, EligibilityRule } from '../../src/domain/inventory/limits/eligibility';
import type { SalesCap } from '../../src/domain/inventory/limits/sales-cap';
import type { Allocation } from '../../src/domain/inventory/offer/sourcing';
import type { Item, StockNode } from '../../src/domain/inventory/setup/set-up';
import { stockKey, total } from './inventory-ledger';

/** What one reservation was told it has. */
export interface Promised {
  readonly demands: readonly Demand[];
  readonly buyer: Buyer;
  readonly allocations: readonly Allocation[];
  readonly backordered: readonly Backordered[];
  readonly expiresAt: string | null;
  /** What it has of each cap. */
  readonly shares: ReadonlyMap<string, number>;
  /** Item and node that could not be delivered from. */
  readonly blocked: ReadonlySet<string>;
}

/**
 * What a careful clerk writes down who hears the commands and their answers and nothing else: supply, promises, and
 * what is in force. Slow and plain on purpose: it is what the decisions are compared with.
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

  constructor(
    readonly nodes: readonly StockNode[],
    readonly items: readonly Item[],
    now: string,
  ) {
    this.now = now;
  }

  /** `onHand` units lie there. A count of the moment at which somebody looked and found none does not change that. */
  counted(sku: string, nodeId: string, onHand: number): void {
    const key = stockKey(sku, nodeId);
    this.#supply.set(key, this.#emptied.get(key) === this.now ? 0 : onHand);
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

  /** What is left of the supply of one item at one node once every promise is kept, were it all to ship now. */
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

  /** The nodes a buyer may have an item from, with what each has left. */
  open(sku: string, buyer: Buyer): readonly { readonly node: StockNode; readonly left: number }[] {
    return this.nodes
      .filter(({ id, enabled }) => enabled && !this.isDenied(sku, id, buyer))
      .map((node) => ({ node, left: Math.max(0, this.left(sku, node)) }));
  }

  /** What there is for a buyer once those who wait have theirs. */
  free(sku: string, buyer: Buyer): number {
    return sum(this.open(sku, buyer).map(({ left }) => left)) - this.waiting(sku);
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

  /** The caps that limit what a buyer may have of some items at this moment. */
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

  /** Of a cap: by promises that have not expired. */
  used(capId: string): number {
    return sum(this.#live().map(({ shares }) => shares.get(capId) ?? 0));
  }

  /** Of a cap: by all promises that have not been ended, expired or not. */
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
