import { randomInt } from 'node:crypto';
import type { Stores } from '../../../src/stores/stores';
import { anyCustomer, BENCH_SOURCE } from '../bench-data';
import { putItems } from '../bench-items';
import { countOf } from '../inventory/inventory-data';

const CAUSE = { commandId: 'bench-scale', caller: 'set-up', correlation: 'bench-scale' };
const ITEMS_A_CALL = 200;

/** An assortment that grows: each item has a stock row at every node of the bench. */
export class ScaleStock {
  #items = 0;

  constructor(private readonly stores: Stores) {}

  get rows(): number {
    return this.#items * BENCH_SOURCE.nodes.length;
  }

  /** Adds items with stock until there are this many stock rows. */
  async growTo(rows: number): Promise<void> {
    while (this.rows < rows) {
      const wanted = Math.ceil((rows - this.rows) / BENCH_SOURCE.nodes.length);
      await this.#add(Math.min(wanted, ITEMS_A_CALL));
    }
  }

  /** Returns the body of an order for two items of the assortment. */
  order(): object {
    const lines = [1, 2].map(() => ({ sku: skuOf(randomInt(this.#items)), quantity: 1, unitPrice: 1_000 }));
    return { customerId: anyCustomer(), currency: 'EUR', lines, shipTo: { region: 'north' } };
  }

  async #add(count: number): Promise<void> {
    const skus = Array.from({ length: count }, (_, index) => skuOf(this.#items + index));
    await putItems(this.stores, skus, CAUSE);
    const rows = skus.flatMap((sku) => BENCH_SOURCE.nodes.map((nodeId) => countOf(sku, nodeId, 1)));
    await this.stores.inventoryFeed.apply(BENCH_SOURCE, rows, CAUSE);
    this.#items += count;
  }
}

function skuOf(index: number): string {
  return `SCALE-${index}`;
}
