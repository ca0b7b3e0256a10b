import { eventually } from '../../support/saga-fixture';
import { type ApiUnderTest, startApi } from '../support/api-under-test';
import { type ApiWithIssuer, issuerSettings, startApiWithIssuer } from '../support/api-with-issuer';

const SUPPORT = { sub: 'anna', holdfast_scopes: ['orders:read', 'sagas:read', 'orders:eat'] };
const ADMIN = { sub: 'boss', holdfast_scopes: 'admin' };
const NODE = { name: 'South', kind: 'warehouse', region: 'south' };
const LIMITS = { requestsPerSecond: null, concurrency: null };
const DIRECT = { callerClaim: 'sub', scopesClaim: 'holdfast_scopes', groups: undefined, limits: LIMITS };

let stand: ApiWithIssuer;
let api: ApiUnderTest;
beforeAll(async () => {
  stand = await startApiWithIssuer();
  api = stand.api;
});
afterAll(() => stand.close());

const bearing = (token: string) => ({ Authorization: `Bearer ${token}` });
const seconds = (fromNow: number) => Math.floor(Date.now() / 1_000) + fromNow;

async function asked(claims: object, sign?: Parameters<typeof stand.issuer.token>[1]) {
  return api.call('GET', '/v1/caller', undefined, bearing(await stand.issuer.token(claims, sign)));
}

describe('a token of the issuer', () => {
  it('gives the scopes of its claim, as far as they exist', async () => {
    const answer = await asked(SUPPORT);
    expect([answer.status, answer.json]).toEqual([
      200,
      { caller: 'oidc:anna', scopes: ['orders:read', 'sagas:read'] },
    ]);
    const refused = await api.call(
      'PUT',
      '/v1/nodes/s-1',
      NODE,
      bearing(await stand.issuer.token({ ...SUPPORT })),
    );
    expect([refused.status, refused.json.detail]).toEqual([
      403,
      'the signed-in caller lacks the scope inventory:write',
    ]);
  });

  it('names its caller, without a key, in events and in the audit log', async () => {
    const headers = bearing(await stand.issuer.token(ADMIN));
    expect((await api.call('PUT', '/v1/nodes/s-1', NODE, headers)).status).toBe(200);
    const [act] = (await api.call('GET', '/v1/audit?caller=oidc:boss')).json.items;
    expect(act).toMatchObject({ caller: 'oidc:boss', subject: 's-1' });
    expect(act).not.toHaveProperty('keyId');
    const { items } = (await api.call('GET', '/v1/events?types=inventory.*&limit=1000')).json;
    expect(items.at(-1)).toMatchObject({ caller: 'oidc:boss' });
  });

  it.each([
    ['without scopes', { sub: 'anna' }, 'oidc:anna has no scope of Holdfast'],
    ['with unknown scopes only', { sub: 'anna', holdfast_scopes: ['root'] }, 'oidc:anna has no scope'],
    ['whose name is too long', { ...ADMIN, sub: 'x'.repeat(200) }, 'names no caller'],
  ])('%s is refused with 403', async (_, claims, detail) => {
    const answer = await asked(claims);
    expect([answer.status, answer.json.detail]).toEqual([403, expect.stringContaining(detail)]);
  });

  it.each([
    ['of another issuer', { ...ADMIN, iss: 'https://elsewhere.example' }, undefined],
    ['for another audience', { ...ADMIN, aud: 'billing' }, undefined],
    ['that has expired', { ...ADMIN, exp: seconds(-60) }, undefined],
    ['that is not valid yet', { ...ADMIN, nbf: seconds(600) }, undefined],
    ['without an end', { ...ADMIN, exp: null }, undefined],
    ['signed by a stranger with the id of a known key', ADMIN, 'stranger'],
    ['without a signature', ADMIN, 'none'],
    ['with an HMAC by the public key', ADMIN, 'hmac'],
  ] as const)('%s is refused with 401', async (_, claims, sign) => {
    const answer = await asked(claims, sign);
    expect([answer.status, answer.json.detail]).toEqual([
      401,
      expect.stringMatching(/^the token is refused/),
    ]);
    expect(answer.headers.get('www-authenticate')).toContain('invalid_token');
  });

  it('is accepted with a new key of the issuer', async () => {
    const before = await stand.issuer.token(ADMIN);
    expect((await api.call('GET', '/v1/caller', undefined, bearing(before))).status).toBe(200);
    await stand.issuer.rotate();
    const after = await stand.issuer.token(ADMIN);
    await eventually(async () =>
      expect((await api.call('GET', '/v1/caller', undefined, bearing(after))).status).toBe(200),
    );
    expect((await api.call('GET', '/v1/caller', undefined, bearing(before))).status).toBe(401);
  });

  it('leaves API keys as they are', async () => {
    expect((await api.call('GET', '/v1/caller')).json.caller).toBe('tester');
    const key = { caller: 'oidc:anna', scopes: ['orders:read'] };
    const answer = await api.call('POST', '/v1/keys', key);
    expect([answer.status, answer.json.errors[0].field]).toEqual([400, 'caller']);
  });
});

