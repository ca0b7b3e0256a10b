import { ADMIN_KEY, type ApiUnderTest, startApi } from '../http/support/api-under-test';
import { setUpCatalogue } from '../http/support/catalogue';
import { withServer } from '../support/test-database';
import { LogCapture } from './support/log-capture';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const TRACED = { traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01` };
const SECRET = 'planted-secret';
const order = (more: object) => ({
  customerId: 'ann',
  currency: 'EUR',
  shipTo: { region: 'north' },
  lines: [{ sku: 'apple', quantity: 1, unitPrice: 1 }],
  ...more,
});

const log = new LogCapture();
let api: ApiUnderTest;

beforeAll(async () => {
  api = await startApi({ logger: log.logger });
  await setUpCatalogue(api, 10);
});
afterAll(() => api.close());

test('the line of a request names its route, its path, its caller and its trace, and no query string', async () => {
  await api.call('GET', '/v1/orders/ord_x?asOf=2030-01-01T00:00:00Z', undefined, TRACED);
  const line = log.said('answered').find(({ route }) => route === '/v1/orders/{id}');
  expect(line).toMatchObject({ method: 'GET', path: '/v1/orders/ord_x', status: 400 });
  expect(line).toMatchObject({ caller: 'tester', traceId: TRACE_ID });
  expect(log.text).not.toContain('asOf');
});

test('the line of a request to no operation has no path', async () => {
  await api.call('GET', '/v1/nowhere/at/all');
  expect(log.said('answered').at(-1)).not.toHaveProperty('path');
  expect(log.text).not.toContain('nowhere');
});

test('no line repeats a header, a query string or a body', async () => {
  const plant = (name: string) => `${SECRET}-${name}`;
  const headers = { 'Idempotency-Key': plant('key'), 'X-Anything': plant('header') };
  const body = order({ metadata: { email: plant('body') } });
  await api.call('POST', '/v1/orders', body, headers);
  await api.call('POST', `/v1/orders?token=${plant('query')}`, body, headers);
  await api.call('POST', '/v1/orders', `{"customerId": "${plant('broken')}`, headers);
  await api.call('GET', `/v1/orders?cursor=${plant('cursor')}`);
  await api.call('GET', '/v1/orders', undefined, { Authorization: `Bearer hf_${plant('unknown')}` });
  await api.call('GET', `/v1/orders/hf_${plant('path')}`);
  const url = `http://127.0.0.1:9000/${plant('hook')}?token=${plant('hook')}`;
  await api.call('PUT', '/v1/webhooks/erp', { url });
  expect(log.said('a webhook was set')).toMatchObject([{ webhook: 'erp', host: '127.0.0.1:9000' }]);
  expect(log.said('answered').length).toBeGreaterThan(6);
  expect(log.text).not.toContain(SECRET);
  expect(log.text).not.toContain(ADMIN_KEY);
});

test('the line of an internal error does not repeat the row that PostgreSQL refuses', async () => {
  const check = `ALTER TABLE orders.order_secret ADD CHECK (external_id NOT LIKE '${SECRET}%')`;
  await withServer(api.databaseUrl, (client) => client.query(check));
  const body = order({ externalId: `${SECRET}-row` });
  const { status } = await api.call('POST', '/v1/orders', body, { 'Idempotency-Key': 'refused' });
  expect(status).toBe(500);
  const [line] = log.said('answered with an internal error');
  expect(line).toMatchObject({ route: '/v1/orders', err: { message: expect.stringContaining('check') } });
  expect(log.text).not.toContain(SECRET);
});
