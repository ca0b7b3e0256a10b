import { auditBooks } from '../../../src/audit/audit';
import { LogCapture } from '../../observability/support/log-capture';
import { runDirect } from '../../support/direct-saga';
import { copyRows, rebuildChanges } from '../../support/rebuilt-books';
import { eventually } from '../../support/saga-fixture';
import { withServer } from '../../support/test-database';
import { type Answer, type ApiUnderTest, startApi } from '../support/api-under-test';
import { openAccount, setUpCatalogue } from '../support/catalogue';

const WAIT = { Prefer: 'wait=10' };
const LINE = { sku: 'SKU-1', quantity: 2, unitPrice: 500 };
const BODY = { customerId: 'cust-1', currency: 'EUR', lines: [LINE], shipTo: { region: 'north' } };

const log = new LogCapture();
let api: ApiUnderTest;
let serial = 0;
beforeAll(async () => {
  api = await startApi({ logger: log.logger });
  api.stand.sagas = 'direct';
  await setUpCatalogue(api, 1_000);
  await openAccount(api, 'cust-1');
  await api.stores.apiKeys.put('hf_clerk', { caller: 'clerk', scopes: ['orders:write', 'orders:read'] });
});
afterAll(() => api.close());

interface Placed {
  readonly id: string;
  readonly key: string;
  readonly body: object;
  readonly own: { readonly externalId: string; readonly metadata: { readonly email: string } };
  readonly shown: Answer['json'];
}

/** Places an order with a text of its own in each personal field. */
async function place(): Promise<Placed> {
  const key = `personal-${++serial}`;
  const own = { externalId: `planted-name-${key}.`, metadata: { email: `planted-data-${key}.` } };
  const body = { ...BODY, ...own };
  const { status, json } = await api.call('POST', '/v1/orders', body, { 'Idempotency-Key': key, ...WAIT });
  expect([status, json.status]).toEqual([200, 'APPROVED']);
  return { id: json.id, key, body, own, shown: json };
}

const read = (id: string, query = '') => api.call('GET', `/v1/orders/${id}${query}`);
const erase = (id: string, headers?: Record<string, string>) =>
  api.call('DELETE', `/v1/orders/${id}/personal-data`, undefined, headers);
const erasures = async (id: string) =>
  (await api.call('GET', `/v1/orders/${id}/events`)).json.items.filter(
    ({ type }: { type: string }) => type === 'orders.personal-data-erased.v1',
  );
const found = async (query: string) =>
  (await api.call('GET', `/v1/orders?${query}`)).json.items.map(({ id }: { id: string }) => id);
const sql = (statement: string) => withServer(api.databaseUrl, (client) => client.query(statement));

/** Waits until no command is open. Returns the findings of an audit. */
async function audit() {
  await eventually(async () => expect(await api.stores.commands.countOpen(1)).toBe(0));
  return auditBooks(api.stores, { isQuiet: true });
}

/** Returns the tables of all stores in whose rows a text occurs. */
async function tablesWith(text: string): Promise<readonly string[]> {
  const rows = [...(await copyRows(api.stores))];
  return rows.flatMap(([table, copies]) => (copies.some((row) => row.includes(text)) ? [table] : []));
}

/** Changes rows, runs `check`, and restores the orders and their keys. */
async function damaged(statements: readonly string[], check: () => Promise<void>): Promise<void> {
  const saved = ['"order"', 'order_secret'];
  for (const [at, table] of saved.entries())
    await sql(`CREATE TABLE public.saved_${at} AS SELECT * FROM orders.${table}`);
  for (const statement of statements) await sql(statement);
  try {
    await check();
  } finally {
    for (const [at, table] of saved.entries()) {
      await sql(`TRUNCATE orders.${table}`);
      await sql(`INSERT INTO orders.${table} SELECT * FROM public.saved_${at}`);
      await sql(`DROP TABLE public.saved_${at}`);
    }
  }
}

