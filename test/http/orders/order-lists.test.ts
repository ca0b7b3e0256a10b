import { auditBooks } from '../../../src/audit/audit';
import { eventually } from '../../support/saga-fixture';
import { type ApiUnderTest, startApi } from '../support/api-under-test';
import { openAccount, setUpCatalogue } from '../support/catalogue';

const BODY = {
  customerId: 'cust-1',
  currency: 'EUR',
  lines: [{ sku: 'SKU-1', quantity: 2, unitPrice: 500 }],
  shipTo: { region: 'north' },
};

let api: ApiUnderTest;
let serial = 0;
beforeAll(async () => {
  api = await startApi();
  api.stand.sagas = 'direct';
  await setUpCatalogue(api, 1_000);
  await api.call('PUT', '/v1/items/SKU-2', { name: 'Vase' });
  await api.call('POST', '/v1/feeds/wms', [
    {
      messageId: 'm',
      sequence: 1,
      sku: 'SKU-2',
      nodeId: 'wh-1',
      count: 50,
      observedAt: '2026-01-01T00:00:00Z',
    },
  ]);
  await openAccount(api, 'cust-1');
  await openAccount(api, 'cust-2');
});
afterAll(() => api.close());

async function place(changes: object = {}) {
  const headers = { 'Idempotency-Key': `key-${++serial}`, Prefer: 'wait=10' };
  const answer = await api.call('POST', '/v1/orders', { ...BODY, ...changes }, headers);
  expect(answer.status).toBe(200);
  return answer.json;
}

/** Reports that a node has accepted and sent a shipment. */
async function send(id: string): Promise<void> {
  for (const report of ['accept', 'ship']) {
    const answer = await api.call('POST', `/v1/shipments/${id}/${report}`, {}, { Prefer: 'wait=10' });
    expect(answer.status).toBe(200);
  }
  await eventually(async () => expect(await api.stores.commands.countOpen(1)).toBe(0));
}

/** Reads every page of a list, one row a page. */
async function all(path: string): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor = ''; ; ) {
    const page = await api.call('GET', `${path}${path.includes('?') ? '&' : '?'}limit=1${cursor}`);
    expect(page.status).toBe(200);
    ids.push(...page.json.items.map(({ id }: { id: string }) => id));
    if (!page.json.nextCursor) return ids;
    cursor = `&cursor=${page.json.nextCursor}`;
  }
}

describe('externalId and metadata of an order', () => {
  const OWN = { metadata: { cart: '4711', note: 'naïve' }, externalId: 'web 1', shippingMethod: 'express' };

  it('are in the order and in its past, and its events leave them out', async () => {
    const placed = await place(OWN);
    expect(placed).toMatchObject(OWN);
    const past = await api.call('GET', `/v1/orders/${placed.id}?asOf=${placed.updatedAt}`);
    expect(past.json).toMatchObject(OWN);
    const events = await api.call('GET', `/v1/orders/${placed.id}/events`);
    const { data } = events.json.items[0];
    expect(data).toMatchObject({ customerId: 'cust-1', shippingMethod: 'express' });
    for (const name of ['metadata', 'externalId', 'sealed']) expect(data).not.toHaveProperty(name);
    expect(await auditBooks(api.stores, { isQuiet: true })).toEqual([]);
  });

  it('are left out where the request has none', async () => {
    const placed = await place();
    for (const name of Object.keys(OWN)) expect(placed).not.toHaveProperty(name);
  });

  it.each([
    [{ 'no blanks': 'x' }, 'metadata'],
    [{ a: 1 }, 'metadata.a'],
    [{ a: 'x'.repeat(201) }, 'metadata.a'],
    [Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`n${at}`, 'x'])), 'metadata'],
  ])('are refused beyond their limits: %j', async (metadata, field) => {
    const answer = await api.call('POST', '/v1/orders', { ...BODY, metadata }, { 'Idempotency-Key': 'bad' });
    expect(answer.status).toBe(400);
    expect(answer.json.errors[0].field).toMatch(new RegExp(`^${field}`));
  });

  it('may cost nothing', async () => {
    const placed = await place({ lines: [{ sku: 'SKU-1', quantity: 1, unitPrice: 0 }] });
    expect([placed.status, placed.total]).toEqual(['APPROVED', 0]);
    const [shipment] = (await api.call('GET', `/v1/orders/${placed.id}/shipments`)).json.items;
    await send(shipment.id);
    const captured = await api.call('GET', `/v1/orders/${placed.id}`);
    expect([captured.json.status, captured.json.payment]).toEqual(['SHIPPED', 'captured']);
    expect(await auditBooks(api.stores, { isQuiet: true })).toEqual([]);
  });
});

