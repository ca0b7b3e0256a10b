import { itemAtNodes } from '../../support/item-at-nodes';
import { rowOf } from '../../support/order-changes';
import { eventually } from '../../support/saga-fixture';
import { holdBack } from '../../support/saga-sabotage';
import { allStoredOf, type LiveApi, newKey, openLiveApi, placeOrder } from '../support/live-api';

const WAIT = { Prefer: 'wait=20' };
const REJECTION = { lineId: '1', quantity: 1, reason: 'DAMAGED' };

let api: LiveApi;
beforeAll(async () => {
  api = await openLiveApi();
});
afterAll(async () => expect(await api.close()).toEqual([]));

/** Sends a report; a rejection has a key of its own. */
const report = (id: string, what: string, body?: unknown, headers: Record<string, string> = WAIT) => {
  const keyed = what === 'reject' ? { 'Idempotency-Key': newKey(), ...headers } : headers;
  return api.call('POST', `/v1/shipments/${id}/${what}`, body, keyed);
};
const read = async (orderId: string) => (await api.call('GET', `/v1/orders/${orderId}`)).json;
const shipmentsOf = async (orderId: string) =>
  (await api.call('GET', `/v1/orders/${orderId}/shipments`)).json.items;

/** Creates an order with one shipment. */
async function anOrder(units: Readonly<Record<string, number>> = { 'wh-north': 9 }, quantity = 3) {
  const sku = await itemAtNodes(api.fixture, units);
  const order = await placeOrder(api, sku, quantity);
  const [shipment] = await shipmentsOf(order.id);
  return { sku, order, shipment };
}

const storedOf = (orderId: string) => allStoredOf(api, orderId);

describe('a shipment', () => {
  it('is listed, accepted, sent and delivered', async () => {
    const { sku, order, shipment } = await anOrder();
    expect(shipment).toEqual({
      id: order.id.replace(/^ord_/, 'shp_').concat('_1'),
      orderId: order.id,
      nodeId: 'wh-north',
      state: 'RELEASED',
      lines: [{ lineId: '1', sku, quantity: 3 }],
      deadline: expect.any(String),
    });
    const accepted = await report(shipment.id, 'accept');
    expect([accepted.status, accepted.json.state]).toEqual([200, 'ACCEPTED']);
    expect(Date.parse(accepted.json.deadline)).toBeGreaterThan(Date.parse(shipment.deadline));
    expect((await read(order.id)).status).toBe('FULFILLING');

    const { deadline: _, ...rest } = accepted.json;
    const sent = await report(shipment.id, 'ship', { tracking: 'JD 0146' });
    expect([sent.status, sent.json]).toEqual([200, { ...rest, state: 'SHIPPED', tracking: 'JD 0146' }]);
    await eventually(async () =>
      expect(await read(order.id)).toMatchObject({ status: 'SHIPPED', payment: 'captured' }),
    );

    const delivered = await report(shipment.id, 'deliver');
    expect([delivered.status, delivered.json.state]).toEqual([200, 'DELIVERED']);
    const sources = [{ nodeId: 'wh-north', quantity: 3, state: 'DELIVERED' }];
    expect(await read(order.id)).toMatchObject({
      status: 'DELIVERED',
      lines: [{ sources }],
      lastCommand: { kind: 'deliver', outcome: 'done' },
    });
  });

  it('answers a ship report with 202 and a Location without a wait', async () => {
    const { order, shipment } = await anOrder();
    const accepted = await report(shipment.id, 'accept', undefined, {});
    expect([accepted.status, accepted.json.state]).toEqual([200, 'ACCEPTED']);
    const { status, json, headers } = await report(shipment.id, 'ship', undefined, {});
    expect([status, json]).toEqual([202, { id: shipment.id, state: 'SHIPPED' }]);
    expect(headers.get('location')).toBe(`/v1/orders/${order.id}/shipments`);
  });

  it('loses rejected units at once, before other nodes are found for them', async () => {
    const { order, shipment } = await anOrder();
    const held = holdBack(api.fixture, 'replaceUnits');
    const { status, json } = await report(shipment.id, 'reject', REJECTION, {});
    expect([status, json]).toEqual([202, { id: shipment.id, state: 'RELEASED' }]);
    const [first] = await shipmentsOf(order.id);
    expect(first).toMatchObject({ lines: [{ quantity: 2 }] });
    held.goOn();
    await eventually(async () => expect((await rowOf(api.fixture, order.id)).pending).toBeNull());
  });

  it('passes the units that its node rejects to another node', async () => {
    const { sku, order, shipment } = await anOrder({ 'wh-north': 3, 'wh-south': 2 });
    const { status, json } = await report(shipment.id, 'reject', { ...REJECTION, quantity: 2 });
    expect([status, json.lines]).toEqual([200, [{ lineId: '1', sku, quantity: 1 }]]);
    const [, second] = await shipmentsOf(order.id);
    expect(second).toMatchObject({ nodeId: 'wh-south', state: 'RELEASED', lines: [{ quantity: 2 }] });
    expect((await read(order.id)).total).toBe(300);
  });

  it('has the units cancelled that no node can deliver', async () => {
    const { order, shipment } = await anOrder({ 'wh-north': 3 });
    await report(shipment.id, 'reject', { ...REJECTION, quantity: 3 });
    expect(await read(order.id)).toMatchObject({ status: 'CANCELLED', total: 0, lines: [{ cancelled: 3 }] });
  });
});

