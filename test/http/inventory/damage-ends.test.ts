import { itemAtNodes } from '../../support/item-at-nodes';
import { type LiveApi, newKey, openLiveApi, placeOrder } from '../support/live-api';

let api: LiveApi;
beforeAll(async () => {
  api = await openLiveApi();
});
afterAll(async () => expect(await api.close()).toEqual([]));

const say = (sku: string, body: unknown, { nodeId = 'wh-north', key = newKey() } = {}) =>
  api.call('POST', `/v1/stock/${sku}/nodes/${nodeId}/damage-ends`, body, { 'Idempotency-Key': key });
const termsOf = async (sku: string) => (await api.call('GET', `/v1/stock/${sku}`)).json.nodes[0];
async function count(sku: string, sequence: number, units: number, at = new Date()): Promise<void> {
  const row = { messageId: `${sku}:${sequence}`, sequence, sku, nodeId: 'wh-north', count: units };
  const { json } = await api.call('POST', '/v1/feeds/wms', [{ ...row, observedAt: at.toISOString() }]);
  expect(json).toMatchObject({ applied: 1 });
}

/** Creates nine units, three of them damaged. */
async function someDamaged(): Promise<string> {
  const sku = await itemAtNodes(api.fixture, { 'wh-north': 9 });
  const { id } = await placeOrder(api, sku, 3);
  const [shipment] = (await api.call('GET', `/v1/orders/${id}/shipments`)).json.items;
  const rejection = { lineId: '1', quantity: 3, reason: 'DAMAGED' };
  const headers = { Prefer: 'wait=20', 'Idempotency-Key': newKey() };
  await api.call('POST', `/v1/shipments/${shipment.id}/reject`, rejection, headers);
  expect(await termsOf(sku)).toMatchObject({ supply: 9, committed: 0, unavailable: 3, atp: 6 });
  return sku;
}

describe('damaged units', () => {
  it('that are scrapped leave supply and the unavailable units, also after later counts', async () => {
    const beforehand = new Date();
    const sku = await someDamaged();
    const { status, json } = await say(sku, { quantity: 2, reason: 'SCRAPPED' });
    expect([status, json]).toEqual([200, await termsOf(sku)]);
    expect(json).toMatchObject({ nodeId: 'wh-north', supply: 7, unavailable: 1, atp: 6 });
    await count(sku, 2, 9, beforehand);
    expect(await termsOf(sku)).toMatchObject({ supply: 7, unavailable: 1, atp: 6 });
    await count(sku, 3, 7);
    expect(await termsOf(sku)).toMatchObject({ supply: 7, unavailable: 1, atp: 6 });
  });

  it('that are repaired can be sold, by the row and by the fold of the log', async () => {
    const sku = await someDamaged();
    const repaired = (await say(sku, { quantity: 3, reason: 'REPAIRED' })).json;
    expect(repaired).toMatchObject({ supply: 9, unavailable: 0, atp: 9 });
    const past = await api.call('GET', `/v1/stock/${sku}?asOf=${new Date().toISOString()}`);
    expect(past.json.nodes).toEqual([repaired]);
  });

  it('reported twice with one key are ended once, and another body with that key is refused', async () => {
    const sku = await someDamaged();
    const key = newKey();
    const scrapped = { quantity: 1, reason: 'SCRAPPED' };
    const said = await say(sku, scrapped, { key });
    expect(said.headers.get('idempotent-replayed')).toBeNull();
    const again = await say(sku, scrapped, { key });
    expect([again.status, again.json]).toEqual([200, said.json]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const other = await say(sku, { ...scrapped, quantity: 2 }, { key });
    expect([other.status, other.json.errors]).toMatchObject([422, [{ field: 'Idempotency-Key' }]]);
    expect(await termsOf(sku)).toEqual(said.json);
  });

  it('leave the key to whatever else it stands for', async () => {
    const sku = await someDamaged();
    const keyed = { 'Idempotency-Key': newKey() };
    const body = { lines: [{ sku, quantity: 1 }], shipTo: { region: 'north' }, ttlSeconds: 60 };
    expect((await api.call('POST', '/v1/reservations', body, keyed)).status).toBe(201);
    const said = await say(sku, { quantity: 1, reason: 'REPAIRED' }, { key: keyed['Idempotency-Key'] });
    expect([said.status, said.json.unavailable]).toEqual([200, 2]);
    const again = await api.call('POST', '/v1/reservations', body, keyed);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });
});

describe('a report of damaged units that does not fit', () => {
  it('is refused beyond the unavailable units, and leaves its key free', async () => {
    const sku = await someDamaged();
    const before = await termsOf(sku);
    const key = newKey();
    const { status, json } = await say(sku, { quantity: 4, reason: 'REPAIRED' }, { key });
    expect([status, json.errors]).toEqual([
      409,
      [{ field: 'quantity', message: 'only 3 units are unavailable' }],
    ]);
    expect(await termsOf(sku)).toEqual(before);
    expect((await say(sku, { quantity: 3, reason: 'REPAIRED' }, { key })).status).toBe(200);
  });

  it.each([
    [{ quantity: 0, reason: 'SCRAPPED' }, 'quantity'],
    [{ quantity: -1, reason: 'SCRAPPED' }, 'quantity'],
    [{ quantity: 1.5, reason: 'SCRAPPED' }, 'quantity'],
    [{ quantity: 1, reason: 'LOST' }, 'reason'],
    [{ quantity: 1 }, 'reason'],
    [{ quantity: 1, reason: 'SCRAPPED', note: 'x' }, 'note'],
  ])('with %j is an invalid request', async (body, field) => {
    const { status, json } = await say('MUG-01', body);
    expect([status, json.errors]).toMatchObject([400, [{ field }]]);
  });

  it('is 404 where no stock was ever reported, and requires a key', async () => {
    const body = { quantity: 1, reason: 'REPAIRED' };
    expect((await say('NOPE', body)).status).toBe(404);
    expect((await say('MUG-01', body, { nodeId: 'nowhere' })).status).toBe(404);
    const keyless = await api.call('POST', '/v1/stock/MUG-01/nodes/wh-north/damage-ends', body);
    expect([keyless.status, keyless.json.errors]).toMatchObject([400, [{ field: 'Idempotency-Key' }]]);
  });
});
