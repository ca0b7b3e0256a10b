import { type ApiUnderTest, startApi } from '../support/api-under-test';
import { setUpCatalogue } from '../support/catalogue';

let api: ApiUnderTest;
let serial = 0;
beforeAll(async () => {
  api = await startApi();
  await setUpCatalogue(api, 100);
  await api.stores.apiKeys.put('hf_reader', { caller: 'reader', scopes: ['inventory:read'] });
});
afterAll(() => api.close());

const CAP = {
  skus: ['SKU-1'],
  start: '2026-01-01T00:00:00Z',
  end: '2100-01-01T01:00:00+01:00',
  limit: 5,
};
const RULE = { deny: { sku: 'SKU-1', channel: 'web' }, reason: 'AGE_RESTRICTED' };
const NEITHER = { channel: null, customerId: null };
const MOMENTS = { start: '2026-01-01T00:00:00.000Z', end: '2100-01-01T00:00:00.000Z' };
const cap = (id: string, changes: object = {}) => api.call('PUT', `/v1/caps/${id}`, { ...CAP, ...changes });
const rule = (id: string, body: object = RULE) => api.call('PUT', `/v1/eligibility-rules/${id}`, body);
const reserve = (quantity: number, changes: object = {}) =>
  api.call(
    'POST',
    '/v1/reservations',
    { lines: [{ sku: 'SKU-1', quantity }], shipTo: { region: 'north' }, ttlSeconds: 600, ...changes },
    { 'Idempotency-Key': `key-${++serial}` },
  );
const remove = (path: string, headers?: Record<string, string>) =>
  api.call('DELETE', path, undefined, headers);

describe('sales caps', () => {
  it('are set, read back with used and left, and lowered', async () => {
    const put = await cap('drop');
    expect([put.status, put.json]).toEqual([
      200,
      { id: 'drop', skus: ['SKU-1'], ...NEITHER, ...MOMENTS, limit: 5, used: 0, left: 5 },
    ]);
    const held = await reserve(4);
    expect((await api.call('GET', '/v1/caps/drop')).json).toMatchObject({ used: 4, left: 1 });
    expect((await cap('drop', { limit: 3 })).json).toMatchObject({ limit: 3, used: 4, left: 0 });
    const refused = await reserve(1);
    expect([refused.status, refused.json.reason, refused.json.detail]).toEqual([
      409,
      'CAP_REACHED',
      'drop: 1 asked, 0 left',
    ]);
    await api.call('POST', `/v1/reservations/${held.json.id}/release`);
    expect((await api.call('GET', '/v1/caps/drop')).json).toMatchObject({ used: 0, left: 3 });
  });

  it('take a body as it was read', async () => {
    await cap('copy', { channel: 'web', customerId: 'ann' });
    const { used, left, id, ...read } = (await api.call('GET', '/v1/caps/copy')).json;
    expect([used, left, id]).toEqual([0, 5, 'copy']);
    expect((await api.call('PUT', '/v1/caps/copy', read)).json).toMatchObject(read);
    expect(await api.stores.inventory.client.event.count({ where: { stream: 'cap/copy' } })).toBe(1);
  });

  it('are removed with the same answer to a repeat, and keep their used units when set again', async () => {
    await cap('gone', { channel: 'gone' });
    const held = await reserve(2, { channel: 'gone' });
    expect(held.status).toBe(201);
    for (const _ of [1, 2]) {
      const removed = await remove('/v1/caps/gone');
      expect([removed.status, removed.text]).toEqual([204, '']);
      expect(removed.headers.get('content-type')).toBeNull();
      expect(removed.headers.get('x-request-id')).not.toBeNull();
    }
    expect((await api.call('GET', '/v1/caps/gone')).status).toBe(404);
    expect((await cap('gone', { channel: 'gone' })).json).toMatchObject({ used: 2, left: 3 });
    expect((await remove('/v1/caps/never')).status).toBe(404);
  });

  it('name the items that do not exist', async () => {
    const answer = await cap('unknown', { skus: ['SKU-1', 'NOPE', 'NO'] });
    expect([answer.status, answer.json.type, answer.json.errors]).toEqual([
      422,
      '/problems/unknown-reference',
      [
        { field: 'skus[1]', message: 'item NOPE does not exist' },
        { field: 'skus[2]', message: 'item NO does not exist' },
      ],
    ]);
    expect((await api.call('GET', '/v1/caps/unknown')).status).toBe(404);
  });
});

describe('eligibility rules', () => {
  it('deny matching requests until they are removed', async () => {
    const put = await rule('age');
    expect([put.status, put.json]).toEqual([
      200,
      {
        id: 'age',
        deny: {
          ...{ sku: 'SKU-1', itemTag: null, nodeId: null },
          ...{ region: null, channel: 'web', shippingMethod: null },
        },
        reason: 'AGE_RESTRICTED',
      },
    ]);
    expect((await api.call('GET', '/v1/eligibility-rules/age')).json).toEqual(put.json);
    const { id: _, ...read } = put.json;
    expect((await rule('age', read)).json).toEqual(put.json);
    const refused = await reserve(1, { channel: 'web' });
    expect([refused.status, refused.json.reason]).toEqual([409, 'NOT_ELIGIBLE']);
    expect(refused.json.detail).toBe('SKU-1: AGE_RESTRICTED');
    for (const _ of [1, 2]) expect((await remove('/v1/eligibility-rules/age')).status).toBe(204);
    expect((await api.call('GET', '/v1/eligibility-rules/age')).status).toBe(404);
    expect((await reserve(1, { channel: 'web' })).status).toBe(201);
    expect((await remove('/v1/eligibility-rules/never')).status).toBe(404);
  });

  it('may name items and nodes that do not exist yet', async () => {
    expect((await rule('soon', { ...RULE, deny: { sku: 'NEXT', nodeId: 'wh-99' } })).status).toBe(200);
  });
});

