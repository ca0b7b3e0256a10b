import { auditBooks } from '../../src/audit/audit';
import { decideHoldCredit } from '../../src/domain/credit/account';
import { decideCapture } from '../../src/domain/credit/capture';
import { type ApiUnderTest, startApi } from './support/api-under-test';

let api: ApiUnderTest;
let serial = 0;
beforeAll(async () => {
  api = await startApi();
  await api.stores.apiKeys.put('hf_clerk', { caller: 'clerk', scopes: ['credit:write', 'credit:read'] });
  await api.stores.apiKeys.put('hf_reader', { caller: 'reader', scopes: ['credit:read'] });
});
afterAll(() => api.close());

const key = () => `key-${++serial}`;
const as = (name: string) => ({ Authorization: `Bearer hf_${name}` });
const path = (customer: string) => `/v1/credit-accounts/${customer}`;
const pay = (customer: string, idempotencyKey: string, body: unknown, headers = {}) =>
  api.call('POST', `${path(customer)}/payments`, body, { 'Idempotency-Key': idempotencyKey, ...headers });

/** Creates an account of 1,000 with an order of 300, of which 120 were captured. */
async function accountWithOrder(customerId: string): Promise<void> {
  await api.call('PUT', path(customerId), { limit: 1_000, currency: 'EUR' });
  const orderId = `ord_of_${customerId}`;
  const onAccount = { commandId: orderId, correlation: orderId, caller: 'tester', customerId, orderId };
  const { credit } = api.stores;
  await credit.step('holdCredit', [onAccount], (held) =>
    decideHoldCredit(held, { orderId, currency: 'EUR', amount: 300 }),
  );
  const captureId = `${orderId}/ship`;
  const capture = { orderId, captureId, shipmentId: 'shp_1', amount: 120, finalTotal: null };
  await credit.step('captureCredit', [{ ...onAccount, commandId: captureId }], (held) =>
    decideCapture(held, capture),
  );
}

describe('payments', () => {
  it('lower the captured credit and answer with the account', async () => {
    await accountWithOrder('ann');
    const before = {
      customerId: 'ann',
      currency: 'EUR',
      limit: 1_000,
      held: 180,
      captured: 120,
      available: 700,
    };
    expect((await api.call('GET', path('ann'))).json).toEqual(before);
    const paid = await pay('ann', key(), { amount: 50 });
    expect([paid.status, paid.headers.get('idempotent-replayed')]).toEqual([200, null]);
    expect(paid.json).toEqual({ ...before, captured: 70, available: 750 });
    expect((await api.call('GET', path('ann'))).json).toEqual(paid.json);
  });

  it('have one effect per key, also when sent many times at once', async () => {
    await accountWithOrder('bob');
    const one = key();
    const answers = await Promise.all(Array.from({ length: 8 }, () => pay('bob', one, { amount: 20 })));
    expect(answers.map(({ status, json }) => [status, json.captured])).toEqual(Array(8).fill([200, 100]));
    const replays = answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true');
    expect(replays).toHaveLength(7);
    await pay('bob', key(), { amount: 1 });
    const again = await pay('bob', one, { amount: 20 });
    expect([again.headers.get('idempotent-replayed'), again.json.captured]).toEqual(['true', 99]);
  });

  it('of another amount, or to another account, need another key', async () => {
    await accountWithOrder('cid');
    await accountWithOrder('dan');
    const one = key();
    await pay('cid', one, { amount: 20 });
    for (const other of [await pay('cid', one, { amount: 21 }), await pay('dan', one, { amount: 20 })])
      expect([other.status, other.json.type]).toEqual([422, '/problems/idempotency-key-reused']);
    expect((await api.call('GET', path('dan'))).json.captured).toBe(120);
    const clerk = await pay('cid', one, { amount: 21 }, as('clerk'));
    expect([clerk.status, clerk.json.captured]).toEqual([200, 79]);
  });

  it('of more than is owed count for the next shipments', async () => {
    await accountWithOrder('eve');
    const paid = await pay('eve', key(), { amount: 500 });
    expect(paid.json).toMatchObject({ held: 180, captured: -380, available: 1_200 });
  });
});

