import { itemAtNodes } from '../../support/item-at-nodes';
import { rowOf } from '../../support/order-changes';
import { eventually } from '../../support/saga-fixture';
import { holdBack } from '../../support/saga-sabotage';
import { allStoredOf, type LiveApi, newKey, openLiveApi, placeOrder } from '../support/live-api';

const WAIT = { Prefer: 'wait=20' };

let api: LiveApi;
beforeAll(async () => {
  api = await openLiveApi();
});
afterAll(async () => expect(await api.close()).toEqual([]));

type Headers = Record<string, string>;
const cancel = (id: string, headers: Headers = WAIT, body?: unknown) =>
  api.call('POST', `/v1/orders/${id}/cancel`, body, headers);
const revise = (id: string, body: unknown, headers: Headers = WAIT) =>
  api.call('POST', `/v1/orders/${id}/revise`, body, headers);
const report = (id: string, what: string) => api.call('POST', `/v1/shipments/${id}/${what}`, undefined, WAIT);
const read = async (orderId: string) => (await api.call('GET', `/v1/orders/${orderId}`)).json;

async function anOrder(units: Readonly<Record<string, number>> = { 'wh-north': 9 }, quantity = 3) {
  const sku = await itemAtNodes(api.fixture, units);
  const order = await placeOrder(api, sku, quantity);
  const to = (wanted: number, unitPrice = 100, baseVersion = 1) => ({
    baseVersion,
    lines: [{ lineId: '1', sku, quantity: wanted, unitPrice }],
  });
  return { sku, order, to, id: order.id as string };
}

async function send(orderId: string, at: number, ...whats: readonly string[]) {
  const { items } = (await api.call('GET', `/v1/orders/${orderId}/shipments`)).json;
  for (const what of whats) expect((await report(items[at].id, what)).status).toBe(200);
}

const storedOf = (orderId: string) => allStoredOf(api, orderId);

describe('cancelling', () => {
  it('releases the units that have not shipped', async () => {
    const { id } = await anOrder();
    const { status, json, headers } = await cancel(id);
    expect([status, headers.get('preference-applied')]).toEqual([200, 'wait=20']);
    expect(json).toMatchObject({ id, status: 'CANCELLED', payment: 'unpaid', total: 0 });
    expect(json.lastCommand).toMatchObject({ kind: 'cancel', outcome: 'done' });
  });

  it('answers 202 without a wait, and completes', async () => {
    const { id } = await anOrder();
    const { status, json, headers } = await cancel(id, {});
    expect([status, json]).toEqual([202, { id, status: expect.stringMatching(/^CANCEL/) }]);
    expect(headers.get('location')).toBe(`/v1/orders/${id}`);
    await eventually(async () => expect((await read(id)).status).toBe('CANCELLED'));
  });

  it('after a shipment releases only the units that have not shipped', async () => {
    const { id } = await anOrder({ 'wh-north': 2, 'wh-south': 2 }, 4);
    await send(id, 0, 'accept', 'ship');
    const { json } = await cancel(id);
    expect(json).toMatchObject({ status: 'SHIPPED', total: 200, lines: [{ cancelled: 2 }] });
    const { items } = (await api.call('GET', `/v1/orders/${id}/shipments`)).json;
    expect(items.map(({ state }: { state: string }) => state)).toEqual(['SHIPPED', 'CANCELLED']);
    expect((await cancel(id)).status).toBe(409);
  });
});

