import fc from 'fast-check';
import type { Operation } from '../../../src/http/framework/operation';
import { ADMIN_KEY } from './api-under-test';
import { APT, json, MOMENTS, WORDS } from './nearly-fitting-bodies';

/** A drawn request: `pick` chooses its operation. */
export interface RandomRequest {
  readonly pick: number;
  /** The value of each parameter in a path: an id of the path's collection, or any text. */
  readonly id: number | string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly isApt: boolean;
  /** Bytes, each as a character: for any operation, and for each operation with bodies of its own shape. */
  readonly body: string;
  readonly apt: Readonly<Record<string, string>>;
  /** True for a body that is larger than any operation reads. */
  readonly isHuge: boolean;
}

/** A key with few rights and one with nearly none; a test has to create them. */
export const READER = {
  key: 'hf_reader',
  holder: { caller: 'reader', scopes: ['orders:read', 'trips:read'] },
};
export const FEEDER = { key: 'hf_feeder', holder: { caller: 'feeder', scopes: ['feeds:write:another'] } };

const QUERIES = [
  ...['asOf', 'after', 'cursor', 'state', 'limit', 'types', 'stream', 'customerId', 'status'],
  ...['sku', 'region', 'channel', 'id'],
];

const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value) ?? '').toString('latin1');
/** Repeats the first name of an object; parsers disagree about that. */
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

/** Ids by their collection. */
export type Ids = Readonly<Record<string, readonly string[]>>;

const STRANGE = ['x', '%00', '%ff', '..', '%2e%2e', "a'b", 'ord_0000000000000000', 'shp_0000000000000000_1'];

/** Returns requests of all kinds. Tries each of these ids in the place of every other one too. */
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

/** Returns the path of a request for this operation. */
export function pathFor({ path }: Operation, { id, query: asked }: RandomRequest, ids: Ids): string {
  const own = ids[path.split('/')[2] ?? ''] ?? ['x'];
  const segment = typeof id === 'number' ? own[id % own.length] : id;
  return path.replaceAll(/\{\w+\}/g, () => segment ?? 'x') + asked;
}

export function bodyFor({ path }: Operation, { isApt, body: any, apt: own, isHuge }: RandomRequest): Buffer {
  const bytes = Buffer.from((isApt ? own[path] : undefined) ?? any, 'latin1');
  return isHuge ? Buffer.concat([bytes, Buffer.alloc(HUGE_BYTES, ' ')]) : bytes;
}
