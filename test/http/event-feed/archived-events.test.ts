import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { auditBooks } from '../../../src/audit/audit';
import { age, archive } from '../../support/aged-logs';
import { eventually } from '../../support/saga-fixture';
import { type Answer, type ApiUnderTest, startApi } from '../support/api-under-test';
import { openAccount, setUpCatalogue } from '../support/catalogue';

const WAIT = { Prefer: 'wait=10' };

let api: ApiUnderTest;
let folder: string;
/** A cursor from before the archive, in the middle of the events that it took. */
let cursor: string;
let old: Answer['json'];
let young: Answer['json'];
let until: string;
let early: string;

beforeAll(async () => {
  api = await startApi();
  api.stand.sagas = 'direct';
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-archive-'));
  await setUpCatalogue(api, 1_000);
  await openAccount(api, 'cust-1');
  old = await place('old');
  early = old.createdAt;
  cursor = (await read('/v1/events?limit=10')).json.next;
  await age(api.stores);
  young = await place('young');
  await archive(api.stores, folder);
  until = (await read('/v1/events')).json.archivedUntil.orders;
});

afterAll(async () => {
  await api.close();
  rmSync(folder, { recursive: true, force: true });
});

const read = (target: string, headers?: Record<string, string>) =>
  api.call('GET', target, undefined, headers);

async function place(key: string): Promise<Answer['json']> {
  const body = {
    customerId: 'cust-1',
    currency: 'EUR',
    lines: [{ sku: 'SKU-1', quantity: 2, unitPrice: 500 }],
    shipTo: { region: 'north' },
  };
  const { status, json } = await api.call('POST', '/v1/orders', body, { 'Idempotency-Key': key, ...WAIT });
  expect([status, json.status]).toEqual([200, 'APPROVED']);
  await eventually(async () => expect(await api.stores.commands.countOpen(1)).toBe(0));
  return json;
}

/** The problem that answers a request from before the start of the log. */
function archived(field: string) {
  return {
    status: 410,
    json: {
      type: '/problems/events-archived',
      title: 'The events are archived',
      errors: [{ field, message: expect.stringMatching(/\d{4}-\d\d-\d\dT[\d:.]+Z/) }],
    },
  };
}

test.each([
  ['an order', () => `/v1/orders/${old.id}`],
  ['stock', () => '/v1/stock/SKU-1'],
  ['availability', () => '/v1/availability?sku=SKU-1&region=north'],
  ['an account', () => '/v1/credit-accounts/cust-1'],
])(
  '%s as of a moment before the start of the log is refused, and read as of the start',
  async (_, target) => {
    const at = (moment: string) => `${target()}${target().includes('?') ? '&' : '?'}asOf=${moment}`;
    expect(await read(at(early))).toMatchObject(archived('asOf'));
    expect((await read(at(young.updatedAt))).status).toBe(200);
  },
);

test('an order whose events are archived is read as it was at the end of them', async () => {
  const { json } = await read(`/v1/orders/${old.id}?asOf=${until}`);
  expect(json).toMatchObject({ id: old.id, status: 'APPROVED', updatedAt: old.updatedAt });
});

test('the feed begins with the acts of the audit log and the events after its start, and says until when events are archived', async () => {
  const { status, json } = await read('/v1/events?limit=1000');
  expect(status).toBe(200);
  expect(json.archivedUntil).toEqual({
    orders: expect.any(String),
    inventory: expect.any(String),
    credit: expect.any(String),
  });
  const about = json.items.map(({ correlation }: { correlation: string }) => correlation);
  expect(about).toContain(young.id);
  expect(about).not.toContain(old.id);
  expect(json.items.map(({ type }: { type: string }) => type)).toContain('inventory.item-set.v1');
  expect((await read(`/v1/events?after=${json.next}`)).json).not.toHaveProperty('archivedUntil');
});

test('the feed of one stream begins after its archived events', async () => {
  const { json } = await read('/v1/events?stream=stock/SKU-1/wh-1&limit=1000');
  expect(json.archivedUntil.inventory).toEqual(expect.any(String));
  expect(json.items[0]?.version ?? 2).toBeGreaterThan(1);
});

test('a cursor before the start of the log is refused, by its field', async () => {
  expect(await read(`/v1/events?after=${cursor}`)).toMatchObject(archived('after'));
  expect(await read('/v1/events', { 'Last-Event-ID': cursor })).toMatchObject(archived('Last-Event-ID'));
});

test('the timeline of an order says until when its events are archived', async () => {
  const ofOld = await read(`/v1/orders/${old.id}/events`);
  expect([ofOld.status, ofOld.json]).toMatchObject([200, { items: [], archivedUntil: expect.any(String) }]);
  const ofYoung = await read(`/v1/orders/${young.id}/events`);
  expect(ofYoung.json.items.length).toBeGreaterThan(2);
  expect(ofYoung.json).not.toHaveProperty('archivedUntil');
});

test('a subscription is reset to the start, and to no moment before it', async () => {
  const { orders } = api.stores.subscriptions;
  await orders.register({ name: 'note', kind: 'reaction', revision: 1 });
  const reset = (to: string) => api.call('POST', '/v1/subscriptions/note/reset', { to });
  expect(await reset(early)).toMatchObject(archived('to'));
  expect((await reset('start')).status).toBe(202);
});

test('events before the start are not replayed to a webhook', async () => {
  await api.call('PUT', '/v1/webhooks/hook', { url: 'https://example.com/hook' });
  const replay = (from: string) => api.call('POST', '/v1/webhooks/hook/replay', { from });
  expect(await replay(early)).toMatchObject(archived('from'));
  expect((await replay(young.updatedAt)).status).toBe(202);
});

test('an order whose events are archived is changed as before, and its books balance', async () => {
  const { status, json } = await api.call('POST', `/v1/orders/${old.id}/cancel`, undefined, WAIT);
  expect([status, json.status]).toEqual([200, 'CANCELLED']);
  await eventually(async () => expect(await api.stores.commands.countOpen(1)).toBe(0));
  expect((await api.call('DELETE', `/v1/orders/${old.id}/personal-data`)).status).toBe(204);
  expect(await auditBooks(api.stores)).toEqual([]);
});

test('the audit log has the archive, and the settings from before it', async () => {
  const acts = (await read('/v1/audit?limit=100')).json.items.map(({ act }: { act: string }) => act);
  expect(acts).toEqual(expect.arrayContaining(['log.archive', 'item.set', 'node.set']));
});