describe('revising', () => {
  it('changes quantity, price and lines, from the version that was seen', async () => {
    const { id, sku, to } = await anOrder();
    const more = await revise(id, to(5, 90));
    expect([more.status, more.json.version, more.json.total]).toEqual([200, 2, 450]);
    const other = await itemAtNodes(api.fixture, { 'wh-south': 2 });
    const lines = [...to(1).lines, { sku: other, quantity: 2, unitPrice: 10 }];
    const { json } = await revise(id, { baseVersion: 2, lines });
    expect(json).toMatchObject({ version: 3, total: 120, lastCommand: { kind: 'revise', outcome: 'done' } });
    expect(json.lines).toMatchObject([
      { lineId: '1', sku, quantity: 1 },
      { lineId: '2', sku: other, quantity: 2, sources: [{ nodeId: 'wh-south' }] },
    ]);
  });

  it('of the price alone moves no stock', async () => {
    const { id, to } = await anOrder();
    await revise(id, to(3, 50));
    const { items } = (await api.call('GET', `/v1/orders/${id}/events`)).json;
    const later = items.filter(({ type }: { type: string }) => /^inventory/.test(type));
    expect(later.map(({ type }: { type: string }) => type)).toEqual([
      'inventory.reservation-committed.v1',
      'inventory.stock-committed.v1',
    ]);
    expect((await read(id)).total).toBe(150);
  });

  it('beyond the available stock answers 409 to a caller that waits, and is shown in the order otherwise', async () => {
    const { id, to } = await anOrder();
    const waited = await revise(id, to(10));
    expect([waited.status, waited.json.reason]).toEqual([409, 'OUT_OF_STOCK']);
    const key = newKey();
    const { status } = await revise(id, to(3, 9_000), { 'Idempotency-Key': key });
    expect(status).toBe(202);
    await eventually(async () =>
      expect(await read(id)).toMatchObject({
        version: 1,
        total: 300,
        lastCommand: { kind: 'revise', outcome: 'refused', reason: 'CREDIT_LIMIT_EXCEEDED' },
      }),
    );
    const again = await revise(id, to(3, 9_000), { ...WAIT, 'Idempotency-Key': key });
    expect([again.status, again.json.reason]).toEqual([409, 'CREDIT_LIMIT_EXCEEDED']);
    expect((await revise(id, to(4))).json).toMatchObject({ version: 2, total: 400 });
  });

  it('for an item that does not exist is refused', async () => {
    const { id } = await anOrder();
    const before = (await storedOf(id)).order;
    const lines = [{ sku: 'NO-SUCH-THING', quantity: 1, unitPrice: 1 }];
    const { status, json } = await revise(id, { baseVersion: 1, lines });
    expect([status, json.reason]).toEqual([409, 'UNKNOWN_SKU']);
    const { pending, version, lines: after, total } = (await storedOf(id)).order;
    expect({ pending, version, lines: after, total }).toMatchObject({
      pending: null,
      version: before.version,
      lines: before.lines,
      total: before.total,
    });
  });
});

