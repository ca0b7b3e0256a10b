import { setTimeout as sleep } from 'node:timers/promises';
import { LogWriter } from '../../events/log-writers';
import { SeededRandom } from '../../stores/seeded-random';
import { type ApiUnderTest, startApi } from '../support/api-under-test';
import { FollowedOrder, type Received } from '../support/followed-order';
import { approveRecorded } from '../support/recorded-orders';

const STREAM = { Accept: 'text/event-stream' };
const STORES = ['orders', 'credit', 'inventory'] as const;

let api: ApiUnderTest;
let serial = 0;
const followed: FollowedOrder[] = [];
const writers: LogWriter[] = [];

beforeAll(async () => {
  api = await startApi();
});
afterEach(async () => {
  await Promise.all(followed.splice(0).map((one) => one.leave()));
  await Promise.all(writers.splice(0).map((writer) => writer.end()));
});
afterAll(() => api.close());

/** Creates a recorded order that no saga carries. */
async function place(): Promise<string> {
  const lines = [{ sku: 'SKU-1', quantity: 2, unitPrice: 500 }];
  const body = { customerId: 'cust-1', currency: 'EUR', lines, shipTo: { region: 'north' } };
  const keyed = { 'Idempotency-Key': `key-${++serial}` };
  return (await api.call('POST', '/v1/orders', body, keyed)).json.id;
}

/** Creates an approved order: two events. */
async function anOrder(): Promise<string> {
  const id = await place();
  await approveRecorded(api.stores, [id]);
  return id;
}

async function follow(id: string, lastEventId?: string): Promise<FollowedOrder> {
  const one = await FollowedOrder.open(api.url, id, lastEventId);
  followed.push(one);
  return one;
}

async function writer(store: (typeof STORES)[number] = 'inventory'): Promise<LogWriter> {
  const one = await LogWriter.connect(api.databaseUrl, store);
  writers.push(one);
  return one;
}

async function timeline(id: string): Promise<readonly unknown[]> {
  return (await api.call('GET', `/v1/orders/${id}/events`)).json.items;
}

const dataOf = (messages: readonly Received[]) => messages.map(({ data }) => data);
const entryOf = ({ data: { store, stream, version } }: Received) => `${store} ${stream} ${version}`;

describe('following an order', () => {
  it('sends the past events and then each new one, equal to the timeline', async () => {
    const id = await place();
    expect(await timeline(id)).toHaveLength(1);
    const stream = await follow(id);
    await stream.until(1);
    await approveRecorded(api.stores, [id]);
    await stream.until(2);
    const credit = await writer('credit');
    await credit.append('account/cust-1', 'credit.test.v1', {}, id);
    const messages = await stream.until(3);
    expect(messages.map(({ event }) => event)).toEqual([
      'orders.order-recorded.v1',
      'orders.order-approved.v1',
      'credit.test.v1',
    ]);
    expect(dataOf(messages)).toEqual(await timeline(id));
    expect(new Set(messages.map((message) => message.id)).size).toBe(3);
  });

  it('resumes after any message without a gap or a repeat', async () => {
    const id = await anOrder();
    const [credit, inventory] = [await writer('credit'), await writer()];
    for (let round = 0; round < 120; round++) {
      await inventory.append(`stock/SKU-${round % 7}/wh-1`, 'inventory.test.v1', { round }, id);
      if (round % 9 === 0) await credit.append(`account/${id}`, 'credit.test.v1', { round }, id);
    }
    const all = await timeline(id);
    expect(all.length).toBeGreaterThan(130);
    const stream = await follow(id);
    const messages = await stream.until(all.length);
    expect(dataOf(messages)).toEqual(all);
    const goesOnAfter = async (index: number) => {
      const again = await follow(id, messages[index]?.id);
      const rest = all.slice(index + 1);
      expect(dataOf(await again.until(rest.length))).toEqual(rest);
      await again.leave();
    };
    const indices = messages.map((_, index) => index);
    for (let from = 0; from < indices.length; from += 16) {
      await Promise.all(indices.slice(from, from + 16).map(goesOnAfter));
    }
    const atTheEnd = await follow(id, messages.at(-1)?.id);
    await inventory.append('stock/SKU-1/wh-1', 'inventory.last.v1', {}, id);
    expect((await atTheEnd.until(1)).map(({ event }) => event)).toEqual(['inventory.last.v1']);
  });

  it('resumes from the middle with the events logged since, while others follow', async () => {
    const id = await anOrder();
    const other = await follow(id);
    const [first] = await other.until(2);
    const inventory = await writer();
    await inventory.append('stock/SKU-1/wh-3', 'inventory.since.v1', {}, id);
    await (await writer('orders')).append('order/since', 'orders.since.v1', {}, id);
    await other.until(4);
    const again = await follow(id, first?.id);
    const events = (await again.until(3)).map(({ event }) => event);
    expect(events.sort()).toEqual(['inventory.since.v1', 'orders.order-approved.v1', 'orders.since.v1']);
  });

  it('leaves out the events of other orders', async () => {
    const [id, other] = [await anOrder(), await anOrder()];
    const stream = await follow(id);
    await stream.until(2);
    const inventory = await writer();
    await inventory.append('stock/SKU-1/wh-2', 'inventory.test.v1', {}, other);
    await inventory.append('stock/SKU-1/wh-2', 'inventory.test.v1', {}, id);
    const messages = await stream.until(3);
    expect(messages.map(({ data }) => data.correlation)).toEqual([id, id, id]);
  });
});