describe('a report that is sent again', () => {
  it('gets the same answer with its key, and has no further effect', async () => {
    const { order, shipment } = await anOrder();
    const steps = [
      ['accept', undefined],
      ['ship', { tracking: 'a' }],
      ['deliver', undefined],
    ] as const;
    const keyed = steps.map(
      ([what, body]) => [what, body, { ...WAIT, 'Idempotency-Key': newKey() }] as const,
    );
    for (const [what, body, headers] of keyed) {
      const first = await report(shipment.id, what, body, headers);
      expect([first.status, first.headers.get('idempotent-replayed')]).toEqual([200, null]);
    }
    const before = await storedOf(order.id);
    for (const [what, body, headers] of keyed) {
      const again = await report(shipment.id, what, body, headers);
      expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
      expect(again.json.state).toBe('DELIVERED');
    }
    expect(await storedOf(order.id)).toEqual(before);
  });

  it('with one key many times at once is one report', async () => {
    const { order, shipment } = await anOrder();
    await report(shipment.id, 'accept');
    const headers = { ...WAIT, 'Idempotency-Key': newKey() };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => report(shipment.id, 'ship', {}, headers)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    const ofType = async (wanted: string) => {
      const { json } = await api.call('GET', `/v1/orders/${order.id}/events`);
      return json.items.filter(({ type }: { type: string }) => type === wanted);
    };
    expect(await ofType('orders.shipment-shipped.v1')).toHaveLength(1);
    // The capture follows the answer.
    await allStoredOf(api, order.id);
    expect(await ofType('orders.payment-captured.v1')).toHaveLength(1);
  });

  it('without a key many times at once is accepted once', async () => {
    const { order, shipment } = await anOrder();
    const answers = await Promise.all(Array.from({ length: 8 }, () => report(shipment.id, 'accept')));
    const refused = answers.filter(({ status }) => status === 409);
    expect(refused).toHaveLength(7);
    for (const { json } of refused) expect(json.reason).toBe('ALREADY_REPORTED');
    const [first] = await shipmentsOf(order.id);
    expect(first.state).toBe('ACCEPTED');
  });
});