describe('a change that is sent again', () => {
  it('gets the same answer with its key, and has no further effect', async () => {
    const { id, to } = await anOrder();
    const revision = { ...WAIT, 'Idempotency-Key': newKey() };
    const cancellation = { ...WAIT, 'Idempotency-Key': newKey() };
    const first = [await revise(id, to(4), revision), await cancel(id, cancellation)];
    expect(first.map(({ status }) => status)).toEqual([200, 200]);
    expect(first.map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([null, null]);
    const before = await storedOf(id);
    const again = [await revise(id, to(4), revision), await cancel(id, cancellation)];
    expect(again.map(({ status, json }) => [status, json.status])).toEqual([
      [200, 'CANCELLED'],
      [200, 'CANCELLED'],
    ]);
    expect(again.map(({ headers }) => headers.get('idempotent-replayed'))).toEqual(['true', 'true']);
    expect(await storedOf(id)).toEqual(before);
  });

  it('with the same key many times at once is one change', async () => {
    const { id, to } = await anOrder();
    const headers = { ...WAIT, 'Idempotency-Key': newKey() };
    const answers = await Promise.all(Array.from({ length: 8 }, () => revise(id, to(5), headers)));
    expect(answers.map(({ status, json }) => [status, json.version])).toEqual(Array(8).fill([200, 2]));
  });
});

describe('two changes of one order', () => {
  it('conflict: the second is refused with 409, and its key stays free', async () => {
    const { id, to } = await anOrder();
    const held = holdBack(api.fixture, 'decideRevision');
    const revising = revise(id, to(4));
    await held.begun;
    expect((await read(id)).status).toBe('REVISION_PENDING');
    const key = { ...WAIT, 'Idempotency-Key': newKey() };
    for (const answer of [await revise(id, to(5)), await cancel(id, key)]) {
      expect([answer.status, answer.json.type, answer.json.reason]).toEqual([
        409,
        '/problems/conflict',
        'CONFLICT',
      ]);
      expect(answer.headers.get('retry-after')).toBe('1');
    }
    held.goOn();
    expect((await revising).json).toMatchObject({ version: 2, total: 400 });
    const again = await cancel(id, key);
    expect([again.status, again.json.status, again.headers.get('idempotent-replayed')]).toEqual([
      200,
      'CANCELLED',
      null,
    ]);
  });
});

describe('many changes of one order', () => {
  it('lock it one at a time, and the books balance', async () => {
    const { id, to } = await anOrder();
    await send(id, 0, 'accept');
    const shipment = id.replace(/^ord_/, 'shp_').concat('_1');
    const answers = await Promise.all([
      ...[4, 5, 6].map((quantity) => revise(id, to(quantity))),
      ...[1, 2].map(() => cancel(id)),
      ...[1, 2].map(() => report(shipment, 'ship')),
    ]);
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
    await eventually(async () => expect((await rowOf(api.fixture, id)).pending).toBeNull());
    const { status, total } = await rowOf(api.fixture, id);
    const [account] = await api.fixture.sql<{ held: number; owed: number }>(
      `SELECT a.held::int, a.captured_unpaid::int AS owed FROM credit.account a
       JOIN orders."order" o ON o.customer_id = a.customer_id WHERE o.id = $1`,
      [id],
    );
    const worth = (account?.held ?? 0) + (account?.owed ?? 0);
    expect([status, worth]).toEqual([status, status === 'CANCELLED' ? 0 : total]);
  });
});

describe('a change is refused', () => {
  /** The ways in which orders end. */
  const ENDINGS: Record<string, (id: string) => Promise<unknown>> = {
    CANCELLED: (id) => cancel(id),
    DELIVERED: (id) => send(id, 0, 'accept', 'ship', 'deliver'),
    SHIPPED: (id) => send(id, 0, 'accept', 'ship'),
  };

  it.each(Object.entries(ENDINGS))('for an order that is %s', async (status, end) => {
    const { id, to } = await anOrder();
    await end(id);
    const before = await storedOf(id);
    expect(before.order.status).toBe(status);
    for (const answer of [await revise(id, to(2)), await cancel(id)]) {
      expect([answer.status, answer.json.type]).toEqual([409, '/problems/refused']);
      expect(['ALREADY_FINAL', 'BELOW_SHIPPED']).toContain(answer.json.reason);
    }
    expect(await storedOf(id)).toEqual(before);
  });

  it('for an order that was rejected', async () => {
    const sku = await itemAtNodes(api.fixture, { 'wh-north': 1 });
    const lines = [{ sku, quantity: 2, unitPrice: 1 }];
    const body = { customerId: sku, currency: 'EUR', lines, shipTo: { region: 'north' } };
    const headers = { ...WAIT, 'Idempotency-Key': newKey() };
    const { id, status } = (await api.call('POST', '/v1/orders', body, headers)).json;
    expect(status).toBe('REJECTED');
    const before = await storedOf(id);
    for (const answer of [await revise(id, { baseVersion: 1, lines }), await cancel(id)])
      expect([answer.status, answer.json.reason]).toEqual([409, 'ALREADY_FINAL']);
    expect(await storedOf(id)).toEqual(before);
  });

  it('for the content of a PENDING order', async () => {
    const sku = await itemAtNodes(api.fixture, { 'wh-north': 1 });
    const lines = [{ sku, quantity: 1, unitPrice: 1 }];
    const body = { customerId: sku, currency: 'EUR', lines, shipTo: { region: 'north' } };
    const held = holdBack(api.fixture, 'commitStock');
    const { id } = (await api.call('POST', '/v1/orders', body, { 'Idempotency-Key': newKey() })).json;
    await held.begun;
    const answer = await revise(id, { baseVersion: 1, lines });
    expect([answer.status, answer.json.type]).toEqual([409, '/problems/conflict']);
    expect(answer.headers.get('retry-after')).toBe('1');
    held.goOn();
    await eventually(async () => expect((await read(id)).status).toBe('APPROVED'));
  });

  it.each(['ord_0000000000000000', 'ord_zzzzzzzzzzzzzzzz'])(
    'for an order that does not exist: %s',
    async (id) => {
      const lines = [{ sku: 'MUG-01', quantity: 1, unitPrice: 1 }];
      for (const { status } of [await revise(id, { baseVersion: 1, lines }), await cancel(id)])
        expect(status).toBe(404);
    },
  );

  it.each(['ord_%00', '%20ord_1', 'ord_1%20', 'e%CC%81', 'x'.repeat(101)])(
    'for an invalid id: %s',
    async (id) => {
      const { status, json } = await cancel(id);
      expect([status, json.errors]).toMatchObject([400, [{ field: 'id' }]]);
    },
  );

  it('for a key that may only read', async () => {
    await api.fixture.context.stores.apiKeys.put('hf_reader', { caller: 'reader', scopes: ['orders:read'] });
    const { id } = await anOrder();
    expect((await cancel(id, { Authorization: 'Bearer hf_reader' })).status).toBe(403);
  });
});

type Content = ReturnType<Awaited<ReturnType<typeof anOrder>>['to']>;

/** The change to the content of an order with two of four units shipped, and the expected answer. */
const REVISIONS: readonly [string, (content: Content) => unknown, number, string, (string | undefined)?][] = [
  ['an older version', (to) => ({ ...to, baseVersion: 1 }), 409, 'baseVersion', 'VERSION_MISMATCH'],
  ['a version to come', (to) => ({ ...to, baseVersion: 3 }), 409, 'baseVersion', 'VERSION_MISMATCH'],
  ['less than has shipped', (to) => line(to, { quantity: 1 }), 409, 'lines', 'BELOW_SHIPPED'],
  [
    'nothing of what has shipped',
    (to) => line(to, { lineId: undefined, sku: 'MUG-01' }),
    409,
    'lines',
    'BELOW_SHIPPED',
  ],
  ['another price for it', (to) => line(to, { unitPrice: 1 }), 409, 'lines', 'BELOW_SHIPPED'],
  ['another item in its line', (to) => line(to, { sku: 'MUG-01' }), 409, 'lines', 'LINE_MISMATCH'],
  ['another order’s line', (to) => line(to, { lineId: '7' }), 409, 'lineId', 'UNKNOWN_LINE'],
  ['a line twice', (to) => ({ ...to, lines: [...to.lines, ...to.lines] }), 409, 'lines', 'LINE_MISMATCH'],
  ['no lines', (to) => ({ ...to, lines: [] }), 400, 'lines'],
  ['501 lines', (to) => ({ ...to, lines: Array(501).fill(to.lines[0]) }), 400, 'lines'],
  ['no version', ({ lines }) => ({ lines }), 400, 'baseVersion'],
  ['version 0', (to) => ({ ...to, baseVersion: 0 }), 400, 'baseVersion'],
  ['a version as text', (to) => ({ ...to, baseVersion: '2' }), 400, 'baseVersion'],
  ['no units', (to) => line(to, { quantity: 0 }), 400, 'lines[0].quantity'],
  ['half a unit', (to) => line(to, { quantity: 2.5 }), 400, 'lines[0].quantity'],
  ['a negative price', (to) => line(to, { unitPrice: -1 }), 400, 'lines[0].unitPrice'],
  ['too much money', (to) => line(to, { quantity: 1e6, unitPrice: 1e9 }), 400, 'lines'],
  ['another customer', (to) => ({ ...to, customerId: 'ada' }), 400, 'customerId'],
  ['a hostile line id', (to) => line(to, { lineId: ' 1' }), 400, 'lines[0].lineId'],
  ['a prototype', (to) => JSON.stringify(to).replace('{', '{"__proto__":{},'), 400, '__proto__'],
  ['the version twice', (to) => JSON.stringify(to).replace('{', '{"baseVersion":2,'), 400, 'baseVersion'],
  ['an array', (to) => [to], 400, 'body'],
  ['an unfinished body', (to) => JSON.stringify(to).slice(0, -1), 400, 'body'],
];

function line(content: Content, change: object) {
  return { ...content, lines: content.lines.map((one) => ({ ...one, ...change })) };
}

describe('a revision with', () => {
  let orderId: string;
  let content: Content;
  beforeAll(async () => {
    const { id, to } = await anOrder({ 'wh-north': 2, 'wh-south': 2 }, 3);
    expect((await revise(id, to(4))).json.version).toBe(2);
    await send(id, 0, 'accept', 'ship');
    orderId = id;
    content = to(4, 100, 2);
  });

  it.each(REVISIONS.map((row) => [row[0], row] as const))(
    '%s is refused, and changes nothing',
    async (_what, row) => {
      const [, make, status, field, reason] = row;
      const before = await storedOf(orderId);
      const { status: answered, json } = await revise(orderId, make(content));
      expect([answered, json.reason]).toEqual([status, reason]);
      expect(json.errors).toEqual(expect.arrayContaining([{ field, message: expect.any(String) }]));
      expect(await storedOf(orderId)).toEqual(before);
    },
  );

  it('a cancellation with a body is refused', async () => {
    const { status, json } = await cancel(orderId, WAIT, { reason: 'MONDAY' });
    expect([status, json.errors]).toMatchObject([400, [{ field: 'reason' }]]);
  });

  it('an unusual but valid revision is applied', async () => {
    const { status, json } = await revise(orderId, content);
    expect([status, json.version, json.total]).toEqual([200, 3, 400]);
  });
});
