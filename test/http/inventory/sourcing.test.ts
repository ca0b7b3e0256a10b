import { USUAL_DEADLINES } from '../../../activities/step-deps';
import { fillBackorders } from '../../../src/events/handlers/fill-backorders';
import { fillableOrders, type OrderFill } from '../../../src/events/handlers/fill-orders';
import { counted, itemAtNodes } from '../../support/item-at-nodes';
import { eventually, type FixtureOptions } from '../../support/saga-fixture';
import { type LiveApi, newKey, openLiveApi } from '../support/live-api';

const WAIT = { Prefer: 'wait=20' };
const NODES = ['at-1', 'at-2', 'at-3', 'at-4', 'at-5'];

let api: LiveApi;
beforeAll(async () => {
  api = await openShop();
});
afterAll(async () => expect(await api.close()).toEqual([]));

async function openShop(options: FixtureOptions = {}): Promise<LiveApi> {
  const opened = await openLiveApi(options);
  for (const [priority, id] of NODES.entries())
    await opened.call('PUT', `/v1/nodes/${id}`, { name: id, kind: 'warehouse', region: 'north', priority });
  await opened.call('PUT', '/v1/sources/wms', { name: 'WMS', basis: 'on_hand', nodes: NODES });
  return opened;
}

type Units = Readonly<Record<string, number>>;
type Line = readonly [sku: string, quantity: number];

/** Places an order and returns it once it is decided. */
async function place(lines: readonly Line[], more: object = {}) {
  const [[customerId] = ['']] = lines;
  const body = {
    customerId,
    currency: 'EUR',
    lines: lines.map(([sku, quantity]) => ({ sku, quantity, unitPrice: 1 })),
    shipTo: { region: 'north' },
    ...more,
  };
  const answer = await api.call('POST', '/v1/orders', body, { 'Idempotency-Key': newKey(), ...WAIT });
  expect(answer.status).toBe(200);
  return answer.json;
}

const item = (units: Units, mode: 'none' | 'unlimited' = 'none') => itemAtNodes(api.fixture, units, mode);
const read = async (id: string) => (await api.call('GET', `/v1/orders/${id}`)).json;
const shipmentsOf = async (id: string) => (await api.call('GET', `/v1/orders/${id}/shipments`)).json.items;
const livesAt = async (id: string): Promise<readonly string[]> =>
  (await shipmentsOf(id))
    .filter(({ state }: { state: string }) => state !== 'REJECTED')
    .map(({ nodeId }: { nodeId: string }) => nodeId);
const reject = (shipmentId: string, quantity: number) =>
  api.call(
    'POST',
    `/v1/shipments/${shipmentId}/reject`,
    { lineId: '1', quantity, reason: 'NO_CAPACITY' },
    { 'Idempotency-Key': newKey(), ...WAIT },
  );
const revise = (id: string, sku: string, quantity: number) =>
  api.call(
    'POST',
    `/v1/orders/${id}/revise`,
    { baseVersion: 1, lines: [{ lineId: '1', sku, quantity, unitPrice: 1 }] },
    WAIT,
  );

/** Fills the backorders of some items and adds the fills to their orders, as the relay does. */
async function fill(skus: readonly string[]): Promise<void> {
  const { inventory, inventoryReads, logs, orders } = api.fixture.context.stores;
  await fillBackorders(inventory, await inventoryReads.fillableTurns(skus, 10));
  const rows = await logs.inventory.$queryRaw<{ data: OrderFill & { entry: OrderFill } }[]>`
    SELECT data FROM event WHERE type = 'inventory.reservation-filled.v1' ORDER BY position`;
  const fills = rows.map(({ data: { entry, reservationId, orderId } }) => ({
    ...entry,
    reservationId,
    orderId,
  }));
  await fillableOrders(orders, USUAL_DEADLINES).fillOrders(fills);
}

it('approves five items at five nodes, and says what is short where one is not there', async () => {
  const skus: string[] = [];
  for (const node of NODES) skus.push(await item({ [node]: 2 }));
  const one = skus.map((sku): Line => [sku, 1]);
  const order = await place(one);
  expect([order.status, await livesAt(order.id)]).toEqual(['APPROVED', NODES]);

  const [first = ''] = skus;
  const refused = await place([[first, 2], ...one.slice(1)]);
  expect(refused).toMatchObject({ status: 'REJECTED', reason: 'OUT_OF_STOCK' });
  expect(refused.shortages).toContainEqual({ sku: first, requested: 2, available: 1 });
  expect(await read(refused.id)).toMatchObject({ shortages: refused.shortages });
});

