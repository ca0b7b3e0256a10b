import { type ApiUnderTest, startApi } from '../support/api-under-test';
import { setUpCatalogue } from '../support/catalogue';

let api: ApiUnderTest;
let serial = 0;
beforeAll(async () => {
  api = await startApi();
  await setUpCatalogue(api, 10);
  await api.stores.apiKeys.put('hf_other', { caller: 'other', scopes: ['reservations:write'] });
});
afterAll(() => api.close());

const BODY = { lines: [{ sku: 'SKU-1', quantity: 2 }], shipTo: { region: 'north' }, ttlSeconds: 600 };
const key = () => `key-${++serial}`;
const reserve = (idempotencyKey: string, body: unknown = BODY) =>
  api.call('POST', '/v1/reservations', body, { 'Idempotency-Key': idempotencyKey });
const atp = async () => (await api.call('GET', '/v1/stock/SKU-1')).json.atp;

describe('reservations', () => {
  it('holds stock, shows where, and gives it back', async () => {
    const before = await atp();
    const held = await reserve(key());
    expect(held.status).toBe(201);
    expect(held.headers.get('location')).toBe(`/v1/reservations/${held.json.id}`);
    expect(held.json).toEqual({
      id: expect.stringMatching(/^rsv_[0-9a-hjkmnp-tv-z]{16}$/),
      state: 'HELD',
      expiresAt: expect.any(String),
      lines: [{ sku: 'SKU-1', quantity: 2, sources: [{ nodeId: 'wh-1', quantity: 2 }] }],
    });
    expect(await atp()).toBe(before - 2);
    const path = `/v1/reservations/${held.json.id}`;
    expect((await api.call('GET', path)).json).toEqual(held.json);
    const released = await api.call('POST', `${path}/release`);
    expect([released.status, released.json.state]).toEqual([200, 'RELEASED']);
    expect(await atp()).toBe(before);
    expect((await api.call('POST', `${path}/release`, {})).status).toBe(200);
  });

  it('answers a shortage with the available units of each item', async () => {
    const refused = await reserve(key(), { ...BODY, lines: [{ sku: 'SKU-1', quantity: 11 }] });
    expect(refused.status).toBe(409);
    expect(refused.json).toMatchObject({
      type: '/problems/refused',
      reason: 'OUT_OF_STOCK',
      shortages: [{ sku: 'SKU-1', requested: 11, available: 10 }],
    });
    const unknown = await reserve(key(), { ...BODY, lines: [{ sku: 'NOPE', quantity: 1 }] });
    expect([unknown.status, unknown.json.reason]).toEqual([409, 'UNKNOWN_SKU']);
  });

  it('has one effect per key', async () => {
    const before = await atp();
    const one = key();
    const first = await reserve(one);
    const again = await reserve(one);
    expect([again.status, again.json.id]).toEqual([201, first.json.id]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await atp()).toBe(before - 2);
    const other = await reserve(one, { ...BODY, ttlSeconds: 60 });
    expect([other.status, other.json.type]).toEqual([422, '/problems/idempotency-key-reused']);
  });

  it('gives a refused key the same refusal again', async () => {
    const one = key();
    const body = { ...BODY, lines: [{ sku: 'SKU-1', quantity: 1_000 }] };
    await reserve(one, body);
    const again = await reserve(one, body);
    expect([again.status, again.json.reason]).toEqual([409, 'OUT_OF_STOCK']);
  });
});

describe('a reservation that has no answer', () => {
  it('answers 503, and a repeat with the same key finds the reservation', async () => {
    const { carryReservations } = api.stand;
    const before = await atp();
    const lost = async (commands: Parameters<typeof carryReservations>[0]) => {
      await carryReservations(commands);
      throw new Error('the answer was lost');
    };
    const late = async (commands: Parameters<typeof carryReservations>[0]) => {
      await carryReservations(commands);
      return new Promise<never>(() => undefined);
    };
    for (const carry of [lost, late]) {
      const one = key();
      api.stand.carryReservations = carry;
      const first = await reserve(one);
      expect([first.status, first.headers.get('retry-after')]).toEqual([503, '1']);
      api.stand.carryReservations = carryReservations;
      const again = await reserve(one);
      expect([again.status, again.json.state, again.headers.get('idempotent-replayed')]).toEqual([
        201,
        'HELD',
        'true',
      ]);
    }
    expect(await atp()).toBe(before - 4);
  });
});

describe('releasing', () => {
  it('lets only the caller that made a hold release it', async () => {
    const held = await reserve(key());
    const path = `/v1/reservations/${held.json.id}/release`;
    const theirs = await api.call('POST', path, undefined, { Authorization: 'Bearer hf_other' });
    expect([theirs.status, theirs.json.reason]).toEqual([409, 'RESERVATION_MISMATCH']);
    expect((await api.call('POST', path)).status).toBe(200);
  });

  it('answers 404 for a reservation that does not exist', async () => {
    expect((await api.call('GET', '/v1/reservations/rsv_none')).status).toBe(404);
    expect((await api.call('POST', '/v1/reservations/rsv_none/release')).status).toBe(404);
  });
});
