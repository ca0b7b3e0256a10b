import type { SignedOut } from '../../../src/contracts/api/caller';
import { ADMIN_KEY, type ApiUnderTest, startApi } from '../support/api-under-test';
import { type ApiWithIssuer, issuerSettings, startApiWithIssuer } from '../support/api-with-issuer';

const ANNA = { sub: 'anna', holdfast_scopes: ['orders:read', 'inventory:write'] };
const NODE = { name: 'South', kind: 'warehouse', region: 'south' };

let stand: ApiWithIssuer;
let api: ApiUnderTest;
beforeAll(async () => {
  stand = await startApiWithIssuer();
  api = stand.api;
});
afterAll(() => stand.close());
const withoutFaults = () =>
  stand.issuer.set({ claims: ANNA, wrong: {}, isDeclining: false, isSilent: false, hasSignOut: true });
beforeEach(withoutFaults);

/** A browser with its cookies. It follows no redirect by itself. */
class Browser {
  readonly #cookies = new Map<string, string>();

  async goTo(url: string, options: RequestInit = {}): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...options.headers, ...(cookie === '' ? {} : { cookie }) };
    const response = await fetch(new URL(url, api.url), { ...options, redirect: 'manual', headers });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }

  /** Begins a sign-in and goes through the issuer. Returns the address to which it sends the browser back. */
  async throughIssuer(): Promise<string> {
    const atIssuer = locationOf(await this.goTo('/auth/login'));
    const response = await fetch(atIssuer, { redirect: 'manual' });
    return locationOf(response);
  }

  async signIn(): Promise<Response> {
    return this.goTo(await this.throughIssuer());
  }

  copy(): Browser {
    const other = new Browser();
    for (const [name, value] of this.#cookies) other.#cookies.set(name, value);
    return other;
  }
}

function locationOf(response: Response): string {
  return response.headers.get('location') ?? '';
}

/** Checks that a sign-in failed in words, and that no session began. */
async function expectRefusal(browser: Browser, answer: Response, status: number, words: string) {
  expect([answer.status, await answer.text()]).toEqual([status, expect.stringContaining(words)]);
  expect(answer.headers.get('content-type')).toContain('text/html');
  expect((await browser.goTo('/v1/caller')).status).toBe(401);
}

const change = (headers: Record<string, string>) => ({
  method: 'PUT',
  body: JSON.stringify(NODE),
  headers: { 'Content-Type': 'application/json', ...headers },
});

describe('a sign-in by the issuer', () => {
  it('begins a session in a cookie that scripts cannot read, and ends at the page', async () => {
    const browser = new Browser();
    const answer = await browser.signIn();
    expect([answer.status, locationOf(answer)]).toEqual([303, '/']);
    const cookie = answer.headers.getSetCookie().find((line) => line.startsWith('holdfast_session='));
    expect(cookie).toMatch(/; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/);
    expect(Number(/Max-Age=(\d+)/.exec(cookie ?? '')?.[1])).toBeLessThanOrEqual(3_600);
    expect(cookie).not.toContain('anna');
    const caller = await (await browser.goTo('/v1/caller')).json();
    expect(caller).toEqual({ caller: 'oidc:anna', scopes: ANNA.holdfast_scopes });
  });

  it('asks the issuer for a code with PKCE, and follows no address that the request names', async () => {
    const answer = await new Browser().goTo(
      '/auth/login?redirect_uri=https://evil.example&next=//evil.example',
    );
    const asked = new URL(locationOf(answer));
    expect(asked.origin).toBe(stand.issuer.url);
    expect(Object.fromEntries(asked.searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      redirect_uri: `${api.url}/auth/callback`,
    });
    const browser = new Browser();
    const back = await browser.goTo(`${await browser.throughIssuer()}&next=//evil.example`);
    expect(locationOf(back)).toBe('/');
  });

  it.each([
    ['a nonce of another sign-in', { nonce: 'other' }],
    ['another audience', { aud: 'billing' }],
    ['an end in the past', { exp: 1_000 }],
  ])('refuses an ID token with %s', async (_, wrong) => {
    await stand.issuer.set({ wrong });
    const browser = new Browser();
    await expectRefusal(browser, await browser.signIn(), 401, 'The token is refused');
  });

  it('refuses a code that was redeemed before', async () => {
    const browser = new Browser();
    const back = await browser.throughIssuer();
    const thief = browser.copy();
    expect((await browser.goTo(back)).status).toBe(303);
    await expectRefusal(thief, await thief.goTo(back), 401, 'invalid_grant');
  });

  it('refuses the return of a sign-in that another browser began', async () => {
    const back = await new Browser().throughIssuer();
    const victim = new Browser();
    await expectRefusal(victim, await victim.goTo(back), 400, 'began in another browser');
    await victim.goTo('/auth/login');
    await expectRefusal(victim, await victim.goTo(back), 401, 'The token is refused');
  });

  it('says that the user declined, or has no scope', async () => {
    await stand.issuer.set({ isDeclining: true });
    const browser = new Browser();
    await expectRefusal(browser, await browser.signIn(), 401, 'access_denied');
    await stand.issuer.set({ isDeclining: false, claims: { sub: '<i>eve</i>' } });
    await expectRefusal(browser, await browser.signIn(), 403, 'Oidc:&lt;i&gt;eve&lt;/i&gt; has no scope');
  });

  it('answers 503 in words when the issuer does not answer', async () => {
    const browser = new Browser();
    const back = await browser.throughIssuer();
    await stand.issuer.set({ isSilent: true });
    await expectRefusal(browser, await browser.goTo(back), 503, 'The issuer of tokens does not answer');
    const apart = await startApi({ signIn: issuerSettings('http://127.0.0.1:9', api.url) });
    const answer = await apart.call('GET', '/auth/login');
    await apart.close();
    expect([answer.status, answer.text]).toEqual([503, expect.stringContaining('does not answer')]);
  });
});

