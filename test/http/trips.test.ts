import { eventually } from '../support/saga-fixture';
import { type ApiUnderTest, startApi } from './support/api-under-test';
import { carryTrip } from './support/recorded-trips';

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
  api.stand.sagas = 'direct';
  api.stand.parties = {};
});

const key = () => `key-${++serial}`;
const book = (idempotencyKey: string, body: unknown = BODY, headers: Record<string, string> = {}) =>
  api.call('POST', '/v1/trips', body, { 'Idempotency-Key': idempotencyKey, ...headers });

describe('booking a trip', () => {
  it('answers 202 with a location once the trip is recorded', async () => {
    api.stand.sagas = 'never';
    const answer = await book(key());
    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({
      id: expect.stringMatching(/^trp_[0-9a-hjkmnp-tv-z]{16}$/),
      status: 'PENDING',
    });
    expect(answer.headers.get('location')).toBe(`/v1/trips/${answer.json.id}`);
    const read = await api.call('GET', `/v1/trips/${answer.json.id}`);
    expect(read.json).toMatchObject({
      id: answer.json.id,
      status: 'PENDING',
      compensation: 'none',
      bookings: [{ state: 'ASKED' }, { state: 'WANTED' }],
    });
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
      webUi: expect.stringContaining(`/default/workflows/bookTrip%2F${answer.json.id}%2F`),
    });
  });

  it('shows a refusal as an outcome, with the reason of the party that refused', async () => {
    api.stand.parties = { replies: REFUSED };
    const { status, json } = await book(key(), BODY, { Prefer: 'wait=5' });
    expect([status, json.status, json.reason]).toEqual([200, 'REJECTED', 'BOOKING_REFUSED']);
    expect(json.bookings[1]).toMatchObject({ party: 'flight', state: 'REFUSED', reason: 'NO_SEATS' });
    expect(json.bookings[1].reference).toBeUndefined();
  });

  it('answers 404 for a trip that does not exist', async () => {
    expect((await api.call('GET', '/v1/trips/trp_0000000000000000')).status).toBe(404);
  });

  it('answers 202 when the wait ends before the decision', async () => {
    api.stand.sagas = 'never';
    const answer = await book(key(), BODY, { Prefer: 'wait=1' });
    expect([answer.status, answer.json.status]).toEqual([202, 'PENDING']);
  });

  it('starts one workflow for each trip', async () => {
    const before = api.stand.started.length;
    await Promise.all(Array.from({ length: 10 }, () => book(key(), BODY, { Prefer: 'wait=5' })));
    const sizes = api.stand.started.slice(before).map(({ subjects }) => subjects.length);
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
    api.stand.sagas = 'never';
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

describe('a trip request with an invalid field', () => {
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

describe('the saga of a trip', () => {
  /** Creates a trip that a party refused and whose hotel does not confirm its cancellation. */
  async function stuckTrip(): Promise<string> {
    api.stand.parties = { replies: REFUSED, stuck: ['hotel'] };
    return (await book(key(), BODY, { Prefer: 'wait=5' })).json.id;
  }
  const shown = async (id: string) => (await api.call('GET', `/v1/sagas/${id}`)).json;
  const settledIn = (id: string, state: string) =>
    eventually(async () => expect((await shown(id)).state).toBe(state));

  it('shows what was booked, what was cancelled and what is left', async () => {
    api.stand.sagas = 'never';
    const pending = (await book(key(), WITH_CAR)).json.id;
    expect(await shown(pending)).toMatchObject({
      command: { kind: 'trip', id: pending },
      state: 'running',
      steps: { done: [], remaining: ['bookHotel', 'bookFlight', 'bookCar'], undone: [] },
      links: { self: `/v1/sagas/${pending}`, trip: `/v1/trips/${pending}` },
    });
    api.stand.sagas = 'direct';
    const id = await stuckTrip();
    await settledIn(id, 'needs_attention');
    expect(await shown(id)).toMatchObject({
      id,
      decision: 'rejected',
      reason: 'BOOKING_REFUSED',
      attention: { remaining: ['cancelHotel'], failure: 'hotel: down' },
      steps: { done: ['bookHotel'], remaining: ['cancelHotel'], undone: ['cancelFlight'] },
    });
    expect((await api.call('GET', `/v1/trips/${id}`)).json.compensation).toBe('needs_attention');
  });

  it('is retried by an operator, and resolved after the work was done by hand', async () => {
    const id = await stuckTrip();
    await settledIn(id, 'needs_attention');
    const retried = await api.call('POST', `/v1/sagas/${id}/retry`);
    expect([retried.status, retried.json.state]).toEqual([202, 'running']);
    expect((await api.call('POST', `/v1/sagas/${id}/retry`)).status).toBe(409);
    const row = await api.stores.commands.listed(id);
    if (row) await carryTrip(api.stores, row, { stuck: ['hotel'] });
    const resolved = await api.call('POST', `/v1/sagas/${id}/resolve`, { note: 'telephoned' });
    expect([resolved.status, resolved.json.state]).toEqual([200, 'finished']);
    expect((await api.call('GET', `/v1/trips/${id}`)).json).toMatchObject({
      status: 'REJECTED',
      compensation: 'done',
    });
    expect((await api.call('GET', '/v1/sagas/trp_none')).status).toBe(404);
  });
});
