import { type ApiUnderTest, startApi } from '../support/api-under-test';

const LONG = { Prefer: 'wait=20' };
const PUT = { name: 'N', kind: 'store', region: 'north' };

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

async function end(query = ''): Promise<string> {
  const { status, json } = await api.call('GET', `/v1/events?limit=1000${query}`);
  expect([status, json.more]).toEqual([200, false]);
  return json.next;
}

const types = (answer: { json: { items: { type: string }[] } }) => answer.json.items.map(({ type }) => type);

describe('a reader of the event feed that waits', () => {
  it('is answered as soon as a matching event commits', async () => {
    const after = await end();
    const waiting = api.call('GET', `/v1/events?types=credit.*&after=${after}`, undefined, LONG);
    await api.call('PUT', '/v1/nodes/n-1', PUT);
    const others = api.call('GET', `/v1/events?stream=node/n-2&after=${after}`, undefined, LONG);
    await api.call('PUT', '/v1/credit-accounts/ann', { limit: 1, currency: 'EUR' });
    const answer = await waiting;
    expect([answer.status, types(answer)]).toEqual([200, ['credit.account-set.v1']]);
    expect(answer.headers.get('preference-applied')).toBe('wait=20');
    await api.call('PUT', '/v1/nodes/n-2', PUT);
    expect(types(await others)).toEqual(['inventory.node-set.v1']);
  });

  it('is answered without events when the wait ends, and continues from that cursor', async () => {
    const after = await end();
    const begun = performance.now();
    const answer = await api.call('GET', `/v1/events?after=${after}`, undefined, { Prefer: 'wait=1' });
    expect([answer.status, types(answer), answer.json.more]).toEqual([200, [], false]);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(990);
    await api.call('PUT', '/v1/nodes/n-3', PUT);
    const next = await api.call('GET', `/v1/events?after=${answer.json.next}`, undefined, LONG);
    expect(types(next)).toEqual(['inventory.node-set.v1']);
  });
});

describe('types of the event feed', () => {
  it('name all of a store with a star, beside single types of others', async () => {
    await api.call('PUT', '/v1/items/I-1', { name: 'I' });
    const all = await api.call('GET', '/v1/events?limit=1000');
    const ofStores = await api.call(
      'GET',
      '/v1/events?limit=1000&types=inventory.*,credit.account-set.v1,inventory.item-set.v1',
    );
    expect(types(ofStores)).toEqual(types(all));
    const one = await api.call('GET', '/v1/events?types=orders.*,inventory.item-set.v1');
    expect(types(one)).toEqual(['inventory.item-set.v1']);
  });

  it.each(['*', 'inventory.*.v1', 'inventory*', 'nothing.*'])('do not name %s', async (given) => {
    const { status, json } = await api.call('GET', `/v1/events?types=${given}`);
    expect([status, json.errors[0].field]).toEqual([400, 'types']);
  });
});