describe('rules of claims', () => {
  it.each([
    ['scopes of groups', { groups: { support: ['orders:read'] } }, { groups: ['support', 'admin'] }, 200],
    ['groups that have none', { groups: { support: ['orders:read'] } }, { groups: ['admin'] }, 403],
    ['a verified address', { callerClaim: 'email' }, { email: 'a@b.example', email_verified: true }, 200],
    ['an address that is not verified', { callerClaim: 'email' }, { email: 'a@b.example' }, 403],
  ])('%s', async (_, rules, claims, status) => {
    const scopesClaim = 'groups' in rules ? 'groups' : 'holdfast_scopes';
    const changed = await startApi({
      signIn: issuerSettings(stand.issuer.url, 'http://127.0.0.1', {
        claims: { ...DIRECT, scopesClaim, ...rules },
      }),
    });
    const token = await stand.issuer.token({ sub: 'a', holdfast_scopes: 'orders:read', ...claims });
    const answer = await changed.call('GET', '/v1/caller', undefined, bearing(token));
    await changed.close();
    expect(answer.status).toBe(status);
    if (status === 200) expect(answer.json.scopes).toEqual(['orders:read']);
  });

  it('limits each caller by itself', async () => {
    const limits = { requestsPerSecond: 1, concurrency: null };
    const limited = await startApi({
      signIn: issuerSettings(stand.issuer.url, 'http://127.0.0.1', { claims: { ...DIRECT, limits } }),
    });
    const [one, other] = [await stand.issuer.token(ADMIN), await stand.issuer.token(SUPPORT)];
    const statuses = [];
    for (const token of [one, one, other])
      statuses.push((await limited.call('GET', '/v1/caller', undefined, bearing(token))).status);
    await limited.close();
    expect(statuses).toEqual([200, 429, 200]);
  });
});

describe('an issuer that does not answer', () => {
  it.each(['down', 'silent'])('gets callers 503 while it is %s, and is asked again', async (fault) => {
    const token = await stand.issuer.token(ADMIN);
    const fresh = await startApi({ signIn: issuerSettings(stand.issuer.url, 'http://127.0.0.1') });
    if (fault === 'silent') await stand.issuer.set({ isSilent: true });
    else await stand.issuer.stop();
    const answer = await fresh.call('GET', '/v1/caller', undefined, bearing(token));
    expect([answer.status, answer.json.detail]).toEqual([
      503,
      'the issuer of tokens does not answer: repeat the request in a moment',
    ]);
    expect((await fresh.call('GET', '/v1/caller')).status).toBe(200);
    if (fault === 'silent') await stand.issuer.set({ isSilent: false });
    else await stand.issuer.start();
    const again = await stand.issuer.token(ADMIN);
    expect((await fresh.call('GET', '/v1/caller', undefined, bearing(again))).status).toBe(200);
    await fresh.close();
  });
});

test('without an issuer a token is an unknown key', async () => {
  const plain = await startApi();
  const token = await stand.issuer.token(ADMIN);
  expect((await plain.call('GET', '/v1/caller', undefined, bearing(token))).status).toBe(401);
  expect((await plain.call('GET', '/auth/login')).status).toBe(404);
  await plain.close();
});
