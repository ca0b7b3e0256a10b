import type { StepAnswer } from '../domain/decision';
import type { EligibilityRule } from '../domain/inventory/limits/eligibility';
import type { SalesCap } from '../domain/inventory/limits/sales-cap';
import type { Item, KindSettled, Source, StockNode } from '../domain/inventory/setup/set-up';
import type { FeedAnswer } from '../domain/inventory/supply/supply-feed';
import type { Refusal } from '../domain/refusal';
import type { PaymentOutcome, ReceivePayment } from '../stores/credit/credit-store';
import type { FeedRow } from '../stores/inventory/feed/inventory-feed-rows';
import type { EndDamage, EndDamageOutcome } from '../stores/inventory/unavailable-stock';
import type { Cause } from '../stores/log/event-log';
import type { Stores } from '../stores/stores';
import { type HoldCommand, releaseHolds } from './hold-commands';

/** Nodes that were named and do not exist; nothing was changed. */
export interface UnknownNodes {
  readonly kind: 'unknown-nodes';
  readonly nodeIds: readonly string[];
}

/** Items that were named and do not exist; nothing was changed. */
export interface UnknownItems {
  readonly kind: 'unknown-items';
  readonly skus: readonly string[];
}

/**
 * Commands that change one store, in one transaction: set-up, feeds, payments and releases of holds. They have nothing
 * to undo and no other store to tell, so no saga carries them; doing one again changes nothing.
 */
export class DirectCommands {
  constructor(private readonly stores: Stores) {}

  /** Puts a node in place, or changes it, where what it is may still change. */
  setNode(node: StockNode, cause: Cause): Promise<StepAnswer | KindSettled> {
    return this.stores.inventorySetUp.setNode(node, cause);
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

  /** Puts a sales cap in place, or changes it, where all items it names exist. */
  async setCap(cap: SalesCap, cause: Cause): Promise<{ readonly kind: 'done' } | UnknownItems> {
    const known = await this.stores.inventorySetUp.knownItems(cap.skus);
    const skus = cap.skus.filter((sku) => !known.has(sku));
    if (skus.length > 0) return { kind: 'unknown-items', skus };
    await this.stores.limitsSetUp.setCap(cap, cause);
    return { kind: 'done' };
  }

  /** Takes a sales cap out of force; false where there never was one. */
  removeCap(id: string, cause: Cause): Promise<boolean> {
    return this.stores.limitsSetUp.removeCap(id, cause);
  }

  /** Puts an eligibility rule in place, or changes it. It may name what is still to come. */
  async setRule(rule: EligibilityRule, cause: Cause): Promise<void> {
    await this.stores.limitsSetUp.setRule(rule, cause);
  }

  /** Takes an eligibility rule out of force; false where there never was one. */
  removeRule(id: string, cause: Cause): Promise<boolean> {
    return this.stores.limitsSetUp.removeRule(id, cause);
  }

  /** Opens a customer's account or changes its limit; refused where it is kept in another currency. */
  async setAccount(
    customerId: string,
    wanted: { readonly currency: string; readonly limit: number },
    cause: Cause,
  ): Promise<{ readonly kind: 'done' } | Refusal> {
    return this.stores.credit.setAccount(customerId, wanted, cause);
  }

  /** Notes what a customer has paid, once for its key. */
  receivePayment(payment: ReceivePayment): Promise<PaymentOutcome> {
    return this.stores.credit.receivePayment(payment);
  }

  /** Notes what became of damaged units, once for its key. */
  endDamage(command: EndDamage): Promise<EndDamageOutcome> {
    return this.stores.unavailableStock.endDamage(command);
  }

  /** Releases a stand-alone hold, or refuses where it is another caller's or an order's. */
  async releaseHold(command: HoldCommand): Promise<StepAnswer> {
    const [answer] = await releaseHolds(this.stores.inventory, [command]);
    if (!answer) throw new Error(`no answer to ${command.commandId}`);
    return answer;
  }

  /** The source that a feed is of; undefined where there is none. */
  source(id: string): Promise<Source | undefined> {
    return this.stores.inventorySetUp.source(id);
  }

  /** Applies rows of a feed in order and answers for each. */
  applyFeed(source: Source, rows: readonly FeedRow[], cause: Cause): Promise<readonly FeedAnswer[]> {
    return this.stores.inventoryFeed.apply(source, rows, cause);
  }
}