describe('maxShipments', () => {
  it('is kept when an order is placed', async () => {
    const sku = await item({ 'at-1': 1, 'at-2': 1, 'at-3': 1 });
    expect(await place([[sku, 3]], { maxShipments: 2 })).toMatchObject({
      status: 'REJECTED',
      reason: 'TOO_MANY_SHIPMENTS',
    });
    expect(await place([[sku, 3]], { maxShipments: 3 })).toMatchObject({ status: 'APPROVED' });
  });

  it('is kept when an order is revised: the shipments that it has count', async () => {
    const sku = await item({ 'at-1': 9 });
    const { id } = await place([[sku, 1]], { maxShipments: 2 });
    expect((await revise(id, sku, 2)).json).toMatchObject({ status: 'APPROVED', version: 2 });
    const lines = [{ lineId: '1', sku, quantity: 3, unitPrice: 1 }];
    const again = await api.call('POST', `/v1/orders/${id}/revise`, { baseVersion: 2, lines }, WAIT);
    expect([again.status, again.json.reason]).toEqual([409, 'TOO_MANY_SHIPMENTS']);
    expect(await livesAt(id)).toEqual(['at-1', 'at-1']);
  });

  it('is kept when a node gives units back', async () => {
    const sku = await item({ 'at-1': 3, 'at-2': 1, 'at-3': 1 });
    const { id } = await place([[sku, 3]], { maxShipments: 2 });
    const [shipment] = await shipmentsOf(id);
    expect((await reject(shipment.id, 2)).status).toBe(200);
    await eventually(async () =>
      expect(await read(id)).toMatchObject({ status: 'APPROVED', lines: [{ cancelled: 1 }] }),
    );
    expect(await livesAt(id)).toEqual(['at-1', 'at-2']);
  });
});

describe('an order that ships complete', () => {
  const COMPLETE = { shipComplete: true };

  it('is not approved over two nodes, and is where one node has all of it', async () => {
    const sku = await item({ 'at-1': 2, 'at-2': 2 });
    expect(await place([[sku, 3]], COMPLETE)).toMatchObject({
      status: 'REJECTED',
      reason: 'TOO_MANY_SHIPMENTS',
    });
    const { id, status } = await place([[sku, 2]], COMPLETE);
    expect([status, await livesAt(id)]).toEqual(['APPROVED', ['at-1']]);
  });

  it('moves whole to another node when its node gives a unit back', async () => {
    const sku = await item({ 'at-1': 3, 'at-2': 2, 'at-3': 3 });
    const { id } = await place([[sku, 3]], COMPLETE);
    const [shipment] = await shipmentsOf(id);
    await reject(shipment.id, 1);
    await eventually(async () => expect(await livesAt(id)).toEqual(['at-3']));
    expect(await read(id)).toMatchObject({ status: 'APPROVED', total: 3 });
  });

  it('stays where it is without the units that no node can replace', async () => {
    const sku = await item({ 'at-1': 3 });
    const { id } = await place([[sku, 3]], COMPLETE);
    const [shipment] = await shipmentsOf(id);
    await reject(shipment.id, 1);
    await eventually(async () =>
      expect(await read(id)).toMatchObject({ status: 'APPROVED', total: 2, lines: [{ cancelled: 1 }] }),
    );
    expect(await livesAt(id)).toEqual(['at-1']);
  });

  it('waits whole, and is filled whole, by one node', async () => {
    const tea = await item({ 'at-1': 1 }, 'unlimited');
    const cup = await item({ 'at-1': 5 }, 'unlimited');
    const lines: readonly Line[] = [
      [tea, 3],
      [cup, 1],
    ];
    const { id, status } = await place(lines, COMPLETE);
    expect([status, await shipmentsOf(id)]).toEqual(['BACKORDERED', []]);
    await counted(api.fixture, tea, { 'at-1': 2, 'at-2': 3 }, 2);
    await fill([tea]);
    expect(await read(id)).toMatchObject({
      status: 'BACKORDERED',
      lines: [{ sources: [] }, { sources: [] }],
    });
    await counted(api.fixture, cup, { 'at-2': 1 }, 2);
    await fill([cup]);
    expect([(await read(id)).status, await livesAt(id)]).toEqual(['APPROVED', ['at-2']]);
  });
});

it('keeps the limit of the installation where an order has none of its own, and for holds', async () => {
  const unlimited = api;
  api = await openShop({ maxShipments: 1 });
  const sku = await item({ 'at-1': 1, 'at-2': 1 });
  expect(await place([[sku, 2]])).toMatchObject({ status: 'REJECTED', reason: 'TOO_MANY_SHIPMENTS' });
  const hold = { lines: [{ sku, quantity: 2 }], shipTo: { region: 'north' }, ttlSeconds: 60 };
  const held = await api.call('POST', '/v1/reservations', hold, { 'Idempotency-Key': newKey() });
  expect([held.status, held.json.reason]).toEqual([409, 'TOO_MANY_SHIPMENTS']);
  expect(await place([[sku, 2]], { maxShipments: 2 })).toMatchObject({ status: 'APPROVED' });
  expect(await api.close()).toEqual([]);
  api = unlimited;
});