describe('a report out of turn', () => {
  const BY_STATE = {
    RELEASED: [
      ['ship', 'NOT_ACCEPTED'],
      ['deliver', 'NOT_SHIPPED'],
    ],
    ACCEPTED: [
      ['accept', 'ALREADY_REPORTED'],
      ['deliver', 'NOT_SHIPPED'],
    ],
    SHIPPED: [
      ['accept', 'ALREADY_REPORTED'],
      ['ship', 'ALREADY_REPORTED'],
      ['reject', 'ALREADY_REPORTED'],
    ],
    DELIVERED: [
      ['accept', 'ALREADY_REPORTED'],
      ['ship', 'ALREADY_REPORTED'],
      ['deliver', 'ALREADY_REPORTED'],
      ['reject', 'ALREADY_REPORTED'],
    ],
  } as const;

  it('is refused with its reason, and changes nothing', async () => {
    const { order, shipment } = await anOrder();
    for (const [state, wrongs] of Object.entries(BY_STATE)) {
      if (state !== 'RELEASED') {
        const next = { ACCEPTED: 'accept', SHIPPED: 'ship', DELIVERED: 'deliver' }[state] ?? '';
        expect((await report(shipment.id, next)).json.state).toBe(state);
      }
      const before = await storedOf(order.id);
      for (const [what, reason] of wrongs) {
        const { status, json } = await report(shipment.id, what, what === 'reject' ? REJECTION : undefined);
        expect([state, what, status, json.type, json.reason]).toEqual([
          state,
          what,
          409,
          '/problems/refused',
          reason,
        ]);
      }
      expect(await storedOf(order.id)).toEqual(before);
    }
  });

  it.each(['cancelled', 'rejected'])('of a shipment that is %s is refused', async (how) => {
    const { order, shipment } = await anOrder({ 'wh-north': 3, 'wh-south': 3 });
    if (how === 'cancelled') await api.call('POST', `/v1/orders/${order.id}/cancel`, undefined, WAIT);
    else await report(shipment.id, 'reject', { ...REJECTION, quantity: 3 });
    const before = await storedOf(order.id);
    for (const what of ['accept', 'ship', 'deliver', 'reject']) {
      const { status, json } = await report(shipment.id, what, what === 'reject' ? REJECTION : undefined);
      expect([what, status, json.reason]).toEqual([what, 409, 'SHIPMENT_OVER']);
    }
    expect(await storedOf(order.id)).toEqual(before);
  });

  it('while the order is being cancelled is a 409 with Retry-After', async () => {
    const { order, shipment } = await anOrder();
    const held = holdBack(api.fixture, 'releaseRest');
    const cancelling = api.call('POST', `/v1/orders/${order.id}/cancel`, undefined, WAIT);
    await eventually(async () => expect((await read(order.id)).status).toBe('CANCEL_PENDING'));
    for (const what of ['accept', 'reject']) {
      const answer = await report(shipment.id, what, what === 'reject' ? REJECTION : undefined);
      expect([answer.status, answer.json.type, answer.json.reason]).toEqual([
        409,
        '/problems/conflict',
        'CONFLICT',
      ]);
      expect(answer.headers.get('retry-after')).toBe('1');
    }
    held.goOn();
    expect((await cancelling).json.status).toBe('CANCELLED');
  });
});

/** The body, the status, the field that the problem must name, and the reason of a refusal. */
const REJECTIONS = [
  ['another order’s line', { ...REJECTION, lineId: '7' }, 409, 'lineId', 'UNKNOWN_LINE'],
  ['more than it carries', { ...REJECTION, quantity: 4 }, 409, 'quantity', 'QUANTITY_TOO_LARGE'],
  ['nothing', { ...REJECTION, quantity: 0 }, 400, 'quantity', undefined],
  ['less than nothing', { ...REJECTION, quantity: -3 }, 400, 'quantity', undefined],
  ['half a unit', { ...REJECTION, quantity: 0.5 }, 400, 'quantity', undefined],
  ['no line', { ...REJECTION, lineId: undefined }, 400, 'lineId', undefined],
  ['a line that is a number', { ...REJECTION, lineId: 1 }, 400, 'lineId', undefined],
  ['a reason of its own', { ...REJECTION, reason: 'MONDAY' }, 400, 'reason', undefined],
  ['silence, which is ours to say', { ...REJECTION, reason: 'NO_RESPONSE' }, 400, 'reason', undefined],
  ['no reason', { ...REJECTION, reason: undefined }, 400, 'reason', undefined],
  ['something else', { ...REJECTION, sku: 'MUG-01' }, 400, 'sku', undefined],
  [
    'a prototype',
    '{"__proto__":{"lineId":"1"},"quantity":1,"reason":"DAMAGED"}',
    400,
    '__proto__',
    undefined,
  ],
  ['a field twice', '{"lineId":"1","lineId":"1","quantity":1,"reason":"DAMAGED"}', 400, 'lineId', undefined],
  ['an array', [REJECTION], 400, 'body', undefined],
  ['no JSON', 'lineId=1', 400, 'body', undefined],
] as const;

