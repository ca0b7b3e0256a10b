import { randomUUID } from 'node:crypto';
import type { RunningHoldfast } from './running-holdfast';

export interface ShownOrder {
  readonly id: string;
  readonly status: string;
  readonly reason?: string;
  readonly compensation: string;
  readonly payment: string;
  readonly version: number;
  readonly lastCommand?: { readonly outcome: string; readonly reason?: string };
  readonly lines: readonly {
    readonly sku: string;
    readonly sources: readonly { nodeId: string; quantity: number }[];
    readonly backordered?: { readonly quantity: number; readonly promiseDate?: string };
  }[];
  readonly links: { readonly webUi?: string; readonly webUiSearch?: string };
}

interface StockAnswer {
  readonly atp: number;
  readonly nodes: readonly {
    readonly nodeId: string;
    readonly supply: number;
    readonly unavailable: number;
    readonly held: number;
    readonly committed: number;
  }[];
}

interface CreditAnswer {
  readonly held: number;
  readonly captured: number;
  readonly available: number;
}

interface AvailabilityAnswer {
  readonly sellable: number;
  readonly excluded: readonly { readonly nodeId: string; readonly reason: string }[];
}

interface ImportAnswer {
  readonly applied: number;
  readonly rejected: number;
  readonly results: readonly { readonly row: number; readonly outcome: string; readonly reason?: string }[];
}

/** A page of the event feed, or of the latest stock. */
interface FeedPage<Item> {
  readonly items: readonly Item[];
  readonly next: string;
  readonly more: boolean;
}

interface Basket {
  readonly customerId: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly unitPrice: number }[];
  readonly region: string;
}

/** A caller of the API with items and customers of this demo's own, so that a demo can be run again and again. */
export class DemoShop {
  readonly #run = randomUUID().slice(0, 6);
  #sequence = 0;

  constructor(private readonly holdfast: RunningHoldfast) {}

  /** Creates an item with stock of its own, given by node. */
  async item(name: string, stock: Readonly<Record<string, number>>): Promise<string> {
    const sku = `DEMO-${this.#run}-${name}`;
    await this.call('PUT', `/v1/items/${sku}`, { name: `Demo ${name}` });
    for (const [nodeId, count] of Object.entries(stock)) {
      const source = nodeId.startsWith('wh-') ? 'wms' : 'pos';
      const section = nodeId.startsWith('st-') ? { section: 'floor' } : {};
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
    row: {
      readonly sku: string;
      readonly nodeId: string;
      readonly section?: string;
      readonly count: number;
    },
  ): Promise<void> {
    this.#sequence += 1;
    const observedAt = new Date().toISOString();
    const message = { messageId: randomUUID(), sequence: this.#sequence, ...row, observedAt };
    await this.call('POST', `/v1/feeds/${source}`, [message]);
  }

  async customer(name: string, limit: number): Promise<string> {
    const id = this.named(name);
    await this.call('PUT', `/v1/credit-accounts/${id}`, { limit, currency: 'EUR' });
    return id;
  }

  /** Places an order and waits for its end. */
  order(
    customerId: string,
    sku: string,
    quantity: number,
    { unitPrice = 1_000, region = 'north' } = {},
  ): Promise<ShownOrder> {
    const lines = [{ sku, quantity, unitPrice }];
    return this.#place({ customerId, lines, region }, 30) as Promise<ShownOrder>;
  }

  /** Places an order and waits only for its acceptance. */
  async placed(customerId: string, sku: string, quantity: number): Promise<string> {
    const lines = [{ sku, quantity, unitPrice: 1_000 }];
    return ((await this.#place({ customerId, lines, region: 'north' }, 0)) as { id: string }).id;
  }

  /** Imports rows of CSV, one resource a row. */
  async importCsv(collection: string, csv: string): Promise<ImportAnswer> {
    const headers = { 'content-type': 'text/csv' };
    return (await this.#send('POST', `/v1/imports/${collection}`, csv, headers)) as ImportAnswer;
  }

  /** Returns an order's state; undefined while the order is not recorded. */
  async found(id: string): Promise<ShownOrder | undefined> {
    return (await this.call('GET', `/v1/orders/${id}`).catch(() => undefined)) as ShownOrder | undefined;
  }

  stock(sku: string): Promise<StockAnswer> {
    return this.call('GET', `/v1/stock/${sku}`) as Promise<StockAnswer>;
  }

  async availability(sku: string): Promise<AvailabilityAnswer> {
    const answer = await this.call('GET', `/v1/availability?sku=${sku}&region=north&explain=true`);
    const [item] = (answer as { items: readonly AvailabilityAnswer[] }).items;
    if (!item) throw new Error(`availability says nothing of ${sku}`);
    return item;
  }

  credit(customerId: string): Promise<CreditAnswer> {
    return this.call('GET', `/v1/credit-accounts/${customerId}`) as Promise<CreditAnswer>;
  }

  /** Reads all items of a feed, page by page. `path` ends with its query. */
  async *items<Item>(path: string): AsyncGenerator<Item> {
    for (let after = ''; ; ) {
      const page = (await this.call('GET', path + after)) as FeedPage<Item>;
      yield* page.items;
      if (!page.more) return;
      after = `&after=${page.next}`;
    }
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<unknown> {
    if (body === undefined) return this.#send(method, path, undefined, headers);
    return this.#send(method, path, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
  }

  async #send(
    method: string,
    path: string,
    body: string | undefined,
    headers: Readonly<Record<string, string>>,
  ): Promise<unknown> {
    const response = await fetch(`${this.holdfast.apiUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.holdfast.adminKey}`, ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  }

  #place({ customerId, lines, region }: Basket, wait: number): Promise<unknown> {
    const body = { customerId, currency: 'EUR', lines, shipTo: { region } };
    const headers = { 'idempotency-key': randomUUID(), ...(wait > 0 ? { prefer: `wait=${wait}` } : {}) };
    return this.call('POST', '/v1/orders', body, headers);
  }
}
