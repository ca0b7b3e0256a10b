import fc from 'fast-check';

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
  ...['baseVersion', 'lineId', 'reason', 'tracking', 'amount', 'traveller', 'hotel', 'flight', 'car', 'to'],
];

export const MOMENTS = [
  '2026-01-01T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59-23:59',
  '2026-12-24',
];
export const WORDS = [
  'EUR',
  'warehouse',
  'partner',
  'on_hand',
  'limited',
  'floor',
  'SKU-1',
  'north',
  '1',
  'start',
];
const scalar = fc.oneof(
  fc.constantFrom<unknown>(
    ...WORDS,
    ...MOMENTS,
    null,
    'DAMAGED',
    'NO_RESPONSE',
    'a\u0000b',
    'x'.repeat(1_001),
  ),
  fc.constantFrom<unknown>(0, -0, 1, 2_147_483_648, 2 ** 53, 1e308, 0.1, true, false),
  fc.string({ unit: 'binary' }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
/** Values of any shape, with some of the known names. */
export const { value: json } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...FIELDS), fc.string()), tie('value'), { maxKeys: 8 }),
  ),
}));

const few = <T>(one: fc.Arbitrary<T>) => fc.array(one, { maxLength: 3 });
/** Returns mostly the fitting value, so that requests pass one check and meet the next. */
const fitting = <T>(value: T) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant<unknown>(value) }, { weight: 1, arbitrary: scalar });

const line = { sku: fitting('SKU-1'), quantity: fitting(2), unitPrice: fitting(500) };
const revisedLine = fc.record(
  { ...line, lineId: fitting('1') },
  { requiredKeys: ['sku', 'quantity', 'unitPrice'] },
);

/** Bodies that nearly fit, by the path of their operation. */
export const APT: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  '/v1/orders': fc.record({
    customerId: fitting('cust-1'),
    currency: fc.constantFrom('EUR', 'USD', 'XXX'),
    lines: few(fc.record(line)),
    shipTo: fc.record({ region: fitting('north') }),
  }),
  '/v1/orders/{id}/cancel': fc.oneof(fc.constant({}), json),
  '/v1/orders/{id}/revise': fc.record({ baseVersion: fitting(1), lines: few(revisedLine) }),
  '/v1/shipments/{id}/accept': fc.oneof(fc.constant({}), json),
  '/v1/shipments/{id}/reject': fc.record({
    lineId: fitting('1'),
    quantity: fitting(1),
    reason: fitting('DAMAGED'),
  }),
  '/v1/shipments/{id}/ship': fc.record({ tracking: fitting('T1') }, { requiredKeys: [] }),
  '/v1/shipments/{id}/deliver': fc.oneof(fc.constant({}), json),
  '/v1/credit-accounts/{customerId}/payments': fc.record({ amount: fitting(5) }),
  '/v1/credit-accounts/{customerId}': fc.record({ limit: fitting(9_000), currency: fitting('EUR') }),
  '/v1/trips': fc.record(
    {
      traveller: fitting('Mary'),
      hotel: fc.record({ city: fitting('Lisbon'), nights: fitting(3) }),
      flight: fc.record({ from: fitting('HAM'), to: fitting('LIS') }),
      car: fc.record({ days: fitting(2), optional: fitting(true) }),
    },
    { requiredKeys: ['traveller', 'hotel', 'flight'] },
  ),
  '/v1/sagas/{id}/retry': fc.oneof(fc.constant({}), json),
  '/v1/sagas/{id}/resolve': fc.record({ note: fitting('by hand') }),
  '/v1/reservations': fc.record({
    lines: few(fc.record({ sku: fitting('SKU-1'), quantity: fitting(1) })),
    shipTo: fc.record({ region: fitting('north') }),
    ttlSeconds: fitting(60),
  }),
  '/v1/subscriptions/{name}/reset': fc.record({ to: fitting('start') }),
  '/v1/nodes/{id}': fc.record({
    name: fitting('North'),
    kind: fitting('warehouse'),
    region: fitting('north'),
    priority: scalar,
    safetyStock: scalar,
  }),
  '/v1/sources/{id}': fc.record({
    name: fitting('WMS'),
    basis: fitting('on_hand'),
    nodes: few(fitting('wh-1')),
    authority: scalar,
  }),
  '/v1/items/{sku}': fc.record({
    name: fitting('Mug'),
    perOrderMax: scalar,
    backorder: fc.record({ mode: fitting('limited'), limit: scalar }),
  }),
  '/v1/caps/{id}': fc.record({
    skus: few(fitting('SKU-1')),
    channel: fitting('web'),
    start: fitting(MOMENTS[0]),
    end: scalar,
    limit: scalar,
  }),
  '/v1/eligibility-rules/{id}': fc.record({
    deny: fc.record({ sku: scalar, nodeId: scalar, region: fitting('north') }),
    reason: fitting('NO'),
  }),
  '/v1/feeds/{sourceId}': few(
    fc.record({
      messageId: fitting('m1'),
      sequence: fitting(1),
      sku: fitting('SKU-1'),
      nodeId: fitting('wh-1'),
      count: fitting(3),
      observedAt: fitting(MOMENTS[0]),
    }),
  ),
};