describe('an event that commits late', () => {
  it('is not skipped, whether the stream continues or is resumed', async () => {
    const id = await anOrder();
    const stream = await follow(id);
    await stream.until(2);
    const [late, early] = [await writer(), await writer()];
    await late.begin();
    await late.append('stock/late', 'inventory.late.v1', {}, id);
    await early.append('stock/early', 'inventory.early.v1', {}, id);
    const { id: last } = (await stream.until(3))[2] ?? {};
    const again = await follow(id, last);
    await early.append('stock/early', 'inventory.early.v1', {}, id);
    await Promise.all([stream.until(4), again.until(1)]);
    await late.commit();
    const expected = ['inventory.early.v1', 'inventory.early.v1', 'inventory.late.v1'];
    expect((await stream.until(5)).slice(2).map(({ event }) => event)).toEqual(expected);
    expect((await again.until(2)).map(({ event }) => event)).toEqual(expected.slice(1));
  });

  it(`is never skipped or sent twice, and streams keep their order (seed ${SeededRandom.seed})`, async () => {
    const random = new SeededRandom();
    const id = await anOrder();
    let written = 2;
    let isWriting = true;
    const write = async (store: (typeof STORES)[number]) => {
      const own = await writer(store);
      for (let round = 0; round < 25; round++) {
        await own.begin();
        await sleep(random.below(6));
        const stream = `test/${random.below(3)}`;
        await own.lock(`${store}/${stream}`);
        await own.append(stream, `${store}.test.v1`, {}, id);
        await sleep(random.below(6));
        const isKept = random.below(8) > 0;
        await (isKept ? own.commit() : own.rollback());
        if (isKept) written += 1;
      }
    };
    const follower = async () => {
      const seen: Received[] = [];
      while (isWriting || seen.length < written) {
        const stream = await follow(id, seen.at(-1)?.id);
        const wanted = Math.min(1 + random.below(12), isWriting ? 12 : written - seen.length);
        // While others write, fewer events than wanted may come.
        await Promise.race([stream.until(wanted), sleep(150)]);
        await stream.leave();
        seen.push(...stream.messages);
      }
      return seen;
    };
    const writing = Promise.all([...STORES, ...STORES].map(write)).finally(() => {
      isWriting = false;
    });
    const [all] = await Promise.all([Promise.all([follower(), follower(), follower()]), writing]);
    const logged = (await timeline(id)).map((data) => entryOf({ id: '', event: '', data }));
    expect(logged).toHaveLength(written);
    for (const seen of all) {
      const entries = seen.map(entryOf);
      expect([...entries].sort()).toEqual([...logged].sort());
      for (const name of new Set(seen.map(({ data: { store, stream } }) => `${store} ${stream} `))) {
        const versions = entries
          .filter((entry) => entry.startsWith(name))
          .map((entry) => Number(entry.slice(name.length)));
        expect(versions).toEqual(versions.map((_, index) => index + 1));
      }
    }
  });
});

describe('a request for the timeline', () => {
  it('gets JSON or a stream by its Accept header', async () => {
    const id = await anOrder();
    const answers = [];
    for (const Accept of [
      '*/*',
      'application/*',
      'text/event-stream;q=0.5, application/json',
      'text/*;q=0, */*',
    ]) {
      answers.push(await api.call('GET', `/v1/orders/${id}/events`, undefined, { Accept }));
    }
    expect(answers.map(({ status, json }) => [status, json.items.length])).toEqual(
      answers.map(() => [200, 2]),
    );
    const neither = await api.call('GET', `/v1/orders/${id}/events`, undefined, { Accept: 'text/html' });
    expect([neither.status, neither.json.errors[0].field]).toEqual([406, 'Accept']);
  });

  it('has headers that keep proxies from buffering or caching the stream', async () => {
    const { response } = await follow(await anOrder());
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-accel-buffering': 'no',
      'x-request-id': expect.any(String),
    });
  });

  it('is 404 for an unknown order, and needs the scope orders:read', async () => {
    const unknown = await api.call('GET', '/v1/orders/ord_0000000000000000/events', undefined, STREAM);
    expect(unknown.status).toBe(404);
    await api.stores.apiKeys.put('hf_writes_only', { caller: 'other', scopes: ['orders:write'] });
    const headers = { ...STREAM, Authorization: 'Bearer hf_writes_only' };
    const id = await anOrder();
    expect((await api.call('GET', `/v1/orders/${id}/events`, undefined, headers)).status).toBe(403);
  });

  it.each(['', 'nonsense', 'bnVsbA', Buffer.from('[["1:1:"],["1:1:"],["9:1:"]]').toString('base64url')])(
    'is refused after a message that never was: %p',
    async (last) => {
      const id = await anOrder();
      const headers = { ...STREAM, 'Last-Event-ID': last };
      const { status, json } = await api.call('GET', `/v1/orders/${id}/events`, undefined, headers);
      expect([status, json.errors?.[0].field]).toEqual([400, 'Last-Event-ID']);
    },
  );
});