/** A report, an invalid body, and the field that the problem must name. */
const BODIES = [
  ['accept', { tracking: 'a' }, 'tracking'],
  ['deliver', { at: 'noon' }, 'at'],
  ['ship', { tracking: '' }, 'tracking'],
  ['ship', { tracking: 'x'.repeat(201) }, 'tracking'],
  ['ship', { tracking: 'a\u0000b' }, 'tracking'],
  ['ship', { tracking: 7 }, 'tracking'],
  ['ship', { carrier: 'a' }, 'carrier'],
  ['ship', '[]', 'body'],
] as const;

describe('a report that does not fit', () => {
  let order: { id: string };
  let shipment: { id: string };
  beforeAll(async () => {
    ({ order, shipment } = await anOrder());
  });

  it.each([
    ['shp_0000000000000000_1'],
    ['shp_1'],
    ['shp__1'],
    ['ord_0000000000000000'],
    ['nothing'],
    ['SHP_0000000000000000_1'],
  ])('is 404 for the shipment %s', async (id) => {
    for (const what of ['accept', 'ship', 'deliver', 'reject']) {
      const { status, json } = await report(id, what, what === 'reject' ? REJECTION : undefined);
      expect([what, status, json.type]).toEqual([what, 404, '/problems/not-found']);
    }
  });

  it.each(['2', '0', '01', '1e0', '99999999999999999999'])(
    'there is no shipment number %s',
    async (number) => {
      const { status } = await report(shipment.id.replace(/_1$/, `_${number}`), 'accept');
      expect(status).toBe(404);
    },
  );

  it.each([
    ['a space at its end', 'shp_1%20'],
    ['a NUL', 'shp_%00_1'],
    ['a line break', 'shp%0A_1'],
    ['101 letters', 'x'.repeat(101)],
    ['a letter that is not composed', 'shp_e%CC%81_1'],
  ])('refuses an id with %s', async (_what, id) => {
    const { status, json } = await report(id, 'accept');
    expect([status, json.errors]).toMatchObject([400, [{ field: 'id' }]]);
  });

  it('an order that does not exist has no shipments', async () => {
    const { status } = await api.call('GET', '/v1/orders/ord_0000000000000000/shipments');
    expect(status).toBe(404);
  });

  it.each(REJECTIONS)('is refused when a node rejects %s', async (_what, body, status, field, reason) => {
    const before = await storedOf(order.id);
    const answer = await report(shipment.id, 'reject', body);
    expect([answer.status, answer.json.errors?.map(({ field: name }: { field: string }) => name)]).toEqual([
      status,
      expect.arrayContaining([field]),
    ]);
    expect(answer.json.reason).toBe(reason);
    expect(await storedOf(order.id)).toEqual(before);
  });

  it.each(BODIES)('to %s with %j is an invalid request', async (what, body, field) => {
    const before = await storedOf(order.id);
    const answer = await report(shipment.id, what, body);
    expect([answer.status, answer.json.errors]).toMatchObject([400, [{ field }]]);
    expect(await storedOf(order.id)).toEqual(before);
  });

  it('refuses an invalid idempotency key', async () => {
    const answer = await report(shipment.id, 'accept', undefined, { 'Idempotency-Key': 'x'.repeat(256) });
    expect([answer.status, answer.json.errors]).toMatchObject([400, [{ field: 'Idempotency-Key' }]]);
  });

  it('requires a key for a rejection, because a repeat would reject more units', async () => {
    const before = await storedOf(order.id);
    const answer = await api.call('POST', `/v1/shipments/${shipment.id}/reject`, REJECTION);
    expect([answer.status, answer.json.errors]).toMatchObject([400, [{ field: 'Idempotency-Key' }]]);
    expect(await storedOf(order.id)).toEqual(before);
  });

  it('is forbidden to a key that may only read', async () => {
    await api.fixture.context.stores.apiKeys.put('hf_reader', { caller: 'reader', scopes: ['orders:read'] });
    const headers = { Authorization: 'Bearer hf_reader' };
    expect((await report(shipment.id, 'accept', undefined, headers)).status).toBe(403);
    expect((await api.call('GET', `/v1/orders/${order.id}/shipments`, undefined, headers)).status).toBe(200);
  });
});
