import { eventually } from '../support/saga-fixture';
import { type Answer, type ApiUnderTest, startApi } from './support/api-under-test';
import { openAccount, setUpCatalogue } from './support/catalogue';

const WAIT = { Prefer: 'wait=10' };
const LINE = { sku: 'SKU-1', quantity: 2, unitPrice: 500 };
const ORDER = { customerId: 'cust-1', currency: 'EUR', lines: [LINE], shipTo: { region: 'north' } };
const TRIP = {
  traveller: 'Mary Baker',
  hotel: { city: 'Lisbon', nights: 3 },
  flight: { from: 'HAM', to: 'LIS' },
};
const HOLD = { lines: [{ sku: 'SKU-1', quantity: 2 }], shipTo: { region: 'north' }, ttlSeconds: 600 };
const REVISION = { baseVersion: 1, lines: [{ ...LINE, lineId: '1', quantity: 3 }] };
const REJECTION = { lineId: '1', quantity: 1, reason: 'DAMAGED' };

let api: ApiUnderTest;
let serial = 0;
beforeAll(async () => {
  api = await startApi();
  api.stand.sagas = 'direct';
  await setUpCatalogue(api, 100_000);
  for (const customer of ['cust-1', 'cust-2']) await openAccount(api, customer);
  await api.stores.apiKeys.put('hf_other', { caller: 'other', scopes: ['admin'] });
});
afterAll(() => api.close());

const newKey = () => `key-${++serial}`;
const post = (path: string, body: unknown, key: string, headers: Record<string, string> = {}) =>
  api.call('POST', path, body, { 'Idempotency-Key': key, ...headers });

/** Creates an approved order whose one shipment has these reports. */
async function anOrder(...reports: readonly string[]): Promise<{ id: string; at: string }> {
  const { id, status } = (await post('/v1/orders', ORDER, newKey(), WAIT)).json;
  expect(status).toBe('APPROVED');
  const at = `/v1/shipments/${id.replace('ord_', 'shp_')}_1`;
  for (const what of reports)
    expect((await api.call('POST', `${at}/${what}`, undefined, WAIT)).status).toBe(200);
  return { id, at };
}

/** A command on a route: its path, created afresh for each subject; its body, and another one. */
interface Route {
  readonly path: () => Promise<string>;
  readonly body?: object;
  readonly otherBody?: object;
  /** True when the route has only one path. */
  readonly isFixed?: boolean;
  readonly taken: number;
  readonly repeated: number;
}

const onOrder = (what: string) => async () => `/v1/orders/${(await anOrder()).id}/${what}`;
const onShipment =
  (what: string, ...reports: readonly string[]) =>
  async () =>
    `${(await anOrder(...reports)).at}/${what}`;
let customers = 0;

const fixed = (path: string) => ({ path: async () => path, isFixed: true });
const async202 = { taken: 202, repeated: 202 };
const sync200 = { taken: 200, repeated: 200 };
const ROUTES: readonly (readonly [name: string, route: Route])[] = [
  ['an order', { ...fixed('/v1/orders'), body: ORDER, otherBody: { ...ORDER, channel: 'web' }, ...async202 }],
  ['a trip', { ...fixed('/v1/trips'), body: TRIP, otherBody: { ...TRIP, traveller: 'Ann' }, ...async202 }],
  [
    'a reservation',
    {
      ...fixed('/v1/reservations'),
      body: HOLD,
      otherBody: { ...HOLD, ttlSeconds: 60 },
      taken: 201,
      repeated: 201,
    },
  ],
  [
    'a payment',
    {
      path: async () => `/v1/credit-accounts/cust-${(customers++ % 2) + 1}/payments`,
      body: { amount: 5 },
      otherBody: { amount: 6 },
      ...sync200,
    },
  ],
  ['a cancellation', { path: onOrder('cancel'), ...async202 }],
  [
    'a revision',
    {
      path: onOrder('revise'),
      body: REVISION,
      otherBody: { ...REVISION, lines: [{ ...LINE, lineId: '1', quantity: 4 }] },
      ...async202,
    },
  ],
  ['an acceptance', { path: onShipment('accept'), ...sync200 }],
  [
    'a rejection',
    { path: onShipment('reject'), body: REJECTION, otherBody: { ...REJECTION, quantity: 2 }, ...async202 },
  ],
  [
    'a shipping report',
    {
      path: onShipment('ship', 'accept'),
      body: { tracking: 'a' },
      otherBody: { tracking: 'b' },
      ...async202,
    },
  ],
  ['a delivery', { path: onShipment('deliver', 'accept', 'ship'), ...sync200 }],
];

function expectReused({ status, json }: Answer): void {
  expect([status, json.type]).toEqual([422, '/problems/idempotency-key-reused']);
  expect(json.errors).toEqual([{ field: 'Idempotency-Key', message: expect.any(String) }]);
}

/** Returns the number of events in the three logs. */
async function logged(): Promise<number> {
  const counts = await Promise.all(
    Object.values(api.stores.logs).map(
      (log) => log.$queryRaw<[{ n: number }]>`SELECT count(*)::int AS n FROM event`,
    ),
  );
  return counts.reduce((sum, [row]) => sum + (row?.n ?? 0), 0);
}

/** Waits until no command is open. */
const settled = () => eventually(async () => expect(await api.stores.commands.countOpen(1)).toBe(0));

