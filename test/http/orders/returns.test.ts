import { itemAtNodes } from '../../support/item-at-nodes';
import { eventually } from '../../support/saga-fixture';
import { holdBack } from '../../support/saga-sabotage';
import { allStoredOf, type LiveApi, newKey, openLiveApi, placeOrder } from '../support/live-api';

const WAIT = { Prefer: 'wait=20' };

let api: LiveApi;
beforeAll(async () => {
  api = await openLiveApi();
});
afterAll(async () => expect(await api.close()).toEqual([]));

interface ReturnLine {
  readonly lineId: string;
  readonly quantity: number;
  readonly condition: 'SELLABLE' | 'DAMAGED';
}

const sellable = (quantity: number, lineId = '1'): ReturnLine => ({
  lineId,
  quantity,
  condition: 'SELLABLE',
});
const damaged = (quantity: number): ReturnLine => ({ lineId: '1', quantity, condition: 'DAMAGED' });

const sendBack = (
  orderId: string,
  lines: readonly ReturnLine[],
  { nodeId = 'wh-north', ...headers }: Record<string, string> = WAIT,
) =>
  api.call(
    'POST',
    `/v1/orders/${orderId}/returns`,
    { nodeId, lines },
    { 'Idempotency-Key': newKey(), ...headers },
  );
const read = async (path: string) => (await api.call('GET', path)).json;
const orderAt = (id: string, query = '') => read(`/v1/orders/${id}${query}`);

/** Places an order for units of a new item, and ships its first shipment until its capture is noted. */
async function shipped(units: Readonly<Record<string, number>> = { 'wh-north': 9 }, quantity = 3) {
  const sku = await itemAtNodes(api.fixture, units);
  const { id } = await placeOrder(api, sku, quantity);
  const [shipment] = (await read(`/v1/orders/${id}/shipments`)).items;
  for (const what of ['accept', 'ship'])
    await api.call('POST', `/v1/shipments/${shipment.id}/${what}`, undefined, WAIT);
  await eventually(async () => expect((await orderAt(id)).payment).toMatch(/captured$/));
  return { sku, id, shipment };
}

async function termsAt(sku: string, nodeId = 'wh-north') {
  const { nodes } = await read(`/v1/stock/${sku}`);
  const { supply, unavailable, atp } = nodes.find((node: { nodeId: string }) => node.nodeId === nodeId);
  return { supply, unavailable, atp };
}

async function eventsOf(id: string, type: string): Promise<readonly unknown[]> {
  const { items } = await read(`/v1/orders/${id}/events`);
  return items.filter((event: { type: string }) => event.type === type);
}

