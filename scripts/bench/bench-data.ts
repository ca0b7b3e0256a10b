import { randomBytes, randomInt } from 'node:crypto';
import type { DeclaredSource } from '../../src/domain/inventory/setup/set-up';
import type { NewCommand } from '../../src/stores/orders/command-rows';
import type { Stores } from '../../src/stores/stores';
import { putItems } from './bench-items';

const CAUSE = { commandId: 'bench-data', caller: 'set-up', correlation: 'bench-data' };
const SKUS = 400;
const CUSTOMERS = 400;
const NODES = ['bench-1', 'bench-2', 'bench-3', 'bench-4', 'bench-5'];
const PLENTY = 100_000;
/** More than all nodes have together, and still a quantity that the API takes. */
const TOO_MANY = 1_000_000;
const UNIT_PRICE = 1_000;
/** One order in twenty exceeds the stock, so that compensation is measured too. */
const REFUSED_SHARE = 20;

const CREDIT_LIMIT = 1_000_000_000_000;

/** The catalogue and the accounts, for the peers that are measured beside Holdfast. */
export const BENCH_STOCK = {
  skus: SKUS,
  each: NODES.length * PLENTY,
  customers: CUSTOMERS,
  limit: CREDIT_LIMIT,
};

/** The source that counts at every node. */
export const BENCH_SOURCE = {
  id: 'bench',
  name: 'bench',
  basis: 'on_hand',
  authority: 1,
  nodes: NODES,
} as const satisfies DeclaredSource;

/** Loads items, nodes, stock and customers that no run of the bench exhausts. */
export async function loadBenchData(stores: Stores): Promise<void> {
  for (const [priority, id] of NODES.entries()) {
    const node = {
      id,
      name: id,
      kind: 'warehouse',
      region: priority % 2 ? 'north' : 'south',
      priority,
    } as const;
    await stores.inventorySetUp.setNode(
      { ...node, enabled: true, safetyStock: 0, feedTtlSeconds: null },
      CAUSE,
    );
  }
  await stores.inventorySetUp.setSource(BENCH_SOURCE, CAUSE);
  await putItems(stores, skus(), CAUSE);
  const observedAt = new Date().toISOString();
  const rows = skus().flatMap((sku) =>
    NODES.map((nodeId) => {
      const messageId = `bench/${sku}/${nodeId}`;
      return { messageId, sku, nodeId, section: null, count: PLENTY, sequence: 1, observedAt };
    }),
  );
  await stores.inventoryFeed.apply(BENCH_SOURCE, rows, CAUSE);
  for (let index = 0; index < CUSTOMERS; index++) {
    await stores.credit.setAccount(customer(index), { currency: 'EUR', limit: CREDIT_LIMIT }, CAUSE);
  }
}

function skus(): readonly string[] {
  return Array.from({ length: SKUS }, (_, index) => `BENCH-${index}`);
}

/** Returns the id of some customer. */
export function anyCustomer(): string {
  return customer(randomInt(CUSTOMERS));
}

function customer(index: number): string {
  return `bench-${index}`;
}

/** Returns the body of an order as a caller sends it. */
export function randomOrderBody() {
  const refused = randomInt(REFUSED_SHARE) === 0;
  return {
    customerId: anyCustomer(),
    currency: 'EUR',
    lines: [
      { sku: `BENCH-${randomInt(SKUS)}`, quantity: 1 + randomInt(3), unitPrice: UNIT_PRICE },
      {
        sku: `BENCH-${randomInt(SKUS)}`,
        quantity: refused ? TOO_MANY : 1,
        unitPrice: refused ? 1 : UNIT_PRICE,
      },
    ].slice(refused ? 1 : 0),
    shipTo: { region: 'north' },
  };
}

/** Returns a random order as a command, for yardsticks that run without HTTP. */
export function randomOrderCommand(): NewCommand<'create'> {
  const { shipTo, lines, customerId, currency } = randomOrderBody();
  const id = `ord_${randomBytes(8).toString('hex')}`;
  return {
    id,
    kind: 'create',
    caller: 'bench',
    operation: 'create',
    key: id,
    fingerprint: 'bench',
    subject: id,
    wanted: {
      customerId,
      currency,
      lines: lines.map((line, index) => ({ lineId: String(index + 1), ...line })),
      region: shipTo.region,
      channel: null,
      reservationId: null,
      shipComplete: false,
      shippingMethod: null,
      sealed: null,
      maxShipments: null,
    },
  };
}
