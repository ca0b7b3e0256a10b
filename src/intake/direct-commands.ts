import type { Item, Source, StockNode } from '../domain/inventory/set-up';
import type { FeedAnswer } from '../domain/inventory/supply-feed';
import type { Refusal } from '../domain/refusal';
import type { Cause } from '../stores/event-log';
import type { CountRow } from '../stores/inventory-feed';
import type { Stores } from '../stores/stores';

/** Nodes that were named and do not exist; nothing was changed. */
export interface UnknownNodes {
  readonly kind: 'unknown-nodes';
  readonly nodeIds: readonly string[];
}

/**
 * Commands that change one store, in one transaction: set-up and feeds. They have nothing to undo and nobody else to
 * tell, so no saga carries them; doing one again changes nothing.
 */
export class DirectCommands {
  constructor(private readonly stores: Stores) {}

  /** Puts a node in place, or changes it. */
  async setNode(node: StockNode, cause: Cause): Promise<void> {
    await this.stores.inventorySetUp.setNode(node, cause);
  }

  /** Puts an item in place, or changes it. */
  async setItem(item: Item, cause: Cause): Promise<void> {
    await this.stores.inventorySetUp.setItem(item, cause);
  }

  /** Puts a source in place, or changes it, where all nodes it names exist. */
  async setSource(source: Source, cause: Cause): Promise<{ readonly kind: 'done' } | UnknownNodes> {
    const known = await this.stores.inventorySetUp.knownNodes(source.nodes);
    const nodeIds = source.nodes.filter((id) => !known.has(id));
    if (nodeIds.length > 0) return { kind: 'unknown-nodes', nodeIds };
    await this.stores.inventorySetUp.setSource(source, cause);
    return { kind: 'done' };
  }

  /** Opens a customer's account or changes its limit; refused where it is kept in another currency. */
  async setAccount(
    customerId: string,
    wanted: { readonly currency: string; readonly limit: number },
    cause: Cause,
  ): Promise<{ readonly kind: 'done' } | Refusal> {
    return this.stores.credit.setAccount(customerId, wanted, cause);
  }

  /** Applies counts in order and answers for each. Undefined where there is no such source. */
  async applyCounts(
    sourceId: string,
    rows: readonly CountRow[],
    cause: Cause,
  ): Promise<readonly FeedAnswer[] | undefined> {
    const source = await this.stores.inventorySetUp.source(sourceId);
    return source && this.stores.inventoryFeed.applyCounts(source, rows, cause);
  }
}
