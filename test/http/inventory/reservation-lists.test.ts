import { auditBooks } from '../../../src/audit/audit';
import { availability } from '../../../src/events/projections/availability-projection';
import { caughtUp, Relays } from '../../events/following';
import { eventually } from '../../support/saga-fixture';
import { type ApiUnderTest, startApi } from '../support/api-under-test';
import { countRow, openAccount, setUpCatalogue } from '../support/catalogue';

let api: ApiUnderTest;
let serial = 0;
beforeEach(async () => {
  api = await startApi();
  api.stand.sagas = 'direct';
  await setUpCatalogue(api, 10);
  await api.call('PUT', '/v1/items/SKU-2', { name: 'Vase', backorder: { mode: 'unlimited' } });
  await api.call('POST', '/v1/feeds/wms', [countRow({ sku: 'SKU-2', count: 3 })]);
  await openAccount(api, 'ann');
  await openAccount(api, 'bob');
});
afterEach(() => api.close());

const keyed = () => ({ 'Idempotency-Key': `k-${++serial}`, Prefer: 'wait=10' });
const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);

async function hold(changes: object = {}) {
  const body = { lines: [{ sku: 'SKU-1', quantity: 2 }], shipTo: { region: 'north' }, ttlSeconds: 600 };
  const answer = await api.call('POST', '/v1/reservations', { ...body, ...changes }, keyed());
  expect(answer.status).toBe(201);
  return answer.json;
}

async function place(customerId: string, sku: string, quantity: number, changes: object = {}) {
  const lines = [{ sku, quantity, unitPrice: 1 }];
  const body = { customerId, currency: 'EUR', lines, shipTo: { region: 'north' }, ...changes };
  return (await api.call('POST', '/v1/orders', body, keyed())).json;
}

/** Reads every page of a list, one row a page. */
async function all(path: string): Promise<{ id: string; [name: string]: unknown }[]> {
  const rows = [];
  for (let cursor = ''; ; ) {
    const page = await api.call('GET', `${path}${path.includes('?') ? '&' : '?'}limit=1${cursor}`);
    expect(page.status).toBe(200);
    rows.push(...page.json.items);
    if (!page.json.nextCursor) return rows;
    cursor = `&cursor=${page.json.nextCursor}`;
  }
}

describe('reservations are found', () => {
  it('by item, node and customer, while they hold or wait', async () => {
    const own = await hold({ customerId: 'ann' });
    expect(own.customerId).toBe('ann');
    const other = await hold({ lines: [{ sku: 'SKU-2', quantity: 1 }] });
    const released = await hold();
    await api.call('POST', `/v1/reservations/${released.id}/release`);
    const waiting = await place('ann', 'SKU-2', 5);
    const ofOrder = `rsv_${waiting.id.slice(4)}`;
    expect(ids(await all('/v1/reservations?sku=SKU-1'))).toEqual([own.id]);
    expect(ids(await all('/v1/reservations?sku=SKU-2'))).toEqual([other.id, ofOrder].sort());
    expect(ids(await all('/v1/reservations?nodeId=wh-1'))).toEqual([own.id, other.id, ofOrder].sort());
    expect(ids(await all('/v1/reservations?customerId=ann'))).toEqual([own.id, ofOrder].sort());
    expect(ids(await all('/v1/reservations?customerId=ann&sku=SKU-2'))).toEqual([ofOrder]);
    expect(await all('/v1/reservations?customerId=bob&nodeId=wh-1')).toEqual([]);
    const [first] = await all('/v1/reservations?sku=SKU-1');
    expect(first).toEqual((await api.call('GET', `/v1/reservations/${own.id}`)).json);
    expect((await api.call('GET', '/v1/reservations')).status).toBe(400);
  });

  it('as claims on an item: at nodes by their grants, then in the queue', async () => {
    const held = await hold({ lines: [{ sku: 'SKU-2', quantity: 1 }] });
    const orders = [await place('ann', 'SKU-2', 4), await place('bob', 'SKU-2', 2)];
    const claims = await all('/v1/stock/SKU-2/claims');
    const shown = claims.map(({ state, quantity, orderId, nodeId, place: at }) => [
      state,
      quantity,
      orderId,
      nodeId,
      at,
    ]);
    expect(shown).toEqual([
      ['HELD', 1, undefined, 'wh-1', undefined],
      ['COMMITTED', 2, orders[0].id, 'wh-1', undefined],
      ['BACKORDERED', 2, orders[0].id, undefined, 1],
      ['BACKORDERED', 2, orders[1].id, undefined, 2],
    ]);
    expect(claims[0]).toMatchObject({ reservationId: held.id, expiresAt: held.expiresAt });
    expect(await all('/v1/stock/SKU-1/claims')).toEqual([]);
    expect((await api.call('GET', '/v1/stock/NOPE/claims')).status).toBe(404);
  });
});

