import type { DeclaredSource } from '../../src/domain/inventory/setup/set-up';
import type { SeededRandom } from '../stores/seeded-random';
import { aNode, cause, countRow, ERP, hold, onHold, order, type Shop } from '../stores/shop';

export const SKUS = ['apple', 'pear', 'plum', 'fig'];
/** A source that leaves claimed units out of its report, for a node of its own. */
export const MERCHANT: DeclaredSource = {
  ...ERP,
  id: 'merchant',
  basis: 'available',
  authority: 2,
  nodes: ['n3'],
};

/** One client with random actions of every kind on the inventory. */
export class RandomTrader {
  #made = 0;
  /** Follows the first counts, which the test makes. */
  #sequence = 1;
  readonly #holds: { readonly id: string; readonly lines: [string, number][] }[] = [];

  constructor(
    private readonly name: string,
    private readonly shop: Shop,
    private readonly random: SeededRandom,
    /** True for one trader alone: its counts then have increasing times, as from a real source. */
    private readonly speaksForMerchant: boolean,
  ) {}

  async run(rounds: number): Promise<void> {
    const actions = [
      () => this.#order(),
      () => this.#order(),
      () => this.#orderAndUndo(),
      () => this.#hold(),
      () => this.#hold(),
      () => this.#release(),
      () => this.#sweep(),
      () => this.#fill(),
      () => this.#count(),
      () => this.#setNode(),
      () => this.#setItem(),
      () => this.#setCap(),
      () => this.#setRule(),
    ];
    for (let round = 0; round < rounds; round++) await this.random.pick(actions)();
  }

  async #order(): Promise<void> {
    await this.shop.commitStock(this.#orders());
  }

  async #orderAndUndo(): Promise<void> {
    const orders = this.#orders();
    await this.shop.commitStock(orders);
    await this.shop.releaseStock(orders);
  }

  async #hold(): Promise<void> {
    const holds = Array.from({ length: 1 + this.random.below(3) }, () => {
      const id = this.#id();
      const lines = this.#lines();
      this.#holds.push({ id: `rsv_${id}`, lines });
      return hold(id, lines, { ttlSeconds: this.random.pick([0.05, 1, 600]) });
    });
    await this.shop.holdStock(holds);
  }

  async #release(): Promise<void> {
    const held = this.#holds[this.random.below(this.#holds.length || 1)];
    if (held) await this.shop.releaseHolds([{ ...onHold(held.id, 'release'), commandId: this.#id() }]);
  }

  async #sweep(): Promise<void> {
    const due = await this.shop.stores.inventoryReads.dueHolds(20);
    if (due.length > 0) await this.shop.expireHolds(due.map((id) => onHold(id, 'expire')));
  }

  async #fill(): Promise<void> {
    const { inventoryReads } = this.shop.stores;
    const turns = await inventoryReads.fillableTurns(await inventoryReads.awaitedItems(null), 5);
    if (turns.length > 0) await this.shop.fillBackorders(turns);
  }

  async #count(): Promise<void> {
    const source = this.speaksForMerchant ? MERCHANT : ERP;
    const { now } = await this.shop.stores.inventoryReads.stockFacts('apple');
    const rows = SKUS.map((sku) =>
      countRow({
        sku,
        nodeId: this.random.pick(source.nodes),
        count: this.random.pick([25, 25, 25, this.random.below(60)]),
        sequence: ++this.#sequence,
        observedAt: now,
      }),
    );
    await this.shop.stores.inventoryFeed.apply(source, rows, cause);
  }

  async #setNode(): Promise<void> {
    const node = {
      ...aNode,
      id: this.random.pick(['n1', 'n2', 'n3']),
      enabled: this.random.below(5) > 0,
      feedTtlSeconds: this.random.pick([null, 1, 60]),
      safetyStock: this.random.below(4),
    };
    await this.shop.stores.inventorySetUp.setNode(node, cause);
  }

  async #setItem(): Promise<void> {
    const sku = this.random.pick(SKUS);
    const mode = this.random.pick(['none', 'unlimited', 'limited'] as const);
    const backorder = mode === 'limited' ? { mode, limit: 5 } : { mode };
    const perOrderMax = this.random.pick([null, 3]);
    const tags = this.random.pick([[], ['fragile']]);
    await this.shop.stores.inventorySetUp.setItem({ sku, name: sku, backorder, perOrderMax, tags }, cause);
  }

  async #setCap(): Promise<void> {
    const id = this.random.pick(['cap-1', 'cap-2']);
    const cap = {
      id,
      skus: this.random.shuffled(SKUS).slice(0, 2),
      channel: this.random.pick([null, 'web']),
      customerId: null,
      start: '2026-01-01T00:00:00.000Z',
      end: '2100-01-01T00:00:00.000Z',
      limit: 10 + this.random.below(90),
    };
    if (this.random.below(4) === 0) await this.shop.stores.limitsSetUp.removeCap(id, cause);
    else await this.shop.stores.limitsSetUp.setCap(cap, cause);
  }

  async #setRule(): Promise<void> {
    const id = this.random.pick(['rule-1', 'rule-2']);
    const deny = {
      sku: this.random.pick([null, 'fig']),
      itemTag: this.random.pick([null, 'fragile']),
      nodeId: this.random.pick(['n1', 'n2']),
      region: this.random.pick([null, 'us']),
      channel: this.random.pick([null, 'shop']),
      shippingMethod: this.random.pick([null, 'express']),
    };
    if (this.random.below(3) === 0) await this.shop.stores.limitsSetUp.removeRule(id, cause);
    else await this.shop.stores.limitsSetUp.setRule({ id, deny, reason: 'NOT_HERE' }, cause);
  }

  #orders() {
    return Array.from({ length: 1 + this.random.below(4) }, () => {
      const held =
        this.random.below(3) === 0 ? this.#holds[this.random.below(this.#holds.length || 1)] : null;
      const channel = this.random.pick([null, 'web', 'shop']);
      return held
        ? order(this.#id(), held.lines, { reservationId: held.id, channel })
        : order(this.#id(), this.#lines(), { channel });
    });
  }

  #lines(): [string, number][] {
    const skus = this.random.shuffled(SKUS).slice(0, 1 + this.random.below(2));
    return skus.map((sku) => [sku, 1 + this.random.below(4)]);
  }

  #id(): string {
    this.#made += 1;
    return `${this.name}${this.#made}`;
  }
}
