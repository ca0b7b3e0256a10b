import { availability } from '../../../src/events/projections/availability-projection';
import { caughtUp, Relays } from '../../events/following';
import { ADMIN_KEY, type ApiUnderTest, startApi } from '../support/api-under-test';
import { countRow, setUpCatalogue } from '../support/catalogue';

let api: ApiUnderTest;
const relays = new Relays();

beforeAll(async () => {
  api = await startApi();
  relays.start(api.stores, availability);
  await setUpCatalogue(api, 10);
  await caughtUp(api.stores, 'availability');
});

afterAll(async () => {
  await relays.stop();
  await api.close();
});

let sequence = 10;
async function counted(count: number): Promise<void> {
  sequence += 1;
  await api.call('POST', '/v1/feeds/wms', [countRow({ messageId: `m-${sequence}`, count, sequence })]);
}

async function latest(after?: string, prefer = '') {
  const query = after === undefined ? '' : `?after=${after}`;
  const { status, json } = await api.call('GET', `/v1/latest/stock${query}`, undefined, { Prefer: prefer });
  expect(status).toBe(200);
  return json;
}

const countOf = ({ items }: { items: { state: { stock: { supplies: { count: number }[] } } }[] }) =>
  items.map(({ state }) => state.stock.supplies[0]?.count);

describe('the latest stock', () => {
  it('begins with every item at every node, and goes on with what has changed, once', async () => {
    const first = await latest();
    expect(first.items).toMatchObject([{ key: { kind: 'stock', sku: 'SKU-1', nodeId: 'wh-1' } }]);
    for (const count of [11, 12, 13]) await counted(count);
    await caughtUp(api.stores, 'availability');
    const second = await latest(first.next);
    expect(countOf(second)).toEqual([13]);
    expect(await latest(second.next)).toMatchObject({ items: [], more: false });
  });

  it('answers a waiting caller as soon as stock has changed', async () => {
    const { next } = await latest();
    const waiting = latest(next, 'wait=20');
    await counted(20);
    expect(countOf(await waiting)).toEqual([20]);
  });

  it('has everything again after the projection was reset', async () => {
    const { next } = await latest();
    await api.stores.subscriptions.inventory.restart('availability', 'start', { caller: 'tester' });
    await caughtUp(api.stores, 'availability');
    expect(countOf(await latest(next))).toEqual([20]);
  });

  it.each(['nonsense', 'bnVsbA', 'WzFd'])('refuses the cursor %s', async (after) => {
    expect((await api.call('GET', `/v1/latest/stock?after=${after}`)).status).toBe(400);
  });
});

describe('the event feed as a stream', () => {
  /** Reads messages of the stream until it has seen this many events. */
  async function follow(query: string, count: number, lastId?: string) {
    const stop = new AbortController();
    const response = await fetch(`${api.url}/v1/events${query}`, {
      headers: {
        authorization: `Bearer ${ADMIN_KEY}`,
        accept: 'text/event-stream',
        ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
      },
      signal: stop.signal,
    });
    expect(response.status).toBe(200);
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      if (text.split('\ndata: ').length > count && text.endsWith('\n\n')) break;
    }
    stop.abort();
    const messages = text.split('\n\n').filter((message) => message.includes('data: '));
    return messages.map((message) => ({
      id: /^id: (.*)$/m.exec(message)?.[1],
      event: JSON.parse(/^data: (.*)$/m.exec(message)?.[1] ?? '{}') as { type: string; version: number },
    }));
  }

  it('has the events so far, then each new one, and resumes after the last id', async () => {
    const type = 'inventory.supply-counted.v1';
    const { json } = await api.call('GET', `/v1/events?types=${type}&limit=1000`);
    const known = json.items.map(({ version }: { version: number }) => version);
    const soFar = await follow(`?types=${type}`, known.length);
    const [following, resuming] = [
      follow(`?types=${type}`, known.length + 1),
      follow(`?types=${type}`, 1, soFar.at(-1)?.id),
    ];
    await counted(21);
    const newest = (await following).at(-1)?.event;
    expect(soFar.map(({ event }) => event.version)).toEqual(known);
    expect((await following).map(({ event }) => event.version)).toEqual([...known, newest?.version]);
    expect(newest?.version).toBeGreaterThan(Math.max(...known));
    expect((await resuming).map(({ event }) => event)).toEqual([newest]);
  });

  it('ends when the process stops', async () => {
    const response = await fetch(`${api.url}/v1/events?types=credit.nothing.v1`, {
      headers: { authorization: `Bearer ${ADMIN_KEY}`, accept: 'text/event-stream' },
    });
    await api.deps.eventWaits.stop();
    expect(await response.text()).toBe('');
  });
});
