import type { Buyer, EligibilityRule } from '../../../src/domain/inventory/limits/eligibility';
import type { SalesCap } from '../../../src/domain/inventory/limits/sales-cap';
import type { ReserveRequest } from '../../../src/domain/inventory/reservation/reserve';
import type { Item } from '../../../src/domain/inventory/setup/set-up';
import { InventoryLedger } from './inventory-ledger';
import { aCount, aNode, anItem, later, NOON } from './inventory-samples';

const LEEDS = aNode('leeds');
const YORK = aNode('york', { priority: 2 });
const DEPOT = aNode('depot', { kind: 'partner', priority: 3 });

/** Creates three nodes with these counts, the last of them a partner. */
export function shelves(
  tea: { readonly leeds?: number; readonly york?: number; readonly depot?: number },
  over: { readonly tea?: Partial<Item>; readonly cup?: Partial<Item> } = {},
): InventoryLedger {
  const items = [anItem('tea', over.tea), anItem('cup', over.cup)];
  const ledger = new InventoryLedger([LEEDS, YORK, DEPOT], ['tea', 'cup'], NOON, items);
  for (const [nodeId, count] of Object.entries(tea)) ledger.count('tea', nodeId, aCount(count));
  return ledger;
}

export const UNLIMITED: Partial<Item> = { backorder: { mode: 'unlimited' } };

export const limitedTo = (limit: number): Partial<Item> => ({ backorder: { mode: 'limited', limit } });

export const teas = (quantity: number) => [{ sku: 'tea', quantity }];

export const aBuyer = (over: Partial<Buyer> = {}): Buyer => ({
  region: 'north',
  channel: null,
  shippingMethod: null,
  customerId: null,
  ...over,
});

/** Returns a request for a stand-alone hold. */
export function ask(quantity: number, over: Partial<ReserveRequest> = {}): ReserveRequest {
  return {
    reservationId: 'rsv_1',
    caller: 'shop',
    orderId: null,
    demands: teas(quantity),
    buyer: aBuyer(),
    ttlSeconds: 60,
    shipComplete: false,
    maxShipments: null,
    ...over,
  };
}

export const order = (quantity: number, over: Partial<ReserveRequest> = {}) => ({
  ...ask(quantity, { reservationId: 'rsv_order', ttlSeconds: null, ...over }),
  orderId: over.orderId ?? 'ord_order',
});

export const at = (nodeId: string, quantity: number) => ({ sku: 'tea', nodeId, quantity });

/** Returns the answer to a reservation without backorders. */
export const given = (over: object) => ({
  kind: 'done',
  backordered: [],
  partners: [],
  expiresAt: null,
  ...over,
});

export const refusal = (reason: string) => expect.objectContaining({ kind: 'refused', reason });

export const typesOf = (events: readonly { readonly event: { readonly type: string } }[]) =>
  events.map(({ event }) => event.type.replace('inventory.', ''));

export function aCap(limit: number, over: Partial<SalesCap> = {}): SalesCap {
  const window = { start: NOON, end: later(NOON, 3600) };
  return { id: 'cap_1', skus: ['tea'], channel: null, customerId: null, ...window, limit, ...over };
}

export function aRule(deny: Partial<EligibilityRule['deny']>, over: Partial<EligibilityRule> = {}) {
  const nothing = {
    sku: null,
    itemTag: null,
    nodeId: null,
    region: null,
    channel: null,
    shippingMethod: null,
  };
  return { id: 'rule_1', reason: 'AGE_RESTRICTED', deny: { ...nothing, ...deny }, ...over };
}
