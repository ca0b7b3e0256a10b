import { type ApiUnderTest, startApi } from './support/api-under-test';
import { decideTrips, leaveStuck, recordTrips } from './support/recorded-trips';

const BODY = {
  traveller: 'Mary Baker',
  hotel: { city: 'Lisbon', nights: 3 },
  flight: { from: 'HAM', to: 'LIS' },
};
const WITH_CAR = { ...BODY, car: { days: 2, optional: true } };
const REFUSED = { flight: { kind: 'refused', reason: 'NO_SEATS' } } as const;

let api: ApiUnderTest;
let serial = 0;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());
beforeEach(() => {
  api.stand.startTrips = async (commands) => ({ outcomes: decideTrips(api.stores, commands) });
});

const key = () => `key-${++serial}`;
const book = (idempotencyKey: string, body: unknown = BODY, headers: Record<string, string> = {}) =>
  api.call('POST', '/v1/trips', body, { 'Idempotency-Key': idempotencyKey, ...headers });

describe('booking a trip', () => {
  it('answers 202 with a location once the saga has started', async () => {
    const answer = await book(key());
    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({
      id: expect.stringMatching(/^trp_[0-9a-hjkmnp-tv-z]{16}$/),
      status: 'PENDING',
    });
    expect(answer.headers.get('location')).toBe(`/v1/trips/${answer.json.id}`);
  });

  it('waits for the outcome when asked to, and shows each booking', async () => {
    const answer = await book(key(), WITH_CAR, { Prefer: 'wait=5' });
    expect([answer.status, answer.headers.get('preference-applied')]).toEqual([200, 'wait=5']);
    expect(answer.json).toMatchObject({ status: 'BOOKED', traveller: 'Mary Baker', compensation: 'none' });
    expect(answer.json.bookings).toEqual([
      { party: 'hotel', what: BODY.hotel, optional: false, state: 'BOOKED', reference: 'hotel-1' },
      { party: 'flight', what: BODY.flight, optional: false, state: 'BOOKED', reference: 'flight-1' },
      { party: 'car', what: { days: 2 }, optional: true, state: 'BOOKED', reference: 'car-1' },
    ]);
    expect(answer.json.links).toEqual({
      self: `/v1/trips/${answer.json.id}`,
      saga: `/v1/sagas/${answer.json.id}`,
      webUi: 'http://127.0.0.1:8233/namespaces/default/workflows/saga-of-the-test',
    });
  });

  it('shows a refusal as an outcome, with the word of the party that refused', async () => {
    api.stand.startTrips = async (commands) => ({ outcomes: decideTrips(api.stores, commands, REFUSED) });
    const { status, json } = await book(key(), BODY, { Prefer: 'wait=5' });
    expect([status, json.status, json.reason]).toEqual([200, 'REJECTED', 'BOOKING_REFUSED']);
    expect(json.bookings[1]).toMatchObject({ party: 'flight', state: 'REFUSED', reason: 'NO_SEATS' });
    expect(json.bookings[1].reference).toBeUndefined();
  });

  it('shows one that is taken and not recorded yet where it was taken', async () => {
    api.stand.startTrips = async () => ({ outcomes: new Promise(() => undefined) });
    const { json } = await book(key());
    const answer = await api.call('GET', `/v1/trips/${json.id}`);
    expect(answer.json).toMatchObject({
      id: json.id,
      status: 'PENDING',
      bookings: [{ state: 'WANTED' }, {}],
    });
    const elsewhere = await api.call('GET', '/v1/trips/trp_0000000000000000');
    expect([elsewhere.status, elsewhere.headers.get('retry-after')]).toEqual([404, '1']);
  });

  it('answers 202 when the wait is over first', async () => {
    api.stand.startTrips = async (commands) => {
      await recordTrips(api.stores, commands);
      return { outcomes: new Promise(() => undefined) };
    };
    const answer = await book(key(), BODY, { Prefer: 'wait=1' });
    expect([answer.status, answer.json.status]).toEqual([202, 'PENDING']);
  });

  it('starts each trip by itself', async () => {
    const sizes: number[] = [];
    api.stand.startTrips = async (commands) => {
      sizes.push(commands.length);
      return { outcomes: decideTrips(api.stores, commands) };
    };
    await Promise.all(Array.from({ length: 10 }, () => book(key(), BODY, { Prefer: 'wait=5' })));
    expect(sizes).toEqual(Array.from({ length: 10 }, () => 1));
  });
});

