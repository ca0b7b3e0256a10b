import { pages } from '../../../client/holdfast-client';
import { availability } from '../../../src/events/projections/availability-projection';
import { caughtUp, Relays } from '../../events/following';
import { type ApiUnderTest, startApi } from '../support/api-under-test';
import { countRow, setUpCatalogue } from '../support/catalogue';

interface Event {
  readonly stream: string;
  readonly version: number;
  readonly type: string;
}

let api: ApiUnderTest;
const relays = new Relays();

beforeAll(async () => {
  api = await startApi();
  relays.start(api.stores, availability);
  await setUpCatalogue(api, 10);
  await api.call('PUT', '/v1/credit-accounts/ann', { limit: 100, currency: 'EUR' });
  await caughtUp(api.stores, 'availability');
});

afterAll(async () => {
  await relays.stop();
  await api.close();
});

async function follow(query: string): Promise<{ events: Event[]; next: string; pages: number }> {
  const events: Event[] = [];
  let next: string | undefined;
  for (let pages = 1; ; pages++) {
    const after = next === undefined ? '' : `&after=${next}`;
    const { status, json } = await api.call('GET', `/v1/events?${query}${after}`);
    expect(status).toBe(200);
    events.push(...json.items);
    next = json.next as string;
    if (!json.more) return { events, next, pages };
  }
}

const named = ({ stream, version }: Pick<Event, 'stream' | 'version'>) => `${stream} ${version}`;

describe('the event feed', () => {
  it('has the events of every store, page by page, each once, each stream in order', async () => {
    const whole = await follow('limit=1000');
    expect(whole.events.map(named).sort()).toEqual([
      'credit/ann 1',
      'item/SKU-1 1',
      'node/wh-1 1',
      'source/wms 1',
      'stock/SKU-1/wh-1 1',
    ]);
    const single = await follow('limit=1');
    expect(single.events).toEqual(whole.events);
    expect(single.pages).toBeGreaterThanOrEqual(5);
  });

  it('continues after the cursor of the previous page', async () => {
    const { next } = await follow('limit=10');
    const row = countRow({ messageId: 'm-2', count: 11, sequence: 2 });
    await api.call('POST', '/v1/feeds/wms', [row]);
    const { json } = await api.call('GET', `/v1/events?after=${next}`);
    expect(json.items.map(named)).toEqual(['stock/SKU-1/wh-1 2']);
    expect(json.items[0]).toMatchObject({ type: 'inventory.supply-counted.v1', causation: 'm-2' });
  });

  it('filters by types and by stream', async () => {
    const ofTypes = await follow('types=credit.account-set.v1,inventory.node-set.v1');
    expect(ofTypes.events.map(({ stream }) => stream).sort()).toEqual(['credit/ann', 'node/wh-1']);
    const ofStream = await follow('stream=stock/SKU-1/wh-1&limit=1');
    expect(ofStream.events.map(({ version }) => version)).toEqual([1, 2]);
  });

  it.each([
    ['after=nonsense', 'after'],
    [`after=${Buffer.from('[["9:1:"],["1:1:"],["1:1:"]]').toString('base64url')}`, 'after'],
    [`after=${Buffer.from('[["1:1:"],["1:1:"]]').toString('base64url')}`, 'after'],
    ['types=Nonsense', 'types'],
    ['types=nobody.knows.v1', 'types'],
    ["stream='--", 'stream'],
    ['limit=1001', 'limit'],
    ['limit=0', 'limit'],
  ])('refuses %s', async (query, field) => {
    const { status, json } = await api.call('GET', `/v1/events?${query}`);
    expect([status, json.errors?.[0].field]).toEqual([400, field]);
  });
});