describe('a return', () => {
  it('adds sellable units to supply, damaged ones to the unavailable units too, and refunds their price', async () => {
    const { sku, id } = await shipped();
    expect(await termsAt(sku)).toEqual({ supply: 6, unavailable: 0, atp: 6 });
    const { status, json } = await sendBack(id, [sellable(1), damaged(1)]);
    expect([status, json]).toMatchObject([
      200,
      {
        status: 'SHIPPED',
        payment: 'partly_refunded',
        compensation: 'none',
        lines: [{ quantity: 3, returned: 2 }],
        returns: [
          {
            id: expect.stringMatching(/^cmd_/),
            nodeId: 'wh-north',
            lines: [
              { lineId: '1', sku, quantity: 1, condition: 'SELLABLE' },
              { lineId: '1', sku, quantity: 1, condition: 'DAMAGED' },
            ],
            refund: 200,
            state: 'REFUNDED',
          },
        ],
        lastCommand: { kind: 'return', outcome: 'done' },
      },
    ]);
    expect(await termsAt(sku)).toEqual({ supply: 8, unavailable: 1, atp: 7 });
    expect(await read(`/v1/credit-accounts/${sku}`)).toMatchObject({ held: 0, captured: 100 });
    expect((await sendBack(id, [sellable(1)])).json.payment).toBe('refunded');
  });

  it('shows what is recorded before it is refunded, and how it was at a moment', async () => {
    const { id } = await shipped();
    const before = (await orderAt(id)).updatedAt;
    const held = holdBack(api.fixture, 'restockUnits');
    const { status, json, headers } = await sendBack(id, [sellable(2)], {});
    expect([status, json]).toEqual([202, { id, status: 'SHIPPED' }]);
    expect(headers.get('location')).toBe(`/v1/orders/${id}`);
    expect(await orderAt(id)).toMatchObject({
      payment: 'captured',
      compensation: 'none',
      returns: [{ refund: 200, state: 'RECORDED' }],
    });
    held.goOn();
    await eventually(async () => expect((await orderAt(id)).payment).toBe('partly_refunded'));
    expect((await orderAt(id, `?asOf=${before}`)).returns).toBeUndefined();
  });

  it('reaches a node that never had the item', async () => {
    const { sku, id } = await shipped();
    expect((await sendBack(id, [sellable(1)], { ...WAIT, nodeId: 'wh-south' })).status).toBe(200);
    expect(await termsAt(sku, 'wh-south')).toEqual({ supply: null, unavailable: 0, atp: 0 });
  });

  it.each([
    ['more units than have shipped', [sellable(4)], 'NOT_RETURNABLE'],
    ['more units in two lines than have shipped', [sellable(2), damaged(2)], 'NOT_RETURNABLE'],
    ['a line that the order does not have', [sellable(1, '9')], 'UNKNOWN_LINE'],
  ] as const)('of %s is refused at once', async (_, lines, reason) => {
    const { id } = await shipped();
    const { status, json } = await sendBack(id, lines);
    expect([status, json.reason]).toEqual([409, reason]);
    expect((await orderAt(id)).returns).toBeUndefined();
  });

  it('to an unknown node, of an unknown order, or before a shipment is refused at once', async () => {
    const { id } = await shipped();
    const away = await sendBack(id, [sellable(1)], { nodeId: 'nowhere' });
    expect([away.status, away.json.reason, away.json.errors[0].field]).toEqual([
      409,
      'UNKNOWN_NODE',
      'nodeId',
    ]);
    expect((await sendBack('ord_none', [sellable(1)])).status).toBe(404);
    const sku = await itemAtNodes(api.fixture, { 'wh-north': 3 });
    const approved = await placeOrder(api, sku, 2);
    expect((await sendBack(approved.id, [sellable(1)])).json.reason).toBe('NOT_RETURNABLE');
  });
});

describe('several returns of one order', () => {
  it('with one key many times at once are one return', async () => {
    const { sku, id } = await shipped();
    const headers = { ...WAIT, 'Idempotency-Key': newKey() };
    const answers = await Promise.all(Array.from({ length: 6 }, () => sendBack(id, [sellable(1)], headers)));
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect((await termsAt(sku)).supply).toBe(7);
    for (const type of [
      'orders.units-returned.v1',
      'credit.return-refunded.v1',
      'inventory.stock-returned.v1',
    ])
      expect(await eventsOf(id, type)).toHaveLength(1);
    const before = await allStoredOf(api, id);
    const again = await sendBack(id, [sellable(1)], headers);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    expect(await allStoredOf(api, id)).toEqual(before);
  });

  it('at once never return more than shipped', async () => {
    const { sku, id } = await shipped();
    const answers = await Promise.all([1, 2, 3, 4].map(() => sendBack(id, [sellable(2)])));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    expect((await termsAt(sku)).supply).toBe(8);
  });

  it('do not wait for a revision of the rest, and move with their units', async () => {
    const { sku, id } = await shipped({ 'wh-north': 3, 'wh-south': 4 }, 5);
    const held = holdBack(api.fixture, 'extendStock');
    const lines = [
      { sku, quantity: 1, unitPrice: 100 },
      { sku, quantity: 5, unitPrice: 100 },
    ];
    const revising = api.call('POST', `/v1/orders/${id}/revise`, { baseVersion: 1, lines }, WAIT);
    await eventually(async () => expect((await orderAt(id)).status).toBe('REVISION_PENDING'));
    expect((await sendBack(id, [sellable(2)])).status).toBe(200);
    held.goOn();
    expect((await revising).status).toBe(200);
    const { lines: now } = await orderAt(id);
    expect(now.reduce((sum: number, line: { returned?: number }) => sum + (line.returned ?? 0), 0)).toBe(2);
  });
});