describe('a hold for a customer', () => {
  it('takes its share of the caps of the customer, and only an order of the customer takes it over', async () => {
    const window = { start: '2026-01-01T00:00:00Z', end: '2199-01-01T00:00:00Z' };
    await api.call('PUT', '/v1/caps/ann', { skus: ['SKU-1'], customerId: 'ann', limit: 3, ...window });
    const held = await hold({ customerId: 'ann' });
    expect((await api.call('GET', '/v1/caps/ann')).json.left).toBe(1);
    const { id: reservationId } = held;
    const other = await place('bob', 'SKU-1', 2, { reservationId });
    expect([other.status, other.reason]).toEqual(['REJECTED', 'RESERVATION_MISMATCH']);
    expect((await place('ann', 'SKU-1', 2, { reservationId })).status).toBe('APPROVED');
    expect((await api.call('GET', '/v1/caps/ann')).json.left).toBe(1);
    expect(await auditBooks(api.stores, { isQuiet: true })).toEqual([]);
  });
});

describe('a hold is extended', () => {
  const extend = (id: string, ttlSeconds: number, headers = {}) =>
    api.call('POST', `/v1/reservations/${id}/extend`, { ttlSeconds }, headers);

  it('while it lives, with its stock and its shares of caps, and is never shortened', async () => {
    const window = { start: '2026-01-01T00:00:00Z', end: '2199-01-01T00:00:00Z' };
    await api.call('PUT', '/v1/caps/all', { skus: ['SKU-1'], limit: 5, ...window });
    const relays = new Relays();
    relays.start(api.stores, availability);
    const held = await hold({ ttlSeconds: 2 });
    const longer = await extend(held.id, 900);
    expect([longer.status, longer.json.state]).toEqual([200, 'HELD']);
    expect(Date.parse(longer.json.expiresAt)).toBeGreaterThan(Date.parse(held.expiresAt) + 800_000);
    expect((await extend(held.id, 1)).json.expiresAt).toBe(longer.json.expiresAt);
    await eventually(async () => {
      const { now } = await api.stores.inventoryReads.stockFacts('SKU-1');
      expect(now > held.expiresAt).toBe(true);
    });
    expect((await api.call('GET', `/v1/reservations/${held.id}`)).json.state).toBe('HELD');
    expect((await api.call('GET', '/v1/stock/SKU-1')).json.atp).toBe(8);
    expect((await api.call('GET', '/v1/caps/all')).json.left).toBe(3);
    await caughtUp(api.stores, 'availability');
    const [item] = (await api.call('GET', '/v1/availability?sku=SKU-1&region=north&explain=true')).json.items;
    expect([item.atp, item.capRoom]).toEqual([8, 3]);
    expect(await auditBooks(api.stores, { isQuiet: true })).toEqual([]);
    await api.call('POST', `/v1/reservations/${held.id}/release`);
    expect((await api.call('GET', '/v1/caps/all')).json.left).toBe(5);
    await relays.stop();
    expect(await auditBooks(api.stores, { isQuiet: true })).toEqual([]);
  });

  it('by its caller alone, and not once it has run out or is over', async () => {
    await api.stores.apiKeys.put('hf_other', { caller: 'other', scopes: ['reservations:write'] });
    const held = await hold();
    const other = await extend(held.id, 900, { Authorization: 'Bearer hf_other' });
    expect([other.status, other.json.reason]).toEqual([409, 'RESERVATION_MISMATCH']);
    await api.call('POST', `/v1/reservations/${held.id}/release`);
    expect((await extend(held.id, 900)).json).toMatchObject({
      status: 409,
      detail: 'the reservation is RELEASED',
    });
    const brief = await hold({ ttlSeconds: 1 });
    await eventually(async () => {
      const { json } = await api.call('GET', `/v1/reservations/${brief.id}`);
      expect(json.state).toBe('EXPIRED');
    });
    expect((await extend(brief.id, 900)).json).toMatchObject({
      status: 409,
      detail: 'the reservation is EXPIRED',
    });
    expect((await extend('rsv_0000000000000000', 900)).status).toBe(404);
    expect((await extend(held.id, 0)).json.errors[0].field).toBe('ttlSeconds');
  });
});