describe('the stock snapshot', () => {
  it('has every row with its version, page by page, and a place in the feed to go on from', async () => {
    const streams: string[] = [];
    let events = '';
    const rows = pages(async (cursor) => {
      const page = await api.holdfast.getStockSnapshot({ query: { ...cursor, limit: 1 } });
      ({ events } = page);
      return page;
    });
    for await (const row of rows) streams.push(named(row));
    expect(streams).toEqual(['stock/SKU-1/wh-1 2', 'item/SKU-1 1', 'node/wh-1 1', 'source/wms 1']);
    const { json } = await api.call('GET', `/v1/events?after=${events}&types=inventory.supply-counted.v1`);
    expect(json.items).toEqual([]);
  });

  it('refuses an invalid cursor', async () => {
    expect((await api.call('GET', '/v1/snapshots/stock?cursor=bm9uc2Vuc2U')).status).toBe(400);
  });
});

describe('subscriptions', () => {
  it('are listed with their lag', async () => {
    await caughtUp(api.stores, 'availability');
    const { json } = await api.call('GET', '/v1/subscriptions');
    expect(json.items).toEqual([
      expect.objectContaining({ name: 'availability', kind: 'projection', lagMs: 0, parked: [] }),
    ]);
  });

  it('process the log again after a reset', async () => {
    const before = await api.stores.availability.shelvesAfter(['', ''], 10);
    await api.stores.inventory.client.availabilityShelf.updateMany({ data: { version: 99 } });
    const answer = await api.call('POST', '/v1/subscriptions/availability/reset', { to: 'start' });
    expect(answer.status).toBe(202);
    await caughtUp(api.stores, 'availability');
    expect(await api.stores.availability.shelvesAfter(['', ''], 10)).toEqual(before);
  });

  it('a projection is reset to start only, and a reset takes only start or a moment', async () => {
    const reset = async (name: string, to: string) =>
      (await api.call('POST', `/v1/subscriptions/${name}/reset`, { to })).status;
    expect(await reset('availability', '2026-01-01T00:00:00Z')).toBe(409);
    expect(await reset('availability', 'yesterday')).toBe(400);
    expect(await reset('nobody', 'start')).toBe(404);
  });
});

describe('stock at a moment in the past', () => {
  const at = (moment: string) => api.call('GET', `/v1/stock/SKU-1?asOf=${moment}`);

  it('is folded from the log: before the first event, and at each event', async () => {
    const { events } = await follow('stream=stock/SKU-1/wh-1');
    const [first, second] = events as (Event & { occurredAt: string })[];
    const before = new Date(Date.parse(first?.occurredAt ?? '') - 1).toISOString();
    expect((await at(before)).json).toMatchObject({
      nodes: [{ nodeId: 'wh-1', supply: null, freshness: 'unknown', atp: 0 }],
      atp: 0,
      asOf: before,
    });
    expect((await at(first?.occurredAt ?? '')).json.nodes).toMatchObject([{ supply: 10, atp: 10 }]);
    expect((await at(second?.occurredAt ?? '')).json.nodes).toMatchObject([{ supply: 11, atp: 11 }]);
    const { json: now } = await api.call('GET', '/v1/stock/SKU-1');
    expect((await at(second?.occurredAt ?? '')).json.nodes).toEqual(now.nodes);
    expect((await at('2020-01-01T00:00:00Z')).json.nodes).toEqual([]);
  });

  it('refuses a moment in the future, and answers 404 for unknown items', async () => {
    expect((await at('2100-01-01T00:00:00Z')).json.errors[0].field).toBe('asOf');
    expect((await api.call('GET', '/v1/stock/NOPE?asOf=2026-01-01T00:00:00Z')).status).toBe(404);
  });
});

test('the event feed begins after the newest event when the reader asks for `now`', async () => {
  const { items, next, more } = (await api.call('GET', '/v1/events?after=now')).json;
  expect([items, more]).toEqual([[], false]);
  await api.call('PUT', '/v1/nodes/wh-9', { name: 'Later', kind: 'warehouse', region: 'north' });
  const later = (await api.call('GET', `/v1/events?after=${next}`)).json;
  expect(later.items.map(named)).toEqual(['node/wh-9 1']);
});
