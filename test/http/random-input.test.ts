import fc from 'fast-check';
import { Registry } from 'prom-client';
import { allOperations } from '../../src/http/api';
import type { Operation } from '../../src/http/operation';
import { ADMIN_KEY, type ApiUnderTest, startApi } from './support/api-under-test';
import { hold, release } from './support/held-reservations';
import { approveOrders } from './support/recorded-orders';

const RUNS = 300;
const seed = Number(process.env.HOLDFAST_TEST_SEED ?? Date.now() % 2 ** 31);

let api: ApiUnderTest;
let operations: readonly Operation[];
beforeAll(async () => {
  api = await startApi();
  api.stand.startOrders = async (commands) => ({ outcomes: approveOrders(api.stores, commands) });
  api.stand.startReservations = async (commands) => ({ outcomes: hold(api.stores, commands) });
  api.stand.startReleases = async (commands) => ({ outcomes: release(api.stores, commands) });
  operations = allOperations({ ...api.deps, metrics: new Registry() });
});
afterAll(() => api.close());

const FIELDS = [
  ...['customerId', 'currency', 'lines', 'sku', 'quantity', 'unitPrice', 'shipTo', 'region', 'limit', 'note'],
  ...[
    'name',
    'kind',
    'basis',
    'nodes',
    'ttlSeconds',
    'messageId',
    'sequence',
    'nodeId',
    'count',
    'observedAt',
  ],
  ...[
    'priority',
    'safetyStock',
    'feedTtlSeconds',
    'authority',
    'backorder',
    'mode',
    'perOrderMax',
    'section',
  ],
];
const scalar = fc.oneof(
  fc.constantFrom<unknown>(
    'EUR',
    'warehouse',
    'partner',
    'on_hand',
    'limited',
    'floor',
    'SKU-1',
    'north',
    null,
  ),
  fc.constantFrom<unknown>(
    '2026-01-01T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59-23:59',
    '2026-12-24',
  ),
  fc.constantFrom<unknown>(0, -0, 1, 2_147_483_648, 2 ** 53, 1e308, 0.1, true, false),
  fc.string({ unit: 'binary' }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const { value: json } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...FIELDS), fc.string()), tie('value'), { maxKeys: 8 }),
  ),
}));
/** Bodies that nearly fit, so that some get past the first check. */
const nearly = fc.oneof(
  fc.record({
    customerId: scalar,
    currency: fc.constantFrom('EUR', 'USD', 'XXX'),
    lines: fc.array(fc.record({ sku: scalar, quantity: fc.integer(), unitPrice: fc.nat() }), {
      maxLength: 3,
    }),
    shipTo: fc.record({ region: scalar }),
  }),
  fc.record({
    lines: fc.array(fc.record({ sku: scalar, quantity: fc.nat() }), { maxLength: 3 }),
    shipTo: fc.record({ region: scalar }),
    ttlSeconds: fc.nat(),
  }),
  fc.record({ name: scalar, kind: scalar, region: scalar, priority: scalar, safetyStock: scalar }),
  fc.record({ name: scalar, basis: scalar, nodes: fc.array(scalar), authority: scalar }),
  fc.record({ name: scalar, perOrderMax: scalar, backorder: fc.record({ mode: scalar, limit: scalar }) }),
  fc.record({ limit: scalar, currency: scalar }),
  fc.record({ skus: fc.array(scalar), channel: scalar, start: scalar, end: scalar, limit: scalar }),
  fc.record({ deny: fc.record({ sku: scalar, nodeId: scalar, region: scalar }), reason: scalar }),
  fc.array(
    fc.record({
      messageId: scalar,
      sequence: scalar,
      sku: scalar,
      nodeId: scalar,
      count: scalar,
      observedAt: scalar,
    }),
  ),
);
const body = fc.oneof(
  fc.oneof(json, nearly).map((value) => Buffer.from(JSON.stringify(value) ?? '')),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);
const segment = fc.oneof(
  fc.constantFrom('x', 'SKU-1', 'wh-1', '%00', '%ff', '..', '%2e%2e', "a'b", 'ord_0000000000000000'),
  fc.string({ minLength: 1, unit: 'grapheme' }).map(encodeURIComponent),
);
const query = fc.oneof(
  fc.constant(''),
  fc.webQueryParameters().map((parameters) => `?${parameters}`),
);
const headers = fc.record({
  'Content-Type': fc.constantFrom('application/json', 'application/x-ndjson', 'text/plain', ';;;'),
  'Idempotency-Key': fc.string({ unit: 'grapheme-ascii', minLength: 1 }),
  Prefer: fc.constantFrom('', 'wait=1', 'wait=99999999999', 'wait=x'),
  traceparent: fc.constantFrom('', '00', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
});

describe(`random input (seed ${seed})`, () => {
  it('meets no 5xx on any route', async () => {
    const request = fc.record({ pick: fc.nat(), segment, query, headers, body });
    await fc.assert(
      fc.asyncProperty(request, async (one) => {
        const operation = operations[one.pick % operations.length];
        if (!operation) return;
        const path = operation.path.replace(/\{\w+\}/, one.segment);
        const response = await fetch(api.url + path + one.query, {
          method: operation.method.toUpperCase(),
          headers: { ...one.headers, Authorization: `Bearer ${ADMIN_KEY}` },
          ...(operation.method === 'get' ? {} : { body: one.body }),
        });
        const text = await response.text();
        if (response.status >= 500)
          throw new Error(`${operation.method} ${path}: ${response.status} ${text}`);
      }),
      { seed, numRuns: RUNS },
    );
  }, 60_000);
});
