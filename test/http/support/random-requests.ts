import fc from 'fast-check';
import type { Operation } from '../../../src/http/operation';
import { ADMIN_KEY } from './api-under-test';

/** A request as it is drawn: `pick` says which operation it is for. */
export interface RandomRequest {
  readonly pick: number;
  /** What stands in a path for each of its parameters: an id of what the path is about, or anything. */
  readonly id: number | string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly isApt: boolean;
  /** Bytes, each as a character: for any operation, and for each that has bodies of a shape of its own. */
  readonly body: string;
  readonly apt: Readonly<Record<string, string>>;
  /** More than any operation reads. */
  readonly isHuge: boolean;
}

/** Keys that may do everything, little, next to nothing, and nothing; the middle ones have to be put in place. */
export const READER = {
  key: 'hf_reader',
  holder: { caller: 'reader', scopes: ['orders:read', 'trips:read'] },
};
export const FEEDER = { key: 'hf_feeder', holder: { caller: 'feeder', scopes: ['feeds:write:another'] } };

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
const QUERIES = [
  ...['asOf', 'after', 'cursor', 'state', 'limit', 'types', 'stream', 'customerId', 'status'],
  ...['sku', 'region', 'channel', 'id'],
];

const MOMENTS = ['2026-01-01T00:00:00Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59-23:59', '2026-12-24'];
const WORDS = ['EUR', 'warehouse', 'partner', 'on_hand', 'limited', 'floor', 'SKU-1', 'north', '1', 'start'];
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
const { value: json } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...FIELDS), fc.string()), tie('value'), { maxKeys: 8 }),
  ),
}));

const few = <T>(one: fc.Arbitrary<T>) => fc.array(one, { maxLength: 3 });
/** Mostly what fits, so that requests get past one check and into the next. */
const fitting = <T>(value: T) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant<unknown>(value) }, { weight: 1, arbitrary: scalar });

const line = { sku: fitting('SKU-1'), quantity: fitting(2), unitPrice: fitting(500) };
const revisedLine = fc.record(
  { ...line, lineId: fitting('1') },
  { requiredKeys: ['sku', 'quantity', 'unitPrice'] },
);

/** Bodies that nearly fit, by the path of the operation that they are for. */
const APT: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
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

const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value) ?? '').toString('latin1');
/** The first name of an object twice, as parsers disagree about. */
const doubled = (json: string) =>
  json.replace(/^\{("(?:[^"\\]|\\.)*":)/, (_, name: string) => `{${name}null,${name}`);
const sent = (value: fc.Arbitrary<unknown>) =>
  fc.oneof(
    { weight: 9, arbitrary: value.map(bytesOf) },
    { weight: 1, arbitrary: value.map(bytesOf).map(doubled) },
  );
const body = fc.oneof(
  sent(fc.oneof(json, ...Object.values(APT))),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);
const apt = fc.record(Object.fromEntries(Object.entries(APT).map(([path, value]) => [path, sent(value)])));

const cursorOf = (...logs: readonly unknown[]) => Buffer.from(JSON.stringify(logs)).toString('base64url');
const HIGHEST = '9223372036854775807';
const CURSORS = [
  cursorOf(['1:1:'], ['1:1:'], ['1:1:']),
  cursorOf(['1:1:'], ['1:1:'], ['9:1:']),
  cursorOf(['1:1:', `1:${HIGHEST}:`, 0, Number.MAX_SAFE_INTEGER], ['1:1:'], [`${HIGHEST}:${HIGHEST}:`]),
  cursorOf(['1:1:', '1:1:', Number.MAX_SAFE_INTEGER, 0], ['1:1:'], ['1:1:']),
  cursorOf(['1:1:', '1:1:', -1, 0.5], ['1:1:'], ['1:1:']),
  ...['', 'nonsense', '%00', 'x'.repeat(8_000)],
];
const queryValue = fc.oneof(
  fc.constantFrom(
    ...CURSORS,
    ...MOMENTS,
    ...WORDS,
    'running',
    'needs_attention',
    'orders.x.v1',
    'order/ord_1',
  ),
  fc.string({ unit: 'grapheme' }),
);
const ownQuery = fc
  .array(fc.tuple(fc.constantFrom(...QUERIES), queryValue), { minLength: 1, maxLength: 2 })
  .map((pairs) => `?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`);
const query = fc.oneof(
  { weight: 8, arbitrary: fc.constant('') },
  { weight: 3, arbitrary: ownQuery },
  { weight: 1, arbitrary: fc.webQueryParameters().map((parameters) => `?${parameters}`) },
);
const headers = fc.record(
  {
    Authorization: fc.oneof(
      { weight: 8, arbitrary: fc.constant(`Bearer ${ADMIN_KEY}`) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          ...[`Bearer ${READER.key}`, `Bearer ${FEEDER.key}`],
          ...['', 'Bearer', 'Basic eDp4', 'Bearer hf_nobody', `Bearer ${'x'.repeat(201)}`],
        ),
      },
    ),
    'Content-Type': fc.oneof(
      { weight: 4, arbitrary: fc.constant('application/json') },
      { weight: 1, arbitrary: fc.constantFrom('application/x-ndjson', 'text/plain', ';;;') },
    ),
    'Idempotency-Key': fc.string({ unit: 'grapheme-ascii', minLength: 1 }),
    Prefer: fc.constantFrom('', 'wait=1', 'wait=99999999999', 'wait=x'),
    Accept: fc.constantFrom('application/json', '*/*', 'text/event-stream', 'text/html', ';q=x'),
    'Last-Event-ID': fc.constantFrom(...CURSORS),
    traceparent: fc.constantFrom('', '00', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
  },
  { requiredKeys: ['Authorization', 'Content-Type'] },
);

const HUGE_BYTES = 70_000;

/** What stands for something, by the collection that it is in. */
export type Ids = Readonly<Record<string, readonly string[]>>;

const STRANGE = ['x', '%00', '%ff', '..', '%2e%2e', "a'b", 'ord_0000000000000000', 'shp_0000000000000000_1'];

/** Requests of all kinds. Each of these ids is tried in the place of every other too. */
export function randomRequests(ids: Ids): fc.Arbitrary<RandomRequest> {
  const id = fc.oneof(
    { weight: 6, arbitrary: fc.nat() },
    { weight: 2, arbitrary: fc.constantFrom(...Object.values(ids).flat()) },
    { weight: 1, arbitrary: fc.constantFrom(...STRANGE) },
    { weight: 1, arbitrary: fc.string({ minLength: 1, unit: 'grapheme' }).map(encodeURIComponent) },
  );
  const isHuge = fc.nat(40).map((dice) => dice === 0);
  return fc.record({ pick: fc.nat(), id, query, headers, isApt: fc.boolean(), body, apt, isHuge });
}

/** The path of a request for this operation. */
export function pathFor({ path }: Operation, { id, query: asked }: RandomRequest, ids: Ids): string {
  const own = ids[path.split('/')[2] ?? ''] ?? ['x'];
  const segment = typeof id === 'number' ? own[id % own.length] : id;
  return path.replaceAll(/\{\w+\}/g, () => segment ?? 'x') + asked;
}

export function bodyFor({ path }: Operation, { isApt, body: any, apt: own, isHuge }: RandomRequest): Buffer {
  const bytes = Buffer.from((isApt ? own[path] : undefined) ?? any, 'latin1');
  return isHuge ? Buffer.concat([bytes, Buffer.alloc(HUGE_BYTES, ' ')]) : bytes;
}