describe('orders are found', () => {
  it('by customer, status, item, external id and time, page by page, newest first', async () => {
    const first = await place({ customerId: 'cust-2', externalId: 'ext-1' });
    const second = await place({
      customerId: 'cust-2',
      externalId: 'ext-1',
      lines: [
        { sku: 'SKU-2', quantity: 1, unitPrice: 1 },
        { sku: 'SKU-2', quantity: 2, unitPrice: 1 },
      ],
    });
    const third = await place({
      customerId: 'cust-2',
      lines: [{ sku: 'SKU-1', quantity: 9_999, unitPrice: 1 }],
    });
    expect(await all('/v1/orders?customerId=cust-2')).toEqual([third.id, second.id, first.id]);
    expect(await all('/v1/orders?customerId=cust-2&status=REJECTED')).toEqual([third.id]);
    expect(await all('/v1/orders?sku=SKU-2')).toEqual([second.id]);
    expect(await all('/v1/orders?sku=SKU-1&customerId=cust-2')).toEqual([third.id, first.id]);
    expect(await all('/v1/orders?externalId=ext-1')).toEqual([second.id, first.id]);
    const between = `createdFrom=${second.createdAt}&createdTo=${third.createdAt}`;
    expect(await all(`/v1/orders?customerId=cust-2&${between}`)).toEqual([second.id]);
    expect(await all('/v1/orders?externalId=none')).toEqual([]);
  });

  it('by the items of their content after a revision', async () => {
    const { id, version } = await place({ lines: [{ sku: 'SKU-2', quantity: 1, unitPrice: 1 }] });
    const body = { baseVersion: version, lines: [{ sku: 'SKU-1', quantity: 1, unitPrice: 1 }] };
    const revised = await api.call('POST', `/v1/orders/${id}/revise`, body, { Prefer: 'wait=10' });
    expect(revised.json.version).toBe(2);
    expect(await all('/v1/orders?sku=SKU-2')).not.toContain(id);
    expect(await all('/v1/orders?sku=SKU-1')).toContain(id);
    expect(await auditBooks(api.stores, { isQuiet: true })).toEqual([]);
  });

  it('refuses the cursor of another list', async () => {
    const cursor = Buffer.from('["a"]').toString('base64url');
    const answer = await api.call('GET', `/v1/orders?cursor=${cursor}`);
    expect([answer.status, answer.json.errors[0].field]).toEqual([400, 'cursor']);
  });
});

describe('shipments are found', () => {
  it('by node, state and deadline, the most urgent first', async () => {
    const placed = await place();
    const [shipment] = (await api.call('GET', `/v1/orders/${placed.id}/shipments`)).json.items;
    const released = await all('/v1/shipments?nodeId=wh-1&state=RELEASED');
    expect(released).toContain(shipment.id);
    const listed = (await api.call('GET', '/v1/shipments?nodeId=wh-1&state=RELEASED&limit=200')).json.items;
    expect(listed.find(({ id }: { id: string }) => id === shipment.id)).toEqual(shipment);
    const deadlines = listed.map(({ deadline }: { deadline: string }) => deadline);
    expect(deadlines).toEqual([...deadlines].sort());
    expect(await all(`/v1/shipments?dueBefore=${shipment.deadline}`)).not.toContain(shipment.id);
    await send(shipment.id);
    expect(await all('/v1/shipments?nodeId=wh-1&state=RELEASED')).not.toContain(shipment.id);
    expect((await all('/v1/shipments?nodeId=wh-1')).at(-1)).toBeDefined();
    expect(await all('/v1/shipments?state=SHIPPED')).toContain(shipment.id);
    expect(await all('/v1/shipments?nodeId=nowhere')).toEqual([]);
  });
});