describe('a session', () => {
  let browser: Browser;
  beforeAll(async () => {
    await withoutFaults();
    browser = new Browser();
    await browser.signIn();
  });

  it.each([
    ['the page itself', () => ({ Origin: api.url }), 200],
    ['another site', () => ({ Origin: 'https://evil.example' }), 403],
    ['an unknown origin', () => ({ Origin: 'null' }), 403],
    ['no browser', () => ({}), 403],
  ])('a change from %s', async (_, headers, status) => {
    expect((await browser.goTo('/v1/nodes/s-1', change(headers()))).status).toBe(status);
  });

  it('is not asked for beside an API key', async () => {
    const headers = { Authorization: `Bearer ${ADMIN_KEY}` };
    expect((await browser.goTo('/v1/nodes/s-1', change(headers))).status).toBe(200);
    expect(await (await browser.goTo('/v1/caller', { headers })).json()).toMatchObject({ caller: 'tester' });
  });

  it('decrypts for the Temporal Web UI with the scope admin, and for no other site', async () => {
    await stand.issuer.set({ claims: { sub: 'boss', holdfast_scopes: 'admin' } });
    const admin = new Browser();
    await admin.signIn();
    const decode = (Origin: string) => ({
      method: 'POST',
      body: JSON.stringify({ payloads: [] }),
      headers: { 'Content-Type': 'application/json', Origin },
    });
    const webUi = new URL(api.deps.webUi?.address ?? '').origin;
    expect((await admin.goTo('/v1/codec/decode', decode(webUi))).status).toBe(200);
    expect((await browser.goTo('/v1/codec/decode', decode(webUi))).status).toBe(403);
    expect((await admin.goTo('/v1/codec/decode', decode('https://evil.example'))).status).toBe(403);
    expect((await admin.goTo('/v1/nodes/s-1', change({ Origin: webUi }))).status).toBe(403);
  });

  it('ends with a sign-out, which another site cannot send', async () => {
    const leave = (Origin: string) => ({ method: 'POST', headers: { Origin } });
    expect((await browser.goTo('/auth/logout', leave('https://evil.example'))).status).toBe(403);
    expect((await browser.goTo('/v1/caller')).status).toBe(200);
    expect((await browser.goTo('/auth/logout', leave(api.url))).status).toBe(200);
    expect((await browser.goTo('/v1/caller')).status).toBe(401);
  });
});

describe('a sign-out', () => {
  /** Signs in at an API and out of it again. Returns the address at which the browser continues. */
  async function signOut(at: ApiUnderTest, query = ''): Promise<string | null> {
    const browser = new Browser();
    await browser.signIn();
    expect((await browser.goTo('/v1/caller')).status).toBe(200);
    const leave = { method: 'POST', headers: { Origin: api.url } };
    const answer = await browser.goTo(`${at.url}/auth/logout${query}`, leave);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect((await browser.goTo('/v1/caller')).status).toBe(401);
    return ((await answer.json()) as SignedOut).continueAt;
  }

  /** Starts another API process of the same page, which has not asked the issuer anything yet. */
  async function another(issuerUrl: string): Promise<ApiUnderTest> {
    return startApi({ signIn: issuerSettings(issuerUrl, api.url) });
  }

  it('continues at the issuer, which sends the browser back to the page and nowhere else', async () => {
    const asked = new URL((await signOut(api, '?post_logout_redirect_uri=https://evil.example')) ?? '');
    expect(asked.origin + asked.pathname).toBe(`${stand.issuer.url}/logout`);
    expect(Object.fromEntries(asked.searchParams)).toEqual({
      realm: 'shop',
      client_id: 'holdfast',
      post_logout_redirect_uri: `${api.url}/`,
    });
  });

  it.each([
    ['has no page for it', () => stand.issuer.url],
    ['does not answer', () => 'http://127.0.0.1:9'],
  ])('ends the session of the page alone when the issuer %s', async (_, issuerUrl) => {
    await stand.issuer.set({ hasSignOut: false });
    const other = await another(issuerUrl());
    try {
      expect(await signOut(other)).toBeNull();
    } finally {
      await other.close();
    }
  });
});

test.each(['holdfast_session=made.up', 'holdfast_session=', 'holdfast_session=a.b.c.d.e'])(
  'the cookie %s is no session',
  async (cookie) => {
    const answer = await fetch(`${api.url}/v1/caller`, { headers: { cookie } });
    expect(answer.status).toBe(401);
  },
);