test('no row, event, log line or start of a saga has personal data, but the secret of the order', async () => {
  const { id, own } = await place();
  const revision = { baseVersion: 1, lines: [{ ...LINE, lineId: '1', quantity: 3 }] };
  expect((await api.call('POST', `/v1/orders/${id}/revise`, revision, WAIT)).status).toBe(200);
  expect(await tablesWith(own.metadata.email)).toEqual([]);
  expect(await tablesWith(own.externalId)).toEqual(['orders.order_secret']);
  const { sealed = null } = (await api.stores.ordersReads.order(id)) ?? {};
  expect(await tablesWith(sealed ?? 'nothing is sealed')).toEqual([
    'orders.command',
    'orders.event',
    'orders.order',
  ]);

  const feed = await api.call('GET', '/v1/events?limit=1000');
  const timeline = await api.call('GET', `/v1/orders/${id}/events`);
  expect(feed.text).toContain(id);
  expect(timeline.json.items.length).toBeGreaterThan(3);
  const started = JSON.stringify(api.stand.started);
  expect(started).toContain(id);
  for (const text of [feed.text, timeline.text, started, log.text]) {
    expect(text).not.toContain('planted');
    expect(text).not.toContain(sealed?.slice(0, 40));
  }

  expect((await erase(id)).status).toBe(204);
  expect(await tablesWith(own.metadata.email)).toEqual([]);
  expect(await tablesWith(own.externalId)).toEqual([]);
});

test('an order shows its personal data before an erasure, also in its past, and afterwards that they are erased', async () => {
  const { id, own, shown } = await place();
  const moment = shown.updatedAt;
  const { externalId } = own;
  const queries = [`externalId=${externalId}`, `externalId=${externalId}&sku=SKU-1`];
  for (const answer of [await read(id), await read(id, `?asOf=${moment}`)]) {
    expect(answer.json).toMatchObject(own);
    expect(answer.json).not.toHaveProperty('personalData');
  }
  for (const query of queries) expect(await found(query)).toEqual([id]);
  expect(await found(`externalId=${externalId}&sku=SKU-2`)).toEqual([]);

  expect((await erase(id)).status).toBe(204);
  for (const answer of [await read(id), await read(id, `?asOf=${moment}`)]) {
    expect(answer.json).toMatchObject({ id, status: 'APPROVED', personalData: 'erased' });
    expect(answer.text).not.toContain('planted');
  }
  const listed = await api.call('GET', '/v1/orders?customerId=cust-1&limit=1');
  expect(listed.json.items).toEqual([(await read(id)).json]);
  for (const query of queries) expect(await found(query)).toEqual([]);
});

test('the audit and a rebuild agree with the rows before and after an erasure', async () => {
  const { id } = await place();
  expect(await audit()).toEqual([]);
  expect(await rebuildChanges(api.stores)).toEqual([]);
  expect((await read(id)).json).toHaveProperty('metadata');
  await erase(id);
  expect(await audit()).toEqual([]);
  expect(await rebuildChanges(api.stores)).toEqual([]);
  expect((await read(id)).json).toMatchObject({ personalData: 'erased' });
});

test('an erasure is one event and one act of its caller, however often and at once it is sent', async () => {
  const { id } = await place();
  const answers = await Promise.all(Array.from({ length: 8 }, () => erase(id)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 204));
  expect((await erase(id)).status).toBe(204);
  expect(await erasures(id)).toMatchObject([{ caller: 'tester', stream: `order/${id}`, data: {} }]);
  const { items } = (await api.call('GET', '/v1/audit?act=order.erase-personal-data&limit=1')).json;
  expect(items).toMatchObject([{ caller: 'tester', subject: id, detail: {} }]);
  expect(await audit()).toEqual([]);
});

test('erasures and revisions at the same time both take effect', async () => {
  const orders = await Promise.all(Array.from({ length: 6 }, () => place()));
  const answers = await Promise.all(
    orders.flatMap(({ id }) => [
      api.call(
        'POST',
        `/v1/orders/${id}/revise`,
        { baseVersion: 1, lines: [{ ...LINE, lineId: '1' }] },
        WAIT,
      ),
      erase(id),
    ]),
  );
  expect(answers.map(({ status }) => status)).toEqual(orders.flatMap(() => [200, 204]));
  for (const { id } of orders)
    expect((await read(id)).json).toMatchObject({ version: 2, personalData: 'erased' });
  expect(await audit()).toEqual([]);
});