describe('one effect per key', () => {
  it('finds the same trip for the same key and body, and refuses another body', async () => {
    const one = key();
    const first = await book(one, WITH_CAR, { Prefer: 'wait=5' });
    const second = await book(one, Object.fromEntries(Object.entries(WITH_CAR).reverse()), {
      Prefer: 'wait=1',
    });
    expect([second.status, second.json]).toEqual([200, first.json]);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect((await book(one, BODY)).status).toBe(422);
  });

  it('refuses another body while the first is under way', async () => {
    api.stand.startTrips = async () => ({ outcomes: new Promise(() => undefined) });
    const one = key();
    expect([(await book(one)).status, (await book(one)).status, (await book(one, WITH_CAR)).status]).toEqual([
      202, 202, 422,
    ]);
  });

  it('keeps keys of trips and of orders apart', async () => {
    const one = key();
    const order = {
      customerId: 'cust-1',
      currency: 'EUR',
      lines: [{ sku: 'SKU-1', quantity: 1, unitPrice: 1 }],
      shipTo: { region: 'north' },
    };
    expect((await book(one, BODY, { Prefer: 'wait=5' })).status).toBe(200);
    expect((await api.call('POST', '/v1/orders', order, { 'Idempotency-Key': one })).status).toBe(202);
  });

  it('needs a key, and the scope', async () => {
    const answer = await api.call('POST', '/v1/trips', BODY);
    expect([answer.status, answer.json.errors[0].field]).toEqual([400, 'Idempotency-Key']);
    await api.stores.apiKeys.put('hf_orders', { caller: 'shop', scopes: ['orders:write', 'orders:read'] });
    const authorization = { Authorization: 'Bearer hf_orders' };
    expect((await book(key(), BODY, authorization)).status).toBe(403);
    expect((await api.call('GET', '/v1/trips/trp_1', undefined, authorization)).status).toBe(403);
  });
});

describe('a trip that makes no sense', () => {
  it.each([
    ['without a hotel', { ...BODY, hotel: undefined }, 'hotel'],
    ['of no nights', { ...BODY, hotel: { city: 'Lisbon', nights: 0 } }, 'hotel.nights'],
    ['of half a night', { ...BODY, hotel: { city: 'Lisbon', nights: 0.5 } }, 'hotel.nights'],
    ['in a city without a name', { ...BODY, hotel: { city: '', nights: 1 } }, 'hotel.city'],
    ['to where it starts', { ...BODY, flight: { from: 'HAM', to: 'HAM' } }, 'flight.to'],
    ['with a NUL byte', { ...BODY, traveller: 'Mary\0' }, 'traveller'],
    ['with a car for too long', { ...BODY, car: { days: 366 } }, 'car.days'],
    ['with an unknown wish', { ...BODY, train: {} }, 'train'],
    ['with an unknown field', { ...BODY, car: { days: 1, colour: 'red' } }, 'car.colour'],
  ])('%s is refused, and the field named', async (_, body, field) => {
    const answer = await book(key(), body);
    expect(answer.status).toBe(400);
    expect(answer.json.errors.map((error: { field: string }) => error.field)).toEqual([field]);
  });
});

describe('sagas of trips', () => {
  async function stuckTrip(): Promise<string> {
    api.stand.startTrips = async (commands) => ({ outcomes: decideTrips(api.stores, commands, REFUSED) });
    const { id } = (await book(key(), BODY, { Prefer: 'wait=5' })).json;
    await leaveStuck(api.stores, id, 'hotel');
    return id;
  }

  it('are listed beside those of orders, oldest first, and each page goes on where the last one ended', async () => {
    const ids = [await stuckTrip(), await stuckTrip(), await stuckTrip()];
    const listed: string[] = [];
    for (let cursor = ''; ; ) {
      const page = await api.call('GET', `/v1/sagas?state=needs_attention&limit=1${cursor}`);
      listed.push(...page.json.items.map(({ id }: { id: string }) => id));
      if (page.json.nextCursor === undefined) break;
      cursor = `&cursor=${page.json.nextCursor}`;
    }
    expect(listed).toEqual(ids);
  });

  it('show what is left, and are retried and resolved', async () => {
    const id = await stuckTrip();
    const shown = await api.call('GET', `/v1/sagas/${id}`);
    expect(shown.json).toMatchObject({
      id,
      state: 'needs_attention',
      status: 'REJECTED',
      reason: 'BOOKING_REFUSED',
      attention: { remaining: ['cancelHotel'], failure: 'hotel: down' },
      links: { trip: `/v1/trips/${id}` },
    });
    api.stand.operator = { kind: 'done' };
    expect((await api.call('POST', `/v1/sagas/${id}/retry`)).status).toBe(202);
    expect((await api.call('POST', `/v1/sagas/${id}/resolve`, { note: 'telephoned' })).status).toBe(200);
    api.stand.operator = { kind: 'not-stuck', compensation: 'done' };
    expect((await api.call('POST', `/v1/sagas/${id}/retry`)).status).toBe(409);
    expect((await api.call('GET', '/v1/sagas/trp_none')).status).toBe(404);
  });
});
