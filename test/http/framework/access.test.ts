import { type ApiUnderTest, startApi } from '../support/api-under-test';
import { countRow, setUpCatalogue } from '../support/catalogue';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
  await setUpCatalogue(api, 10);
  await api.stores.apiKeys.put('hf_partner', { caller: 'partner', scopes: ['feeds:write:wms'] });
  await api.stores.apiKeys.put('hf_reader', { caller: 'reader', scopes: ['orders:read'] });
});
afterAll(() => api.close());

const as = (key: string) => ({ Authorization: `Bearer ${key}` });

describe('API keys', () => {
  it.each([
    ['none', ''],
    ['another scheme', 'Basic aGY6aGY='],
    ['no token', 'Bearer'],
    ['an unknown key', 'Bearer hf_unknown'],
    ['an endless key', `Bearer hf_${'x'.repeat(4_000)}`],
  ])('answers 401 to %s', async (_, authorization) => {
    const answer = await api.call('GET', '/v1/orders', undefined, { Authorization: authorization });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="holdfast"/);
  });

  it('answers 401 before it looks at anything else', async () => {
    const answer = await api.call('POST', '/v1/orders?what', 'not json', as('hf_unknown'));
    expect(answer.status).toBe(401);
  });

  it('lets a partner write its own feed and nothing else', async () => {
    const own = await api.call('POST', '/v1/feeds/wms', [countRow()], as('hf_partner'));
    expect(own.status).toBe(200);
    for (const [method, path, body] of [
      ['POST', '/v1/feeds/other', [countRow()]],
      ['GET', '/v1/stock/SKU-1'],
      ['GET', '/v1/orders'],
      ['POST', '/v1/orders', {}],
      ['PUT', '/v1/nodes/wh-1', {}],
      ['GET', '/v1/sagas?state=running'],
    ] as const) {
      const answer = await api.call(method, path, body, as('hf_partner'));
      expect([path, answer.status]).toEqual([path, 403]);
      expect(answer.headers.get('www-authenticate')).toContain('insufficient_scope');
    }
  });

  it('tells the missing scope of a source whose id no header can carry', async () => {
    const answer = await api.call('POST', '/v1/feeds/%F0%9F%8F%9D', [], as('hf_partner'));
    expect([answer.status, answer.json.detail]).toEqual([403, 'the API key lacks the scope feeds:write:🏝']);
    expect(answer.headers.get('www-authenticate')).toContain('scope="feeds:write:%F0%9F%8F%9D"');
  });

  it('tells reading from writing', async () => {
    expect((await api.call('GET', '/v1/orders', undefined, as('hf_reader'))).status).toBe(200);
    expect((await api.call('POST', '/v1/orders', {}, as('hf_reader'))).status).toBe(403);
  });

  it('needs no key for probes, metrics and the documentation', async () => {
    for (const path of ['/livez', '/readyz', '/metrics', '/openapi.json', '/docs', '/docs/assets/start.js']) {
      const answer = await fetch(api.url + path);
      expect([path, answer.status]).toEqual([path, 200]);
      await answer.text();
    }
  });

  it("serves the operator's page at the root without a key, and lets it load nothing from elsewhere", async () => {
    for (const path of ['/', '/page/page.js', '/page/page.css', '/page/icon.svg']) {
      const answer = await fetch(api.url + path);
      const policy = answer.headers.get('content-security-policy') ?? '';
      expect([path, answer.status, policy.includes("default-src 'none'")]).toEqual([path, 200, true]);
      expect(policy).not.toMatch(/unsafe|https?:|[*]/);
      await answer.text();
    }
    expect((await api.call('GET', '/page/main.tsx')).status).toBe(404);
  });

  it('tells a caller what its key may do', async () => {
    const answer = await api.call('GET', '/v1/caller', undefined, as('hf_reader'));
    expect([answer.status, answer.json]).toEqual([200, { caller: 'reader', scopes: ['orders:read'] }]);
    expect((await api.call('GET', '/v1/caller', undefined, as('hf_unknown'))).status).toBe(401);
  });
});

describe('running', () => {
  it('says that it is not ready', async () => {
    api.stand.ready = false;
    const answer = await api.call('GET', '/readyz');
    expect([answer.status, answer.json]).toEqual([
      503,
      { status: 'not-ready', temporal: false, stores: true },
    ]);
    api.stand.ready = true;
  });

  it('returns a valid request id of the caller and replaces an invalid one', async () => {
    const given = await api.call('GET', '/livez', undefined, { 'X-Request-Id': 'cart-4711' });
    expect(given.headers.get('x-request-id')).toBe('cart-4711');
    const made = await api.call('GET', '/nowhere', undefined, { 'X-Request-Id': 'a b' });
    expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(made.json.instance).toBe(made.headers.get('x-request-id'));
  });

  it('keeps ids that callers choose for requests out of the timelines of orders', async () => {
    const orderId = 'ord_2222222222222222';
    const headers = { ...as('hf_partner'), 'X-Request-Id': orderId };
    const row = countRow({ messageId: 'forged', sequence: 4_711, count: 11 });
    expect((await api.call('POST', '/v1/feeds/wms', [row], headers)).json.applied).toBe(1);
    const { items } = (await api.call('GET', '/v1/events?types=inventory.supply-counted.v1')).json;
    expect(items.at(-1)).toMatchObject({ causation: 'forged', correlation: `req_${orderId}` });
  });

  it('counts requests by route, never by the path that was sent', async () => {
    await api.call('GET', '/v1/orders/ord_secret');
    const { text } = await api.call('GET', '/metrics');
    expect(text).toContain(
      'holdfast_http_request_duration_seconds_count{method="get",route="/v1/orders/{id}",status="404"} 1',
    );
    expect(text).not.toContain('ord_secret');
  });

  it('serves the docs page from itself, under a policy that lets it work', async () => {
    const page = await fetch(`${api.url}/docs`);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('upgrade-insecure-requests');
    const html = await page.text();
    expect(html).not.toMatch(/https?:\/\//);
    expect(html).not.toMatch(/<script>/);
    for (const [, asset] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
      const answer = await fetch(`${api.url}${asset}`);
      expect([asset, answer.status]).toEqual([asset, 200]);
      expect(answer.headers.get('content-type')).toMatch(/javascript|css/);
      await answer.text();
    }
  });

  it('logs requests with their ids, and probes at debug', async () => {
    const lines: string[] = [];
    const { pino } = await import('pino');
    const logger = pino({ level: 'debug' }, { write: (line: string) => lines.push(line) });
    const logged = await startApi({ logger });
    await logged.call('GET', '/v1/orders?limit=1');
    await logged.call('GET', '/livez');
    await logged.close();
    const [first, second] = lines.map((line) => JSON.parse(line));
    expect(first).toMatchObject({ level: 30, method: 'GET', path: '/v1/orders', status: 200 });
    expect(first.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(second).toMatchObject({ level: 20, path: '/livez' });
  });
});
