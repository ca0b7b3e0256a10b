import { Registry } from 'prom-client';
import { registerWebhooks } from '../../../src/observability/webhook-metrics';
import { type ApiUnderTest, startApi } from '../support/api-under-test';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const URL = 'https://erp.example.com/holdfast';
const put = (id: string, body: object) => api.call('PUT', `/v1/webhooks/${id}`, body);
const get = (path: string, headers = {}) => api.call('GET', `/v1/webhooks${path}`, undefined, headers);
const post = (path: string, body?: object) => api.call('POST', `/v1/webhooks${path}`, body);

/** Adds a delivery whose first attempt the endpoint answered with a body. */
async function failedDelivery(id: string): Promise<void> {
  const eventId = '00000000-0000-4000-8000-000000000001';
  await api.stores.deliveries.add([
    {
      webhookId: id,
      eventId,
      type: 'orders.order-recorded.v1',
      stream: 'order/ord_1',
      version: 1,
      body: '{}',
    },
  ]);
  await api.stores.deliveries.failed(
    id,
    eventId,
    { status: 500, error: 'the endpoint answered 500', response: 'a page from inside' },
    { retryInMs: 60_000, pauseMs: 60_000, disabledReason: null },
  );
}

test('the answer that creates a webhook shows its secret, and no other answer does', async () => {
  const made = await put('made', { url: URL, types: ['orders.*'], nodes: ['wh-1'], channels: ['web'] });
  expect(made.status).toBe(200);
  expect(made.json).toMatchObject({
    id: 'made',
    url: URL,
    types: ['orders.*'],
    nodes: ['wh-1'],
    channels: ['web'],
    ordered: false,
    enabled: true,
    secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{32}$/),
    waiting: 0,
  });
  const changed = await put('made', { url: URL, ordered: true });
  expect(changed.json).toMatchObject({ ordered: true });
  for (const { json } of [changed, await get('/made')]) {
    expect(json).not.toHaveProperty('secret');
    expect(json).not.toHaveProperty('types');
  }
  const { items } = (await get('')).json;
  expect(items.map(({ id, secret }: { id: string; secret?: string }) => [id, secret])).toEqual([
    ['made', undefined],
  ]);
});

test('a rotation shows the new secret and until when the old one is valid', async () => {
  await put('rotated', { url: URL });
  const { status, json } = await post('/rotated/secrets');
  expect([status, json.secret]).toEqual([201, expect.stringMatching(/^whsec_/)]);
  const hours = (Date.parse(json.oldValidUntil) - Date.now()) / 3_600_000;
  expect(hours).toBeGreaterThan(23.9);
  expect(hours).toBeLessThan(24.1);
});

test('deliveries show their attempts; the answer of the endpoint is shown to admins only', async () => {
  await put('failing', { url: URL });
  await failedDelivery('failing');
  const [shown] = (await get('/failing/deliveries?state=pending')).json.items;
  expect(shown).toMatchObject({
    state: 'pending',
    attempts: 1,
    lastStatus: 500,
    lastError: 'the endpoint answered 500',
    lastResponse: 'a page from inside',
  });
  expect((await get('/failing')).json).toMatchObject({
    waiting: 1,
    failing: { failures: 1, error: 'the endpoint answered 500', pausedUntil: expect.any(String) },
  });
  await api.stores.apiKeys.put('hf_reader', { caller: 'reader', scopes: ['webhooks:read'] });
  const seen = await get('/failing/deliveries', { Authorization: 'Bearer hf_reader' });
  expect(seen.json.items).toEqual([expect.not.objectContaining({ lastResponse: expect.anything() })]);
  expect(seen.text).not.toContain('inside');
});

test('the metrics tell what waits for each webhook, and its failures', async () => {
  await put('measured', { url: URL });
  await failedDelivery('measured');
  const metrics = new Registry();
  registerWebhooks(metrics, api.stores.webhooks, () => undefined);
  const text = await metrics.metrics();
  expect(text).toContain('holdfast_webhook_deliveries_waiting{webhook="measured"} 1\n');
  expect(text).toContain('holdfast_webhook_failures{webhook="measured"} 1\n');
});

test('a replay is shown until it is complete', async () => {
  await put('replayed', { url: URL });
  const { status, json } = await post('/replayed/replay', { from: '2026-01-01T00:00:00Z' });
  expect([status, json.replayFrom]).toEqual([202, '2026-01-01T00:00:00.000Z']);
});

test('a removed webhook is gone with its deliveries', async () => {
  await put('removed', { url: URL });
  await failedDelivery('removed');
  expect((await api.call('DELETE', '/v1/webhooks/removed')).status).toBe(204);
  for (const answer of [
    await get('/removed'),
    await get('/removed/deliveries'),
    await post('/removed/replay', { from: '2026-01-01T00:00:00Z' }),
    await post('/removed/secrets'),
    await api.call('DELETE', '/v1/webhooks/removed'),
  ]) {
    expect([answer.status, answer.json.detail]).toEqual([404, 'webhook removed does not exist']);
  }
});

test.each([
  ['another scheme', 'ftp://example.com/', 'https://'],
  ['no URL', 'example.com', 'https://'],
  ['a user name', 'https://user@example.com/', 'user name'],
  ['a password', 'https://user:secret@example.com/', 'user name'],
  ['plain http to a public address', 'http://93.184.216.34/', 'https://'],
  ['the port of another protocol', 'https://example.com:25/', 'port'],
  ['a private address', 'https://10.0.0.1/', 'not a public address'],
  ['a disguised address', 'https://2886729729/', 'not a public address'],
  ['IPv6 loopback', 'https://[::1]/', 'not a public address'],
])('a URL with %s is refused', async (_, url, message) => {
  const { status, json } = await put('refused', { url });
  expect(status).toBe(400);
  expect(json.errors).toEqual([{ field: 'url', message: expect.stringContaining(message) }]);
  expect((await get('/refused')).status).toBe(404);
});

test.each([
  [{ types: [] }, 'types'],
  [{ types: ['shipping.*'] }, 'types[0]'],
  [{ types: ['*'] }, 'types[0]'],
  [{ nodes: ['a '] }, 'nodes[0]'],
  [{ retries: 3 }, 'retries'],
])('%j is refused at its field', async (changes, field) => {
  const { status, json } = await put('refused', { url: URL, ...changes });
  expect([status, json.errors?.[0]?.field]).toEqual([400, field]);
});

test('webhooks need their own scopes', async () => {
  await api.stores.apiKeys.put('hf_other', { caller: 'other', scopes: ['events:write', 'webhooks:read'] });
  const headers = { Authorization: 'Bearer hf_other' };
  expect((await get('', headers)).status).toBe(200);
  expect((await api.call('PUT', '/v1/webhooks/x', { url: URL }, headers)).status).toBe(403);
});