describe('payments that are refused', () => {
  it('beyond the limit for paying ahead name the amount, and leave their key free', async () => {
    await accountWithOrder('fay');
    await pay('fay', key(), { amount: 120 });
    await pay('fay', key(), { amount: 1_000_000_000_000 });
    const one = key();
    const refused = await pay('fay', one, { amount: 5 });
    expect(refused.status).toBe(409);
    expect(refused.json).toMatchObject({
      type: '/problems/refused',
      reason: 'PAYMENT_TOO_LARGE',
      errors: [{ field: 'amount', message: expect.stringContaining('5 paid') }],
    });
    expect((await api.call('GET', path('fay'))).json.captured).toBe(-1_000_000_000_000);
    await accountWithOrder('fox');
    expect((await pay('fox', one, { amount: 5 })).status).toBe(200);
  });

  it('are 404 for accounts that do not exist', async () => {
    expect((await pay('nobody', key(), { amount: 5 })).status).toBe(404);
    expect((await api.call('GET', path('nobody'))).status).toBe(404);
  });

  it.each<[string, unknown]>([
    ['nothing', {}],
    ['zero', { amount: 0 }],
    ['less', { amount: -5 }],
    ['a fraction', { amount: 0.5 }],
    ['too much', { amount: 1_000_000_000_001 }],
    ['text', { amount: '5' }],
    ['a huge number', '{"amount":1e400}'],
    ['a field too many', { amount: 5, currency: 'EUR' }],
    ['two amounts', '{"amount":5,"amount":6}'],
    ['no object', [5]],
  ])('of %s are bad requests', async (_what, body) => {
    await api.call('PUT', path('gil'), { limit: 1_000, currency: 'EUR' });
    const answer = await pay('gil', key(), body);
    expect([answer.status, answer.json.type]).toEqual([400, '/problems/invalid-request']);
    expect((await api.call('GET', path('gil'))).json.captured).toBe(0);
  });

  it('need an idempotency key and an API key with the scope', async () => {
    const missing = await api.call('POST', `${path('ann')}/payments`, { amount: 5 });
    expect([missing.status, missing.json.errors[0].field]).toEqual([400, 'Idempotency-Key']);
    expect((await pay('ann', key(), { amount: 5 }, as('reader'))).status).toBe(403);
    expect((await pay('ann', key(), { amount: 5 }, as('stranger'))).status).toBe(401);
  });

  it('leave the books balanced', async () => {
    const findings = await auditBooks(api.stores);
    expect(findings.filter((finding) => !finding.endsWith('is no order.'))).toEqual([]);
  });
});

describe('an account as of a moment', () => {
  const at = (customer: string, asOf: string) =>
    api.call('GET', `${path(customer)}?asOf=${encodeURIComponent(asOf)}`);

  it('equals at every event the read of that moment', async () => {
    await accountWithOrder('past');
    await pay('past', key(), { amount: 30 });
    await api.call('PUT', path('past'), { limit: 400, currency: 'EUR' });
    const where = { stream: 'credit/past' };
    const events = await api.stores.credit.client.event.findMany({ where, orderBy: { version: 'asc' } });
    const figures = [];
    for (const { occurredAt } of events) {
      const { limit, held, captured, available, asOf } = (await at('past', occurredAt.toISOString())).json;
      expect(asOf).toBe(occurredAt.toISOString());
      figures.push([limit, held, captured, available]);
    }
    expect(figures).toEqual([
      [1_000, 0, 0, 1_000],
      [1_000, 300, 0, 700],
      [1_000, 180, 120, 700],
      [1_000, 180, 90, 730],
      [400, 180, 90, 130],
    ]);
  });

  it('is 404 before it was opened, and refuses a moment in the future', async () => {
    await accountWithOrder('late');
    expect((await at('late', '2026-01-01T00:00:00Z')).status).toBe(404);
    expect((await at('never', '2026-01-01T00:00:00Z')).status).toBe(404);
    const ahead = await at('late', new Date(Date.now() + 60_000).toISOString());
    expect([ahead.status, ahead.json.errors]).toEqual([
      400,
      [{ field: 'asOf', message: 'must not lie in the future' }],
    ]);
  });
});
