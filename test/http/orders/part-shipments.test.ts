import { itemAtNodes } from '../../support/item-at-nodes';
import { overdueOf } from '../../support/new-commands';
import { carriedOut, overdue } from '../../support/order-changes';
import { eventually } from '../../support/saga-fixture';
import { allStoredOf, type LiveApi, newKey, openLiveApi, placeOrder } from '../support/live-api';

const WAIT = { Prefer: 'wait=20' };
const TWO = [{ lineId: '1', quantity: 2 }];

let api: LiveApi;
beforeAll(async () => {
  api = await openLiveApi();
});
afterAll(async () => expect(await api.close()).toEqual([]));

const get = async (path: string) => (await api.call('GET', path)).json;
const post = (path: string, body?: unknown, headers: Record<string, string> = {}) =>
  api.call('POST', path, body, { 'Idempotency-Key': newKey(), ...WAIT, ...headers });
const report = (id: string, what: string, body?: unknown, headers?: Record<string, string>) =>
  post(`/v1/shipments/${id}/${what}`, body, headers);
const shipmentsOf = async (orderId: string) => (await get(`/v1/orders/${orderId}/shipments`)).items;

/** Creates an order of five units whose node has accepted its shipment. */
async function accepted(units: Readonly<Record<string, number>> = { 'wh-north': 5 }) {
  const sku = await itemAtNodes(api.fixture, units);
  const { id } = await placeOrder(api, sku, 5);
  const [{ id: shipmentId }] = await shipmentsOf(id);
  const { json: shipment } = await report(shipmentId, 'accept');
  return { sku, id, shipment };
}

/** Creates such an order of which two units have left, and the credit for them is captured. */
async function inParts(units?: Readonly<Record<string, number>>) {
  const { sku, id, shipment } = await accepted(units);
  const { json: part } = await report(shipment.id, 'ship', { lines: TWO });
  await paid(id, 'partly_captured');
  return { sku, id, shipment, part, restId: part.restId as string };
}

const paid = (id: string, payment: string) =>
  eventually(async () => expect(await get(`/v1/orders/${id}`)).toMatchObject({ payment }));

test('a part shipped keeps its id, and only its units leave the stock and are captured', async () => {
  const { sku, id, shipment } = await accepted();
  const between = new Date().toISOString();
  const { status, json } = await report(shipment.id, 'ship', { lines: TWO, tracking: 'JD 1' });
  const restId = shipment.id.replace(/_1$/, '_2');
  const { deadline, ...same } = shipment;
  expect([status, json]).toEqual([
    200,
    { ...same, state: 'SHIPPED', lines: [{ lineId: '1', sku, quantity: 2 }], tracking: 'JD 1', restId },
  ]);
  const rest = { ...same, id: restId, lines: [{ lineId: '1', sku, quantity: 3 }], deadline };
  expect(await shipmentsOf(id)).toEqual([json, rest]);
  await paid(id, 'partly_captured');
  expect(await get(`/v1/orders/${id}`)).toMatchObject({
    status: 'FULFILLING',
    lines: [
      {
        sources: [
          { quantity: 2, state: 'SHIPPED' },
          { quantity: 3, state: 'COMMITTED' },
        ],
      },
    ],
  });
  expect(await get(`/v1/stock/${sku}`)).toMatchObject({ nodes: [{ committed: 3, supply: 3 }] });
  expect(await get(`/v1/credit-accounts/${sku}`)).toMatchObject({ captured: 200, held: 300 });
  const before = await get(`/v1/orders/${id}?asOf=${encodeURIComponent(between)}`);
  expect(before.lines).toMatchObject([{ sources: [{ quantity: 5, state: 'COMMITTED' }] }]);
  const { items } = await get(`/v1/orders/${id}/events`);
  expect(items).toContainEqual(
    expect.objectContaining({
      type: 'orders.shipment-shipped.v1',
      data: expect.objectContaining({
        part: expect.objectContaining({ rest: expect.objectContaining({ id: restId }) }),
      }),
    }),
  );

  await report(restId, 'ship');
  await paid(id, 'captured');
  expect(await get(`/v1/credit-accounts/${sku}`)).toMatchObject({ captured: 500, held: 0 });
  for (const one of [shipment.id, restId]) await report(one, 'deliver');
  expect((await get(`/v1/orders/${id}`)).status).toBe('DELIVERED');
});

