import { connect, type Event, type Holdfast, type Positioned, pages } from '../../client/holdfast-client';
import { ADMIN_KEY, type ApiUnderTest, startApi } from '../http/support/api-under-test';
import { openAccount, setUpCatalogue } from '../http/support/catalogue';
import { ORDER } from '../http/support/samples';
import { FaultyHttpProxy } from '../support/faulty-http-proxy';

let api: ApiUnderTest;
let proxy: FaultyHttpProxy;
let holdfast: Holdfast;
let customers = 0;

beforeAll(async () => {
  api = await startApi();
  api.stand.sagas = 'direct';
  proxy = await FaultyHttpProxy.before(api.url);
  holdfast = connect({ url: proxy.url, key: ADMIN_KEY, wait: 20 });
  await setUpCatalogue(api, 10_000);
});
afterAll(async () => {
  await proxy.close();
  await api.close();
});

async function aCustomer(): Promise<string> {
  const customerId = `customer-${++customers}`;
  await openAccount(api, customerId);
  return customerId;
}

async function place(customerId: string): Promise<string> {
  return (await holdfast.placeOrder({ body: { ...ORDER, customerId } })).id;
}

async function placeAll(customerId: string, count: number): Promise<readonly string[]> {
  return Promise.all(Array.from({ length: count }, () => place(customerId)));
}

describe('the orders of a listing', () => {
  it('are each there once while further orders arrive, also when a page is lost', async () => {
    const customerId = await aCustomer();
    const before = await placeAll(customerId, 9);
    const read: string[] = [];
    for await (const { id } of holdfast.orders({ customerId, limit: 2 })) {
      read.push(id);
      if (read.length % 2 === 0) proxy.next('cut-answer');
      await Promise.all([place(customerId), place(customerId)]);
    }
    expect(read).toHaveLength(new Set(read).size);
    expect(read.toSorted()).toEqual(before.toSorted());
  });

  it('can be those of any listing', async () => {
    for (const id of ['n-1', 'n-2', 'n-3'])
      await holdfast.putNode({ path: { id }, body: { name: id, kind: 'store', region: 'north' } });
    const read: string[] = [];
    for await (const { id } of pages((cursor) => holdfast.listNodes({ query: { ...cursor, limit: 2 } })))
      read.push(id);
    expect(read).toEqual(['n-1', 'n-2', 'n-3', 'wh-1']);
  });
});

describe('the event feed', () => {
  const TYPES = { types: ['orders.*'] } as const;
  const idsOf = (events: readonly Event[]) => events.map(({ id }) => id);

  async function allOf(from: Parameters<Holdfast['events']>[0]): Promise<readonly Positioned<Event>[]> {
    const events: Positioned<Event>[] = [];
    for await (const event of holdfast.events({ ...from, follow: false })) events.push(event);
    return events;
  }

  it('is read to its end, of the types asked for', async () => {
    const customerId = await aCustomer();
    const id = await place(customerId);
    const events = await allOf({ types: ['orders.order-recorded.v1', 'credit.*'] });
    expect(events.some(({ stream }) => stream === `order/${id}`)).toBe(true);
    expect(events.some(({ stream }) => stream === `credit/${customerId}`)).toBe(true);
    expect(events.some(({ type }) => type === 'orders.order-approved.v1')).toBe(false);
    const [one] = await allOf({ stream: `order/${id}` });
    expect(one).toMatchObject({ key: { kind: 'order', id }, version: 1 });
  });

  it('continues after a stored position: no event is lost, and the end of a page comes once', async () => {
    await placeAll(await aCustomer(), 4);
    const first = await allOf(TYPES);
    const middle = first[Math.floor(first.length / 2)];
    const end = first.at(-1);
    const later = await placeAll(await aCustomer(), 2);
    const all = idsOf(await allOf(TYPES));
    const fromEnd = idsOf(await allOf({ ...TYPES, after: end?.position ?? '' }));
    expect(fromEnd).toEqual(all.slice(first.length));
    expect(fromEnd.length).toBeGreaterThanOrEqual(later.length);
    const fromMiddle = idsOf(await allOf({ ...TYPES, after: middle?.position ?? 'none' }));
    expect(fromMiddle).toEqual(expect.arrayContaining(all.slice(all.indexOf(middle?.id ?? '') + 1)));
  });

  it('is followed as events happen, over lost pages, until the signal aborts', async () => {
    const known = idsOf(await allOf(TYPES));
    const stop = new AbortController();
    const seen: string[] = [];
    let placed = '';
    for await (const { id, key, type } of holdfast.events({ ...TYPES, signal: stop.signal })) {
      seen.push(id);
      if (seen.length === known.length) {
        placed = await place(await aCustomer());
        proxy.next('lost-answer', 'cut-answer');
      }
      if (key.kind === 'order' && key.id === placed && type === 'orders.order-approved.v1') stop.abort();
    }
    expect(seen).toEqual(idsOf(await allOf(TYPES)));
  });

  it('is left at once by a signal, also while the call waits for an event', async () => {
    const stop = new AbortController();
    proxy.calls.length = 0;
    const left = holdfast.events({ after: 'now', signal: stop.signal }).next();
    while (proxy.calls.length === 0) await new Promise(setImmediate);
    expect(proxy.calls[0]?.headers.prefer).toBe('wait=20');
    stop.abort();
    expect(await left).toEqual({ done: true, value: undefined });
    await proxy.untilStreamsEnd();
  });
});

describe('the live events of an order', () => {
  it('come once each, as they happen, over a broken connection', async () => {
    const id = await place(await aCustomer());
    const first = (await holdfast.listOrderEvents({ path: { id } })).items.length;
    const seen: string[] = [];
    let last = Number.POSITIVE_INFINITY;
    for await (const event of holdfast.orderEvents(id)) {
      seen.push(event.id);
      if (seen.length === first) {
        proxy.cut();
        await holdfast.cancelOrder({ path: { id } });
        last = (await holdfast.listOrderEvents({ path: { id } })).items.length;
      }
      if (seen.length === last) break;
    }
    const { items } = await holdfast.listOrderEvents({ path: { id } });
    expect(items.length).toBeGreaterThan(first);
    expect(seen.toSorted()).toEqual(items.map((event) => event.id).toSorted());
  });

  it('continue after a stored position', async () => {
    const id = await place(await aCustomer());
    const { items } = await holdfast.listOrderEvents({ path: { id } });
    const seen: string[] = [];
    for await (const { id: event, position } of holdfast.orderEvents(id)) {
      seen.push(event);
      for await (const next of holdfast.orderEvents(id, { after: position })) {
        seen.push(next.id);
        break;
      }
      break;
    }
    expect(seen).toEqual(items.slice(0, 2).map((event) => event.id));
  });

  it('leave no connection open when the caller leaves', async () => {
    const id = await place(await aCustomer());
    for await (const _ of holdfast.orderEvents(id)) break;
    await proxy.untilStreamsEnd();
  });

  it('of an unknown order throw the problem', async () => {
    const read = async () => {
      for await (const _ of holdfast.orderEvents('ord_0000000000000000')) break;
    };
    await expect(read()).rejects.toMatchObject({ type: 'not-found', status: 404 });
  });
});
