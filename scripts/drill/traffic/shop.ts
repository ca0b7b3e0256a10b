import type { SimulatorControl } from '../processes/simulator-control';
import type { ApiClient } from './api-client';

const WAREHOUSES = ['dn-north', 'dn-south'] as const;

/** Partners by their manner of answering. */
export const PARTNERS = { willing: 'dp-willing', refusing: 'dp-refusing', silent: 'dp-silent' } as const;

const numbered = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);

export const PLAIN_ITEMS = numbered('D-PLAIN', 10);
export const PARTNER_ITEMS = {
  willing: 'D-WILLING',
  refusing: 'D-REFUSING',
  silent: 'D-SILENT',
  elsewhere: 'D-ELSEWHERE',
} as const;

/** Items with a fixed supply at one node, which no feed changes afterwards. */
export const FIXED_SUPPLY: Readonly<Record<string, number>> = {
  'D-HOT': 4,
  'D-SCARCE-1': 25,
  'D-SCARCE-2': 40,
};
export const HOT_ITEM = 'D-HOT';
export const SCARCE_ITEMS = ['D-SCARCE-1', 'D-SCARCE-2'];
/** An item whose holds are left to expire. */
export const SHORT_HOLD_ITEM = 'D-SHORT';

/** Items that only the feeds touch, so that their supply is exactly the feeds' result. */
export const FED_ITEMS = numbered('D-FED', 3);
export const FED_PLACES = [
  { nodeId: 'dn-north' },
  { nodeId: 'dn-south' },
  { nodeId: 'dn-store', section: 'floor' },
  { nodeId: 'dn-store', section: 'backroom' },
] as const;

export const CUSTOMERS = {
  rich: numbered('d-rich', 40),
  poor: 'd-poor',
  unknown: 'd-nobody',
};

/** A party of trips that refuses every booking. */
export const REFUSING_PARTY = 'car';

export const SOURCE = 'd-wms';
/** More than all orders of a drill take. */
const PLENTY = 200_000;
const THIRTY_DAYS = 30 * 86_400;
const ALL_ITEMS = [
  ...PLAIN_ITEMS,
  ...Object.values(PARTNER_ITEMS),
  ...Object.keys(FIXED_SUPPLY),
  SHORT_HOLD_ITEM,
  ...FED_ITEMS,
];

/** Creates nodes, sources, items, customers and stock, and tells the third parties how to behave. */
export async function setUpShop(api: ApiClient, simulator: SimulatorControl): Promise<void> {
  await putAll(api, 'nodes', nodes());
  await putAll(api, 'sources', sources());
  await putAll(api, 'items', Object.fromEntries(ALL_ITEMS.map((sku) => [sku, { name: `Item ${sku}` }])));
  const limits = [...CUSTOMERS.rich.map((id) => [id, 1_000_000_000_000]), [CUSTOMERS.poor, 10]];
  const accounts = limits.map(([id, limit]) => [id, { currency: 'EUR', limit }]);
  await putAll(api, 'credit-accounts', Object.fromEntries(accounts));
  await feed(api, SOURCE, [
    ...PLAIN_ITEMS.flatMap((sku) => WAREHOUSES.map((nodeId) => ({ sku, nodeId, count: PLENTY }))),
    ...Object.entries(FIXED_SUPPLY).map(([sku, count]) => ({ sku, nodeId: 'dn-north', count })),
    { sku: SHORT_HOLD_ITEM, nodeId: 'dn-north', count: PLENTY },
    { sku: PARTNER_ITEMS.elsewhere, nodeId: 'dn-south', count: PLENTY },
  ]);
  await feed(api, PARTNERS.willing, [
    { sku: PARTNER_ITEMS.willing, nodeId: PARTNERS.willing, count: PLENTY },
  ]);
  await feed(api, PARTNERS.refusing, [
    { sku: PARTNER_ITEMS.refusing, nodeId: PARTNERS.refusing, count: PLENTY },
    { sku: PARTNER_ITEMS.elsewhere, nodeId: PARTNERS.refusing, count: PLENTY },
  ]);
  await feed(api, PARTNERS.silent, [{ sku: PARTNER_ITEMS.silent, nodeId: PARTNERS.silent, count: PLENTY }]);
  await setUpParties(simulator);
}

/** Tells the third parties how to behave. The simulator forgets it when it ends. */
export async function setUpParties(simulator: SimulatorControl): Promise<void> {
  await simulator.fault(PARTNERS.refusing, { mode: 'refuse', reason: 'NO_CAPACITY' });
  await simulator.fault(PARTNERS.silent, { mode: 'down', call: 'book' });
  await simulator.fault(REFUSING_PARTY, { mode: 'refuse', reason: 'SOLD_OUT' });
}

function nodes(): Readonly<Record<string, object>> {
  // The partner has a better priority than a warehouse, so that its bookings do not depend on luck.
  const partner = { kind: 'partner', region: 'west', priority: 1, feedTtlSeconds: THIRTY_DAYS };
  return {
    'dn-north': { name: 'North', kind: 'warehouse', region: 'north', priority: 5 },
    'dn-south': { name: 'South', kind: 'warehouse', region: 'south', priority: 5 },
    'dn-store': { name: 'Store', kind: 'store', region: 'west', priority: 9 },
    [PARTNERS.willing]: { ...partner, name: 'Willing' },
    [PARTNERS.refusing]: { ...partner, name: 'Refusing' },
    [PARTNERS.silent]: { ...partner, name: 'Silent' },
  };
}

function sources(): Readonly<Record<string, object>> {
  const own = {
    name: 'Warehouse system',
    basis: 'on_hand',
    nodes: [...WAREHOUSES, 'dn-store'],
    authority: 10,
  };
  const partners = Object.values(PARTNERS).map((id) => [id, { name: id, basis: 'available', nodes: [id] }]);
  return { [SOURCE]: own, ...Object.fromEntries(partners) };
}

async function putAll(
  api: ApiClient,
  collection: string,
  wanted: Readonly<Record<string, object>>,
): Promise<void> {
  for (const [id, body] of Object.entries(wanted)) {
    const { status, body: answer } = await api.ask({ method: 'PUT', path: `/v1/${collection}/${id}`, body });
    if (status !== 200)
      throw new Error(`PUT /v1/${collection}/${id} was answered ${status}: ${JSON.stringify(answer)}`);
  }
}

async function feed(api: ApiClient, source: string, rows: readonly object[]): Promise<void> {
  const body = rows.map((row, index) => ({
    messageId: `set-up-${index}`,
    sequence: 1,
    observedAt: new Date(Date.now() - 1_000).toISOString(),
    ...row,
  }));
  const { status, body: answer } = await api.ask({ method: 'POST', path: `/v1/feeds/${source}`, body });
  if (status !== 200 || answer.rejected !== 0)
    throw new Error(`the stock of ${source} was answered ${status}: ${JSON.stringify(answer).slice(0, 500)}`);
}