test('is answered before its saga with the id of the rest, and a late repeat under its key likewise', async () => {
  const { id, shipment } = await accepted();
  const key = { 'Idempotency-Key': newKey(), Prefer: '' };
  const restId = shipment.id.replace(/_1$/, '_2');
  const first = await report(shipment.id, 'ship', { lines: TWO }, key);
  expect([first.status, first.json]).toEqual([202, { id: shipment.id, state: 'SHIPPED', restId }]);
  await report(restId, 'ship', { lines: TWO });
  const before = await allStoredOf(api, id);
  const again = await report(shipment.id, 'ship', { lines: TWO }, key);
  expect([again.status, again.json, again.headers.get('idempotent-replayed')]).toEqual([
    202,
    first.json,
    'true',
  ]);
  const other = await report(shipment.id, 'ship', { lines: [{ lineId: '1', quantity: 1 }] }, key);
  expect(other.status).toBe(422);
  const late = await report(shipment.id, 'ship', { lines: TWO });
  expect([late.status, late.json.reason]).toEqual([409, 'ALREADY_REPORTED']);
  expect(await allStoredOf(api, id)).toEqual(before);
});

test('two reports of parts at once: one splits the shipment, the other is refused', async () => {
  const { id, shipment } = await accepted();
  const answers = await Promise.all(
    [1, 2].map((quantity) => report(shipment.id, 'ship', { lines: [{ lineId: '1', quantity }] })),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect(answers.flatMap(({ json }) => json.reason ?? [])).toEqual(['ALREADY_REPORTED']);
  const items: { lines: { quantity: number }[] }[] = await shipmentsOf(id);
  expect(items).toHaveLength(2);
  expect(items.flatMap(({ lines }) => lines).reduce((sum, { quantity }) => sum + quantity, 0)).toBe(5);
});

test('lines that name all units ship the whole', async () => {
  const { id, shipment } = await accepted();
  const { json } = await report(shipment.id, 'ship', { lines: [{ lineId: '1', quantity: 5 }] });
  expect(json).not.toHaveProperty('restId');
  expect(await shipmentsOf(id)).toEqual([json]);
  await paid(id, 'captured');
});

test('an order that ships complete refuses a part', async () => {
  const sku = await itemAtNodes(api.fixture, { 'wh-north': 5 });
  const body = { customerId: sku, currency: 'EUR', shipTo: { region: 'north' }, shipComplete: true };
  const { json: order } = await post('/v1/orders', {
    ...body,
    lines: [{ sku, quantity: 5, unitPrice: 100 }],
  });
  const [{ id }] = await shipmentsOf(order.id);
  await report(id, 'accept');
  const before = await allStoredOf(api, order.id);
  const { status, json } = await report(id, 'ship', { lines: TWO });
  expect([status, json.reason, json.errors]).toMatchObject([409, 'SHIPS_COMPLETE', [{ field: 'lines' }]]);
  expect(await allStoredOf(api, order.id)).toEqual(before);
});

describe('the rest of a shipment', () => {
  test('is rejected, and other nodes send its units', async () => {
    const { id, restId } = await inParts({ 'wh-north': 5, 'wh-south': 3 });
    const { json } = await report(restId, 'reject', { lineId: '1', quantity: 3, reason: 'NO_CAPACITY' });
    expect(json).toMatchObject({ id: restId, state: 'REJECTED' });
    expect((await shipmentsOf(id))[2]).toMatchObject({ nodeId: 'wh-south', lines: [{ quantity: 3 }] });
  });

  test('passes its deadline, which was that of the whole, and other nodes send its units', async () => {
    const { id, restId } = await inParts({ 'wh-north': 5, 'wh-south': 3 });
    const rowOf = async () => {
      const order = await api.fixture.context.stores.ordersReads.order(id);
      const rest = order?.shipments.find((shipment) => shipment.id === restId);
      if (!order || !rest) throw new Error(`no shipment ${restId}`);
      return { order, rest };
    };
    await overdue(api.fixture, (await rowOf()).rest);
    const { order, rest } = await rowOf();
    await carriedOut(api.fixture, overdueOf(order, rest));
    expect(await shipmentsOf(id)).toMatchObject([
      { state: 'SHIPPED' },
      { id: restId, state: 'REJECTED' },
      { nodeId: 'wh-south', state: 'RELEASED' },
    ]);
  });

  test('is cancelled with its order, and only its credit and stock are given back', async () => {
    const { sku, id, restId } = await inParts();
    const { json } = await post(`/v1/orders/${id}/cancel`);
    expect(json).toMatchObject({
      status: 'SHIPPED',
      total: 200,
      payment: 'captured',
      lines: [{ cancelled: 3 }],
    });
    expect((await shipmentsOf(id))[1]).toMatchObject({ id: restId, state: 'CANCELLED' });
    expect(await get(`/v1/stock/${sku}`)).toMatchObject({ nodes: [{ committed: 0, atp: 3 }] });
    expect(await get(`/v1/credit-accounts/${sku}`)).toMatchObject({ captured: 200, held: 0 });
  });

  test('shrinks by a revision, and is reported under the line ids of before', async () => {
    const { sku, id, restId } = await inParts();
    const line = (quantity: number, unitPrice: number) => ({ sku, quantity, unitPrice });
    const revised = await post(`/v1/orders/${id}/revise`, {
      baseVersion: 1,
      lines: [{ lineId: '1', ...line(2, 100) }, line(2, 90)],
    });
    expect([revised.status, revised.json.total]).toEqual([200, 380]);
    const wrong = await report(restId, 'ship', { lines: [{ lineId: '1', quantity: 3 }] });
    expect([wrong.status, wrong.json.errors]).toMatchObject([409, [{ field: 'lines[0].quantity' }]]);
    const { json } = await report(restId, 'ship', { lines: [{ lineId: '1', quantity: 1 }] });
    expect(json).toMatchObject({ state: 'SHIPPED', lines: [{ lineId: '2', quantity: 1 }] });
    await report(json.restId, 'ship', { lines: [{ lineId: '2', quantity: 1 }] });
    await paid(id, 'captured');
  });
});

/** The lines of a report, and the status, the field and the reason of its problem. */
const WRONG = [
  ['no line', [], 400, 'lines', undefined],
  ['a line without units', [{ lineId: '1', quantity: 0 }], 400, 'lines[0].quantity', undefined],
  ['fewer than no units', [{ lineId: '1', quantity: -1 }], 400, 'lines[0].quantity', undefined],
  ['half a unit', [{ lineId: '1', quantity: 0.5 }], 400, 'lines[0].quantity', undefined],
  ['a line twice', [...TWO, { lineId: '1', quantity: 1 }], 400, 'lines[1].lineId', undefined],
  ['no id', [{ quantity: 1 }], 400, 'lines[0].lineId', undefined],
  ['another field', [{ ...TWO[0], sku: 'A' }], 400, 'lines[0].sku', undefined],
  ['a number', 2, 400, 'lines', undefined],
  [
    '501 lines',
    Array.from({ length: 501 }, (_, at) => ({ lineId: `${at + 1}`, quantity: 1 })),
    400,
    'lines',
    undefined,
  ],
  ['a line of no shipment', [...TWO, { lineId: '7', quantity: 1 }], 409, 'lines[1].lineId', 'UNKNOWN_LINE'],
  [
    'more units than there are',
    [{ lineId: '1', quantity: 6 }],
    409,
    'lines[0].quantity',
    'QUANTITY_TOO_LARGE',
  ],
] as const;

test.each(WRONG)(
  'a report of %s is refused and changes nothing',
  async (_what, lines, status, field, reason) => {
    const { id, shipment } = await once();
    const before = await allStoredOf(api, id);
    const answer = await report(shipment.id, 'ship', { lines });
    expect([answer.status, answer.json.errors?.[0]?.field, answer.json.reason]).toEqual([
      status,
      field,
      reason,
    ]);
    expect(await allStoredOf(api, id)).toEqual(before);
  },
);

let untouched: ReturnType<typeof accepted> | undefined;

/** Returns one order for all reports that change nothing. */
function once() {
  untouched ??= accepted();
  return untouched;
}