test('an order that is not decided yet can be erased, and its saga goes on', async () => {
  api.stand.sagas = 'never';
  const key = { 'Idempotency-Key': 'undecided' };
  const { id } = (await api.call('POST', '/v1/orders', { ...BODY, externalId: 'planted-undecided' }, key))
    .json;
  expect((await erase(id)).status).toBe(204);
  expect((await read(id)).json).toMatchObject({ status: 'PENDING', personalData: 'erased' });
  api.stand.sagas = 'direct';
  await runDirect(api.stores, [...(await api.stores.commands.commands([id])).values()]);
  expect((await read(id)).json).toMatchObject({ status: 'APPROVED', personalData: 'erased' });
});

test('a repeat of the order after its erasure answers the order, and restores nothing', async () => {
  const { id, key, body, own } = await place();
  await erase(id);
  const again = await api.call('POST', '/v1/orders', body, { 'Idempotency-Key': key, ...WAIT });
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
  expect(again.json).toEqual((await read(id)).json);
  expect(again.json).toMatchObject({ id, personalData: 'erased' });
  expect(await tablesWith(own.externalId)).toEqual([]);
  const other = { ...body, externalId: 'another' };
  const reused = await api.call('POST', '/v1/orders', other, { 'Idempotency-Key': key });
  expect(reused.status).toBe(422);
});

test('an order without personal data stays as it is, and an unknown one is not found', async () => {
  const headers = { 'Idempotency-Key': 'nothing-personal', ...WAIT };
  const { json } = await api.call('POST', '/v1/orders', BODY, headers);
  const before = (await read(json.id)).json;
  expect((await erase(json.id)).status).toBe(204);
  expect((await read(json.id)).json).toEqual(before);
  expect(before).not.toHaveProperty('personalData');
  expect(await erasures(json.id)).toEqual([]);
  const unknown = await erase('ord_0000000000000000');
  expect([unknown.status, unknown.json.detail]).toEqual([
    404,
    expect.stringContaining('ord_0000000000000000'),
  ]);
});

test('an erasure needs the scope admin', async () => {
  const { id, own } = await place();
  const refused = await erase(id, { Authorization: 'Bearer hf_clerk' });
  expect([refused.status, refused.json.detail]).toEqual([403, expect.stringContaining('admin')]);
  expect((await read(id)).json).toMatchObject(own);
});

describe('changed rows', () => {
  test('the sealed text of another order does not open, not even with its key', async () => {
    const [one, other] = [await place(), await place()];
    const moves = [
      `UPDATE orders."order" o SET sealed = s.sealed FROM orders."order" s
        WHERE o.id = '${one.id}' AND s.id = '${other.id}'`,
      `UPDATE orders.order_secret o SET key = s.key FROM orders.order_secret s
        WHERE o.order_id = '${one.id}' AND s.order_id = '${other.id}'`,
    ];
    for (const statements of [moves.slice(0, 1), moves.slice(1), moves])
      await damaged(statements, async () => {
        const answer = await read(one.id);
        expect(answer.status).toBe(500);
        expect(answer.text).not.toContain('planted');
        expect((await read(other.id)).json).toMatchObject(other.own);
      });
    expect(log.text).toContain(`order ${one.id}: its key does not open its personal data`);
    expect(log.text).not.toContain('planted');
    await damaged(moves, async () => {
      expect(await audit()).toEqual([expect.stringMatching(new RegExp(`^order/${one.id}: sealed is `))]);
    });
    expect(await audit()).toEqual([]);
  });

  test('a lost key leaves the data erased, and the audit reports it', async () => {
    const { id } = await place();
    await damaged([`DELETE FROM orders.order_secret WHERE order_id = '${id}'`], async () => {
      expect((await read(id)).json).toMatchObject({ status: 'APPROVED', personalData: 'erased' });
      expect(await audit()).toEqual([`order/${id}: hasKey is false, by the log true.`]);
    });
  });

  test('a key that a backup brings back opens nothing, and the audit reports it', async () => {
    const { id } = await place();
    await sql(`CREATE TABLE public.backup AS SELECT * FROM orders.order_secret WHERE order_id = '${id}'`);
    await erase(id);
    await damaged(['INSERT INTO orders.order_secret SELECT * FROM public.backup'], async () => {
      expect((await read(id)).json).toMatchObject({ personalData: 'erased' });
      expect(await audit()).toEqual([`order/${id}: hasKey is true, by the log false.`]);
    });
  });
});
