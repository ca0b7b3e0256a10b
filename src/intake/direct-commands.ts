import type { StepAnswer } from '../domain/decision';
import type { EligibilityRule } from '../domain/inventory/limits/eligibility';
import type { SalesCap } from '../domain/inventory/limits/sales-cap';
import type { DeclaredSource, Item, KindSettled, Source, StockNode } from '../domain/inventory/setup/set-up';
import type { FeedAnswer } from '../domain/inventory/supply/supply-feed';
import type { Refusal } from '../domain/refusal';
import type { Removal } from '../domain/removal';
import type { PaymentOutcome, ReceivePayment } from '../stores/credit/credit-store';
import type { FeedRow } from '../stores/inventory/feed/inventory-feed-rows';
import type { EndDamage, EndDamageOutcome } from '../stores/inventory/unavailable-stock';
import type { Cause } from '../stores/log/event-log';
import type { Stores } from '../stores/stores';
import { type ExtendHold, extendHolds, releaseHolds } from './hold-commands';
import type { ReservationCommand } from './reservation-command';

/** The refusal of a source that names unknown nodes; nothing was changed. */
export interface UnknownNodes {
  readonly kind: 'unknown-nodes';
  readonly nodeIds: readonly string[];
}

/** The refusal of a source that declares sections of nodes that are no stores; nothing was changed. */
export interface NoStores {
  readonly kind: 'no-stores';
  readonly nodeIds: readonly string[];
}

/** The refusal of a sales cap that names unknown items; nothing was changed. */
export interface UnknownItems {
  readonly kind: 'unknown-items';
  readonly skus: readonly string[];
}

/**
 * Commands that change one store in one transaction: set-up, feeds, payments, damage ends and releases of holds. They
 * need no compensation and no other store, so no saga carries them. A repeat changes nothing.
 */
export class DirectCommands {
  constructor(private readonly stores: Stores) {}

  /**
   * Creates or changes a node.
   * @returns `kind-settled` when stock was reported there and the node would become a partner, or cease to be one
   */
  setNode(node: StockNode, cause: Cause): Promise<StepAnswer | KindSettled> {
    return this.stores.inventorySetUp.setNode(node, cause);
  }

  /** Removes a node that nothing refers to. */
  removeNode(id: string, cause: Cause): Promise<Removal> {
    return this.stores.setUpRemovals.removeNode(id, cause);
  }

  /** Removes a source whose counts no stock has. */
  removeSource(id: string, cause: Cause): Promise<Removal> {
    return this.stores.setUpRemovals.removeSource(id, cause);
  }

  /** Removes an item that nothing refers to. */
  removeItem(sku: string, cause: Cause): Promise<Removal> {
    return this.stores.setUpRemovals.removeItem(sku, cause);
  }

  /** Creates or changes an item. */
  async setItem(item: Item, cause: Cause): Promise<void> {
    await this.stores.inventorySetUp.setItem(item, cause);
  }

  /** Creates or changes a source; changes nothing when it names an unknown node, or sections of a node that is no store. */
  async setSource(
    source: DeclaredSource,
    cause: Cause,
  ): Promise<{ readonly kind: 'done' } | UnknownNodes | NoStores> {
    const kinds = await this.stores.inventorySetUp.kindsOfNodes(source.nodes);
    const nodeIds = source.nodes.filter((id) => !kinds.has(id));
    if (nodeIds.length > 0) return { kind: 'unknown-nodes', nodeIds };
    const sectioned = Object.entries(source.forms ?? {}).flatMap(([id, kind]) =>
      kind === 'sections' ? id : [],
    );
    const noStores = sectioned.filter((id) => kinds.get(id) !== 'store');
    if (noStores.length > 0) return { kind: 'no-stores', nodeIds: noStores };
    await this.stores.inventorySetUp.setSource(source, cause);
    return { kind: 'done' };
  }

  /** Creates or changes a sales cap; changes nothing when it names an unknown item. */
  async setCap(cap: SalesCap, cause: Cause): Promise<{ readonly kind: 'done' } | UnknownItems> {
    const known = await this.stores.inventorySetUp.knownItems(cap.skus);
    const skus = cap.skus.filter((sku) => !known.has(sku));
    if (skus.length > 0) return { kind: 'unknown-items', skus };
    await this.stores.limitsSetUp.setCap(cap, cause);
    return { kind: 'done' };
  }

  /** Removes a sales cap; false when it never existed. */
  removeCap(id: string, cause: Cause): Promise<boolean> {
    return this.stores.limitsSetUp.removeCap(id, cause);
  }

  /** Creates or changes an eligibility rule. It may name items and nodes that do not exist yet. */
  async setRule(rule: EligibilityRule, cause: Cause): Promise<void> {
    await this.stores.limitsSetUp.setRule(rule, cause);
  }

  /** Removes an eligibility rule; false when it never existed. */
  removeRule(id: string, cause: Cause): Promise<boolean> {
    return this.stores.limitsSetUp.removeRule(id, cause);
  }

  /** Opens a customer's account or changes its limit; refuses a currency other than the account's. */
  async setAccount(
    customerId: string,
    wanted: { readonly currency: string; readonly limit: number },
    cause: Cause,
  ): Promise<{ readonly kind: 'done' } | Refusal> {
    return this.stores.credit.setAccount(customerId, wanted, cause);
  }

  /** Closes a customer's account, unless credit is held, owed or paid ahead. */
  closeAccount(customerId: string, cause: Cause): Promise<Removal> {
    return this.stores.credit.closeAccount(customerId, cause);
  }

  /** Erases the personal data of an order; false when there is no such order. A repeat changes nothing. */
  erasePersonalData(orderId: string, cause: Cause): Promise<boolean> {
    return this.stores.orders.erasePersonalData(orderId, cause);
  }

  /** Records a payment of a customer, once per idempotency key. */
  receivePayment(payment: ReceivePayment): Promise<PaymentOutcome> {
    return this.stores.credit.receivePayment(payment);
  }

  /** Records that damaged units were scrapped or repaired, once per idempotency key. */
  endDamage(command: EndDamage): Promise<EndDamageOutcome> {
    return this.stores.unavailableStock.endDamage(command);
  }

  /** Releases a stand-alone hold; refuses a hold of another caller or of an order. */
  async releaseHold(command: ReservationCommand): Promise<StepAnswer> {
    return answerTo(command, await releaseHolds(this.stores.inventory, [command]));
  }

  /** Extends a stand-alone hold while it lives; refuses a hold of another caller or of an order. */
  async extendHold(command: ExtendHold): Promise<StepAnswer> {
    return answerTo(command, await extendHolds(this.stores.inventory, [command]));
  }

  /** Returns the source of a feed; undefined when it does not exist. */
  source(id: string): Promise<Source | undefined> {
    return this.stores.inventorySetUp.source(id);
  }

  /** Applies the rows of a feed in order and returns one answer for each. */
  applyFeed(
    source: Pick<Source, 'id'>,
    rows: readonly FeedRow[],
    cause: Cause,
  ): Promise<readonly FeedAnswer[]> {
    return this.stores.inventoryFeed.apply(source, rows, cause);
  }
}

function answerTo({ commandId }: ReservationCommand, [answer]: readonly StepAnswer[]): StepAnswer {
  if (!answer) throw new Error(`the store returned no answer for command ${commandId}`);
  return answer;
}