describe('who may', () => {
  it('set and remove limits needs the scope for it, and reading them another', async () => {
    await cap('mine', { skus: ['SKU-1'], channel: 'mine' });
    const reader = { Authorization: 'Bearer hf_reader' };
    for (const path of ['/v1/caps/mine', '/v1/eligibility-rules/mine']) {
      expect((await api.call('PUT', path, CAP, reader)).status).toBe(403);
      expect((await remove(path, reader)).status).toBe(403);
      expect((await remove(path, { Authorization: '' })).status).toBe(401);
    }
    expect((await api.call('GET', '/v1/caps/mine', undefined, reader)).status).toBe(200);
    expect((await api.call('PATCH', '/v1/caps/mine', {})).headers.get('allow')).toBe(
      'PUT, GET, DELETE, HEAD',
    );
  });
});

const { limit: _limit, ...NO_LIMIT } = CAP;
const CAPS: [string, unknown, string][] = [
  ['no limit', NO_LIMIT, 'limit'],
  ['a negative limit', { ...CAP, limit: -1 }, 'limit'],
  ['a fraction', { ...CAP, limit: 1.5 }, 'limit'],
  ['a huge limit', { ...CAP, limit: 1e10 }, 'limit'],
  ['a limit as text', { ...CAP, limit: '5' }, 'limit'],
  ['no items', { ...CAP, skus: [] }, 'skus'],
  ['too many items', { ...CAP, skus: Array.from({ length: 1_001 }, (_, i) => `S${i}`) }, 'skus'],
  ['an item twice', { ...CAP, skus: ['SKU-1', 'SKU-1'] }, 'skus'],
  ['an item that is none', { ...CAP, skus: ['a\u0007'] }, 'skus[0]'],
  ['NUL', { ...CAP, skus: ['a\u0000'] }, 'skus[0]'],
  ['one item not in a list', { ...CAP, skus: 'SKU-1' }, 'skus'],
  ['an end before the start', { ...CAP, end: CAP.start, start: CAP.end }, 'end'],
  ['an empty window', { ...CAP, end: CAP.start }, 'end'],
  ['a day that does not exist', { ...CAP, end: '2026-02-30T00:00:00Z' }, 'end'],
  ['no time', { ...CAP, start: '2026-01-01' }, 'start'],
  ['no zone', { ...CAP, start: '2026-01-01T00:00:00' }, 'start'],
  ['the year 0', { ...CAP, start: '0000-01-01T00:00:00Z' }, 'start'],
  ['an empty channel', { ...CAP, channel: '' }, 'channel'],
  ['a customer that is a number', { ...CAP, customerId: 7 }, 'customerId'],
  ['what only an answer has', { ...CAP, used: 0 }, 'used'],
  ['a duplicate key', JSON.stringify(CAP).replace('{', '{"limit":9,'), 'limit'],
];
const RULES: [string, unknown, string][] = [
  ['nothing denied', { ...RULE, deny: {} }, 'deny'],
  ['nothing denied, at length', { ...RULE, deny: { sku: null, nodeId: null } }, 'deny'],
  ['no deny', { reason: 'R' }, 'deny'],
  ['an unknown field in deny', { ...RULE, deny: { sku: 'a', customerId: 'b' } }, 'deny.customerId'],
  ['a list of items', { ...RULE, deny: { sku: ['a'] } }, 'deny.sku'],
  ['NUL', { ...RULE, deny: { region: '\u0000' } }, 'deny.region'],
  ['no reason', { deny: RULE.deny }, 'reason'],
  ['a reason in prose', { ...RULE, reason: 'too young' }, 'reason'],
  ['a reason without end', { ...RULE, reason: 'A'.repeat(65) }, 'reason'],
  ['a reason with a line feed', { ...RULE, reason: 'A\n' }, 'reason'],
];

describe('bodies', () => {
  it.each([
    ...CAPS.map((one) => ['/v1/caps/hostile', ...one] as const),
    ...RULES.map((one) => ['/v1/eligibility-rules/hostile', ...one] as const),
  ])('%s refuses %s', async (path, _, body, field) => {
    const answer = await api.call('PUT', path, body);
    expect([answer.status, answer.json.errors.map((error: { field: string }) => error.field)]).toEqual([
      400,
      expect.arrayContaining([field]),
    ]);
    expect((await api.call('GET', path)).status).toBe(404);
  });

  it('of a DELETE are not looked at, and ids are', async () => {
    await cap('with-body', { channel: 'x' });
    expect((await api.call('DELETE', '/v1/caps/with-body', '{"a":')).status).toBe(204);
    expect((await remove('/v1/caps/a%07')).json.errors[0].field).toBe('id');
    expect((await remove('/v1/caps/x?force=1')).json.errors[0].field).toBe('force');
  });
});

it('a removal is documented, without a body', async () => {
  const { paths } = (await api.call('GET', '/openapi.json')).json;
  const { responses } = paths['/v1/caps/{id}'].delete;
  expect(responses['204'].content).toBeUndefined();
  expect(Object.keys(responses)).toEqual(expect.arrayContaining(['204', '404', '403']));
});
