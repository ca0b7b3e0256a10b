import { randomUUID } from 'node:crypto';
import {
  type Availability,
  type CreditAccount,
  connect,
  type FeedRow,
  type Holdfast,
  HoldfastProblem,
  type Order,
  type OrderRequest,
  type Stock,
} from '../../client/holdfast-client';
import type { RunningHoldfast } from './running-holdfast';

/** A caller of the API with items and customers of this demo's own, so that a demo can be run again and again. */
export class DemoShop {
  readonly #run = randomUUID().slice(0, 6);
  #sequence = 0;

  /** The API. Its commands wait for their outcome. */
  readonly api: Holdfast;

  constructor({ apiUrl, adminKey }: RunningHoldfast) {
    this.api = connect({ url: apiUrl, key: adminKey, wait: 30 });
  }

  /** Creates an item with stock of its own, given by node. */
  async item(name: string, stock: Readonly<Record<string, number>>): Promise<string> {
    const sku = `DEMO-${this.#run}-${name}`;
    await this.api.putItem({ path: { sku }, body: { name: `Demo ${name}` } });
    for (const [nodeId, count] of Object.entries(stock)) {
      const source = nodeId.startsWith('wh-') ? 'wms' : 'pos';
      const section = nodeId.startsWith('st-') ? { section: 'floor' as const } : {};
      await this.feed(source, { sku, nodeId, ...section, count });
    }
    return sku;
  }

  /** Returns an id that is unique to this run. */
  named(what: string): string {
    return `demo-${this.#run}-${what}`;
  }

  /** Reports a count with a higher sequence than every count before. */
  async feed(
    source: string,
    row: Pick<FeedRow, 'sku' | 'nodeId' | 'section'> & { readonly count: number },
  ): Promise<void> {
    this.#sequence += 1;
    const observedAt = new Date().toISOString();
    const message = { messageId: randomUUID(), sequence: this.#sequence, ...row, observedAt };
    await this.api.reportSupply({ path: { sourceId: source }, body: [message] });
  }

  async customer(name: string, limit: number): Promise<string> {
    const id = this.named(name);
    await this.api.putCreditAccount({ path: { customerId: id }, body: { limit, currency: 'EUR' } });
    return id;
  }

  /** Places an order and waits for its end. */
  async order(
    customerId: string,
    sku: string,
    quantity: number,
    { unitPrice = 1_000, region = 'north' } = {},
  ): Promise<Order> {
    const lines = [{ sku, quantity, unitPrice }];
    const body: OrderRequest = { customerId, currency: 'EUR', lines, shipTo: { region } };
    const { id } = await this.api.placeOrder({ body });
    return this.api.getOrder({ path: { id } });
  }

  /** Places an order and waits only for its acceptance. */
  async placed(customerId: string, sku: string, quantity: number): Promise<string> {
    const lines = [{ sku, quantity, unitPrice: 1_000 }];
    const body: OrderRequest = { customerId, currency: 'EUR', lines, shipTo: { region: 'north' } };
    return (await this.api.waiting(0).placeOrder({ body })).id;
  }

  /** Returns an order's state; undefined while the order is not recorded. */
  async found(id: string): Promise<Order | undefined> {
    try {
      return await this.api.getOrder({ path: { id } });
    } catch (error) {
      if (error instanceof HoldfastProblem && error.status === 404) return undefined;
      throw error;
    }
  }

  stock(sku: string): Promise<Stock> {
    return this.api.getStock({ path: { sku } });
  }

  async availability(sku: string): Promise<Availability['items'][number]> {
    const { items } = await this.api.getAvailability({
      query: { sku: [sku], region: 'north', explain: 'true' },
    });
    const [item] = items;
    if (!item) throw new Error(`availability says nothing of ${sku}`);
    return item;
  }

  credit(customerId: string): Promise<CreditAccount> {
    return this.api.getCreditAccount({ path: { customerId } });
  }
}