describe.each(ROUTES)('the key of %s', (_, route) => {
  const { body, taken, repeated } = route;

  it('gives a repeat the present state, marked, and no second effect', async () => {
    const [path, key] = [await route.path(), newKey()];
    const first = await post(path, body, key);
    expect([first.status, first.headers.get('idempotent-replayed')]).toEqual([taken, null]);
    await settled();
    const before = await logged();
    const again = await post(path, body, key);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([repeated, 'true']);
    if (first.json.id !== undefined) expect(again.json.id).toBe(first.json.id);
    const waited = await post(path, body, key, WAIT);
    expect([waited.status, waited.headers.get('idempotent-replayed')]).toEqual([
      repeated === 202 ? 200 : repeated,
      'true',
    ]);
    expect(await logged()).toBe(before);
  });

  it('stands for one command, however many ask at once', async () => {
    const [path, key] = [await route.path(), newKey()];
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(path, body, key)));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(taken));
    const replays = answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true');
    if (taken !== 201) expect(replays).toHaveLength(7);
    expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
  });

  it('is each caller’s own', async () => {
    const [path, otherPath, key] = [await route.path(), await route.path(), newKey()];
    await post(path, body, key);
    const theirs = await post(otherPath, body, key, { Authorization: 'Bearer hf_other' });
    expect([theirs.status, theirs.headers.get('idempotent-replayed')]).toEqual([taken, null]);
  });
});

it.each(ROUTES.filter(([, { otherBody }]) => otherBody))(
  'the key of %s is refused with another body, also at the same moment',
  async (_, { path: pathOf, body, otherBody }) => {
    const [path, key] = [await pathOf(), newKey()];
    await post(path, body, key);
    await settled();
    const before = await logged();
    expectReused(await post(path, otherBody, key));
    expect(await logged()).toBe(before);
    const [racePath, raceKey] = [await pathOf(), newKey()];
    const answers = await Promise.all([body, otherBody].map((one) => post(racePath, one, raceKey)));
    expect(answers.filter(({ status }) => status === 422)).toHaveLength(1);
  },
);

it.each(ROUTES.filter(([, { isFixed }]) => !isFixed))(
  'the key of %s is refused with another path',
  async (_, { path: pathOf, body, taken }) => {
    const key = newKey();
    const [path, otherPath] = [await pathOf(), await pathOf()];
    expect((await post(path, body, key)).status).toBe(taken);
    await settled();
    const before = await logged();
    expectReused(await post(otherPath, body, key));
    expect(await logged()).toBe(before);
  },
);

describe('a command that state refuses at once', () => {
  it.each<[string, string, (key: string) => Promise<Answer>, string]>([
    [
      'a revision of another version',
      'VERSION_MISMATCH',
      async (key) => post(`/v1/orders/${(await anOrder()).id}/revise`, { ...REVISION, baseVersion: 7 }, key),
      'revise',
    ],
    [
      'a cancellation of what has shipped',
      'ALREADY_FINAL',
      async (key) => post(`/v1/orders/${(await anOrder('accept', 'ship')).id}/cancel`, undefined, key),
      'cancel',
    ],
    [
      'a report out of turn',
      'NOT_ACCEPTED',
      async (key) => post(`${(await anOrder()).at}/ship`, undefined, key),
      'ship',
    ],
    [
      'a rejection of more than there is',
      'QUANTITY_TOO_LARGE',
      async (key) => post(`${(await anOrder()).at}/reject`, { ...REJECTION, quantity: 99 }, key),
      'reject',
    ],
  ])('leaves its key free: %s', async (_, reason, refusedCommand, kind) => {
    const key = newKey();
    const refused = await refusedCommand(key);
    expect([refused.status, refused.json.reason]).toEqual([409, reason]);
    const next: Record<string, () => Promise<Answer>> = {
      revise: async () => post(`/v1/orders/${(await anOrder()).id}/revise`, REVISION, key),
      cancel: async () => post(`/v1/orders/${(await anOrder()).id}/cancel`, undefined, key),
      ship: async () => post(`${(await anOrder('accept')).at}/ship`, undefined, key),
      reject: async () => post(`${(await anOrder()).at}/reject`, REJECTION, key),
    };
    const taken = await next[kind]?.();
    expect([taken?.status, taken?.headers.get('idempotent-replayed')]).toEqual([202, null]);
  });
});

it('is required where a repeat would change something', async () => {
  const { id, at } = await anOrder();
  for (const [path, body] of [
    ['/v1/orders', ORDER],
    ['/v1/trips', TRIP],
    ['/v1/reservations', HOLD],
    ['/v1/credit-accounts/cust-1/payments', { amount: 5 }],
    [`${at}/reject`, REJECTION],
  ] as const) {
    const { status, json } = await api.call('POST', path, body);
    expect([path, status, json.errors?.[0]?.field]).toEqual([path, 400, 'Idempotency-Key']);
  }
  expect((await api.call('POST', `/v1/orders/${id}/cancel`)).status).toBe(202);
});

it('stands for the same order whatever the order of the fields of its body', async () => {
  const key = newKey();
  const first = await post('/v1/orders', ORDER, key);
  const again = await post('/v1/orders', Object.fromEntries(Object.entries(ORDER).reverse()), key, WAIT);
  expect([again.status, again.json.id, again.json.status]).toEqual([200, first.json.id, 'APPROVED']);
});
