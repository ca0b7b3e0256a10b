import type { BackorderEntry } from '../limits/backorder';
import { capFactsOf } from '../limits/cap-usage';
import type { EligibilityRule } from '../limits/eligibility';
import type { CapFacts } from '../limits/sales-cap';
import type { AssignedSources, Source } from '../setup/set-up';
import { formAt } from '../setup/supply-form';
import type { Setting, SettingKind } from './availability-setting';
import { claimsOfQueue, type QueueClaims, type WalkedItem } from './backorder-walk';
import type { ItemFacts } from './offer';
import { factsOf, type Shelf } from './shelf';
import { steadyUntil } from './steady-until';

/** The facts about some items, folded from the log. */
export interface Known {
  readonly shelves: readonly Shelf[];
  readonly settings: readonly Setting[];
  /** By SKU, in queue order: at least the entries of the backorder queue that can claim a unit. */
  readonly entries: ReadonlyMap<string, readonly BackorderEntry[]>;
}

/** Looks up the facts about one item at a time. */
export class KnownItems {
  readonly #settings: { readonly [Kind in SettingKind]: ReadonlyMap<string, StateOf<Kind>> };
  readonly #shelves = new Map<string, Shelf[]>();
  readonly #sources: ReadonlyMap<string, AssignedSources>;
  readonly #caps: readonly CapFacts[];
  readonly #rules: readonly EligibilityRule[];
  readonly #entries: Known['entries'];

  constructor(
    { shelves, settings, entries }: Known,
    /** The moment of the facts, on the database's clock. */
    readonly now: string,
  ) {
    const of = <Kind extends SettingKind>(kind: Kind): ReadonlyMap<string, StateOf<Kind>> =>
      new Map(
        settings.flatMap(({ kind: is, id, state }) => (is === kind && state ? [[id, state]] : [])),
      ) as never;
    this.#settings = {
      node: of('node'),
      source: of('source'),
      item: of('item'),
      rule: of('rule'),
      cap: of('cap'),
      queue: of('queue'),
    };
    const { source, cap, rule } = this.#settings;
    this.#sources = assignedByNode([...source.values()]);
    this.#caps = [...cap.values()].map((usage) => capFactsOf(usage, now));
    this.#rules = [...rule.values()];
    this.#entries = entries;
    for (const shelf of shelves) {
      const { sku } = shelf.stock;
      const known = this.#shelves.get(sku);
      if (known) known.push(shelf);
      else this.#shelves.set(sku, [shelf]);
    }
  }

  /** Returns the facts that an offer is made of; undefined for an unknown item. */
  facts(sku: string): ItemFacts | undefined {
    const item = this.#settings.item.get(sku);
    if (!item) return undefined;
    const walked = this.walked(sku);
    return {
      item,
      shelves: walked.shelves,
      rules: walked.rules,
      caps: this.#caps.filter(({ cap }) => cap.skus.includes(sku)),
      queue: this.#settings.queue.get(sku),
      claimed: this.#claims(walked).claimed,
    };
  }

  /** Returns the facts that a walk along an item's backorder queue needs. */
  walked(sku: string): WalkedItem {
    const rules = this.#rules.filter(({ deny }) => deny.sku === null || deny.sku === sku);
    const tags = this.#settings.item.get(sku)?.tags ?? [];
    return { sku, tags, shelves: this.stock(sku), rules };
  }

  /** Returns the known entries of an item's backorder queue. */
  entries(sku: string): readonly BackorderEntry[] {
    return this.#entries.get(sku) ?? [];
  }

  /** Returns the stock that an item's backorder queue claims. */
  walk(sku: string): QueueClaims {
    return this.#claims(this.walked(sku));
  }

  /** Returns the first moment after `now` at which the passing of time may change what can be sold of an item. */
  steadyUntil(sku: string): number {
    const { node, cap } = this.#settings;
    return steadyUntil(
      {
        shelves: this.#shelves.get(sku) ?? [],
        ttlAt: (nodeId) => node.get(nodeId)?.feedTtlSeconds ?? null,
        caps: [...cap.values()].filter(({ state }) => state.cap.skus.includes(sku)),
        entries: this.entries(sku),
      },
      this.now,
    );
  }

  /** Returns the backordered units of an item. */
  openBackorders(sku: string): number {
    return this.#settings.queue.get(sku)?.open ?? 0;
  }

  /** Returns the facts about an item at every node that has reported it, sorted by node id. */
  stock(sku: string): ItemFacts['shelves'] {
    const shelves = this.#shelves.get(sku) ?? [];
    return shelves
      .flatMap((shelf) => {
        const node = this.#settings.node.get(shelf.stock.nodeId);
        return node ? [factsOf(shelf, node, this.#sources.get(node.id) ?? {}, this.now)] : [];
      })
      .sort((a, b) => (a.node.id < b.node.id ? -1 : 1));
  }

  #claims(item: WalkedItem): QueueClaims {
    return claimsOfQueue(item, this.entries(item.sku), this.now);
  }
}

function assignedByNode(sources: readonly Source[]): ReadonlyMap<string, AssignedSources> {
  const byNode = new Map<string, Record<Source['id'], AssignedSources[string]>>();
  for (const { id, authority, nodes, forms } of sources) {
    for (const nodeId of nodes) {
      const assigned = byNode.get(nodeId) ?? {};
      byNode.set(nodeId, assigned);
      assigned[id] = { authority, epoch: formAt(forms, nodeId)?.epoch ?? 0 };
    }
  }
  return byNode;
}

type StateOf<Kind extends SettingKind> = NonNullable<Extract<Setting, { kind: Kind }>['state']>;
