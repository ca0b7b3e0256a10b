import { pages } from '../../../client/holdfast-client';
import { type ApiUnderTest, startApi } from '../support/api-under-test';

let api: ApiUnderTest;
const lines: string[] = [];
beforeAll(async () => {
  const { pino } = await import('pino');
  api = await startApi({ logger: pino({ level: 'trace' }, { write: (line: string) => lines.push(line) }) });
});
afterAll(() => api.close());
afterEach(() => jest.restoreAllMocks());

const SCOPES = ['orders:read', 'feeds:write:wms'];
const make = (body: object) => api.call('POST', '/v1/keys', { scopes: SCOPES, ...body });
const readAs = (key: string) => api.call('GET', '/v1/orders', undefined, { Authorization: `Bearer ${key}` });
const listed = async (caller: string) => (await api.call('GET', `/v1/keys?caller=${caller}`)).json.items;

/** Moves the clock of the API process on, past what it has cached. */
function later(milliseconds: number): void {
  const now = Date.now();
  jest.spyOn(Date, 'now').mockReturnValue(now + milliseconds);
}

describe('an admin', () => {
  test('makes several keys for one caller, each shown once, and each works', async () => {
    const [one, other] = [(await make({ caller: 'shop' })).json, (await make({ caller: 'shop' })).json];
    expect(one).toEqual({
      id: expect.stringMatching(/^key_[0-9a-f]{16}$/),
      caller: 'shop',
      scopes: SCOPES,
      createdAt: expect.any(String),
      key: expect.stringMatching(/^hf_\S{27}$/),
    });
    for (const { key } of [one, other]) expect((await readAs(key)).status).toBe(200);
    const { text } = await api.call('GET', '/v1/keys?caller=shop');
    expect(JSON.parse(text).items.map(({ id }: { id: string }) => id)).toEqual([one.id, other.id]);
    for (const { key } of [one, other]) expect(text).not.toContain(key);
    expect(text).not.toContain('hash');
  });

  test('lists the keys of all callers by pages', async () => {
    for (const caller of ['page-a', 'page-b', 'page-b']) await make({ caller });
    const seen: string[] = [];
    const keys = pages((cursor) => api.holdfast.listKeys({ query: { ...cursor, limit: 2 } }));
    for await (const { caller } of keys) seen.push(caller);
    expect(seen.filter((caller) => caller.startsWith('page-'))).toEqual(['page-a', 'page-b', 'page-b']);
    expect(seen).toEqual([...seen].sort());
  });

  test('revokes one key and leaves the others of its caller', async () => {
    const [old, fresh] = [(await make({ caller: 'rotated' })).json, (await make({ caller: 'rotated' })).json];
    expect((await readAs(old.key)).status).toBe(200);
    for (const _ of ['once', 'again'])
      expect((await api.call('DELETE', `/v1/keys/${old.id}`)).status).toBe(204);
    later(5_001);
    expect([(await readAs(old.key)).status, (await readAs(fresh.key)).status]).toEqual([401, 200]);
    const [first, second] = await listed('rotated');
    expect([first.revokedAt, second.revokedAt]).toEqual([expect.any(String), undefined]);
  });

  test.each([
    ['no scope', { scopes: [] }, 'scopes'],
    ['an unknown scope', { scopes: ['orders:read', 'orders:all'] }, 'scopes[1]'],
    ['a caller that begins with a space', { caller: ' x' }, 'caller'],
    ['an expiry in the past', { expiresAt: '2026-01-01T00:00:00Z' }, 'expiresAt'],
  ])('is refused a key with %s', async (_, body, field) => {
    const { status, json } = await make({ caller: 'refused', ...body });
    expect([status, json.errors]).toEqual([400, [{ field, message: expect.any(String) }]]);
    expect(await listed('refused')).toEqual([]);
  });

  test('hears of a key that does not exist', async () => {
    expect((await api.call('DELETE', '/v1/keys/key_0000000000000000')).status).toBe(404);
    expect((await api.call('DELETE', '/v1/keys/hf_x')).status).toBe(400);
  });
});

test('a key without the scope `admin` reads and changes no keys', async () => {
  const { key, id } = (await make({ caller: 'curious', scopes: ['orders:read'] })).json;
  const as = { Authorization: `Bearer ${key}` };
  for (const [method, path, body] of [
    ['GET', '/v1/keys'],
    ['POST', '/v1/keys', { caller: 'curious', scopes: ['admin'] }],
    ['DELETE', `/v1/keys/${id}`],
  ] as const)
    expect([method, (await api.call(method, path, body, as)).status]).toEqual([method, 403]);
  expect(await listed('curious')).toHaveLength(1);
});

test('an expired, a revoked and an unknown key get one answer', async () => {
  const soon = new Date(Date.now() + 60_000).toISOString();
  const expiring = (await make({ caller: 'brief', expiresAt: soon })).json;
  const revoked = (await make({ caller: 'brief' })).json;
  expect(expiring.expiresAt).toBe(soon);
  expect((await readAs(expiring.key)).status).toBe(200);
  await api.call('DELETE', `/v1/keys/${revoked.id}`);
  later(60_001);
  const answers = await Promise.all([expiring.key, revoked.key, 'hf_unknown'].map(readAs));
  const told = answers.map(({ status, json: { instance: _, ...problem }, headers }) => [
    status,
    problem,
    headers.get('www-authenticate'),
  ]);
  expect(told[0]).toMatchObject([401, { type: '/problems/unauthenticated' }, expect.any(String)]);
  expect(told).toEqual([told[0], told[0], told[0]]);
});

describe('the last use of a key', () => {
  test('is absent before the first use and written once a minute at most', async () => {
    const { key, id } = (await make({ caller: 'used' })).json;
    expect((await listed('used'))[0].usedAt).toBeUndefined();
    const written = jest.spyOn(api.stores.apiKeys, 'noteUse');
    for (let i = 0; i < 3; i++) {
      await readAs(key);
      await Promise.all(written.mock.results.map(({ value }) => value));
      later(5_001);
    }
    expect(written.mock.calls).toEqual([[id]]);
    const [{ usedAt }] = await listed('used');
    await api.stores.apiKeys.noteUse(id);
    expect([usedAt, (await listed('used'))[0].usedAt]).toEqual([expect.any(String), usedAt]);
  });

  test('is left out when it cannot be written: the request is answered', async () => {
    const { key } = (await make({ caller: 'unnoted' })).json;
    jest.spyOn(api.stores.apiKeys, 'noteUse').mockRejectedValue(new Error('played'));
    expect((await readAs(key)).status).toBe(200);
  });
});

test('keys are never logged', async () => {
  const { key } = (await make({ caller: 'logged' })).json;
  await readAs(key);
  await api.call('POST', '/v1/keys', { caller: key, scopes: [key] }, { Authorization: `Bearer ${key}` });
  const answers = await Promise.all([
    make({ caller: 'logged', scopes: [key] }),
    readAs(`${key}x`),
    api.call('DELETE', `/v1/keys/${key}?key=${key}`),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([400, 401, 400]);
  const logged = lines.join('');
  expect(logged).toContain('"/v1/keys/hf_…"');
  expect(logged).toContain('an API key was made');
  expect(logged).toContain('an API key was revoked');
  expect(logged).not.toMatch(/hf_[^…]/);
});
