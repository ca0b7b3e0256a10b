import { ApplicationFailure } from '@temporalio/common';
import { type Activities, createActivities } from '../../activities/activities';
import { STEP_FAULTED, STEP_KEEPS_TIMING_OUT } from '../../src/contracts/failures';
import type { Order } from '../../src/domain/order/order';
import { dueShipmentsWatch } from '../../src/intake/due-shipments-watch';
import { takenOrdersWatch } from '../../src/intake/taken-orders-watch';
import { itemAtNodes } from '../support/item-at-nodes';
import { rowOf } from '../support/order-changes';
import { eventually } from '../support/saga-fixture';
import { operatorsOf } from '../support/saga-operators';
import { type LiveApi, newKey, openLiveApi, placeOrder } from './support/live-api';

const WAIT = { Prefer: 'wait=20' };

let api: LiveApi;
beforeAll(async () => {
  api = await openLiveApi();
});
afterAll(async () => expect(await api.close()).toEqual([]));

const post = (path: string, body?: unknown, headers: Record<string, string> = {}) =>
  api.call('POST', path, body, { 'Idempotency-Key': newKey(), ...WAIT, ...headers });
const rejection = { lineId: '1', quantity: 1, reason: 'DAMAGED' };

/** An order with one shipment, which its node has accepted. */
async function anOrder() {
  const sku = await itemAtNodes(api.fixture, { 'wh-north': 3, 'wh-south': 3 });
  const { id } = await placeOrder(api, sku, 2);
  const [shipment] = (await rowOf(api.fixture, id)).shipments;
  const at = `/v1/shipments/${shipment?.id}`;
  expect((await post(`${at}/accept`)).status).toBe(200);
  const revised = (quantity: number, unitPrice = 100) => ({
    baseVersion: 1,
    lines: [{ lineId: '1', sku, quantity, unitPrice }],
  });
  return { id, at, sku, revised };
}

type Placed = Awaited<ReturnType<typeof anOrder>>;

/** The books have it that an order has no stock, until they are mended. */
async function withoutStock({ id }: Placed): Promise<() => Promise<void>> {
  const set = async (state: string) => {
    await api.fixture.sql('UPDATE inventory.reservation SET state = $1 WHERE order_id = $2', [state, id]);
  };
  await set('HELD');
  return () => set('COMMITTED');
}

/** The books have it that next to no credit is held for an order, until they are mended. */
async function withoutCredit({ id }: Placed): Promise<() => Promise<void>> {
  const { sql } = api.fixture;
  const [hold] = await sql<{ amount: string }>('SELECT amount FROM credit.hold WHERE order_id = $1', [id]);
  const set = async (amount: unknown) => {
    await sql('UPDATE credit.hold SET amount = $1 WHERE order_id = $2', [amount, id]);
  };
  await set(1);
  return () => set(hold?.amount);
}

/** Half a minute goes by, and whoever notices lost sagas comes around: an order that has stopped is none of theirs. */
async function look(): Promise<void> {
  const { stores, starters } = api.fixture.context;
  const { expireShipments: expire, resumeShipments: resume } = starters;
  await api.fixture.sql(
    `UPDATE orders."order" SET updated_at = updated_at - interval '31 s' WHERE pending IS NOT NULL`,
  );
  await takenOrdersWatch(stores.ordersReads, api.fixture.intakes).look();
  await dueShipmentsWatch({ reads: stores.ordersReads, expire, resume }).look();
}

const needing = async () =>
  (await api.call('GET', '/v1/sagas?state=needs_attention&limit=200')).json.items.map(
    (saga: { id: string }) => saga.id,
  );

const afterShipping = ['consumeStock', 'captureCredit', 'recordCaptured'];
const shipped = { status: 'SHIPPED', payment: 'captured' };

describe('what the books refuse after the fact needs attention, is left alone, and goes on when they are mended', () => {
  test.each<
    [
      string,
      (placed: Placed) => Promise<() => Promise<void>>,
      (placed: Placed) => ReturnType<typeof post>,
      string[],
      object,
    ]
  >([
    ['shipped', withoutStock, ({ at }) => post(`${at}/ship`), afterShipping, shipped],
    ['captured', withoutCredit, ({ at }) => post(`${at}/ship`), afterShipping.slice(1), shipped],
    [
      'given back by its node',
      withoutStock,
      ({ at }) => post(`${at}/reject`, rejection),
      ['replaceUnits', 'settleRejection', 'decreaseCredit', 'finishRejection'],
      { status: 'FULFILLING', lastCommand: { kind: 'reject', outcome: 'done' } },
    ],
    [
      'cancelled',
      withoutCredit,
      ({ id }) => post(`/v1/orders/${id}/cancel`),
      ['decreaseCredit', 'finishCancel'],
      { status: 'CANCELLED' },
    ],
    [
      'revised',
      withoutStock,
      ({ id, revised }) => post(`/v1/orders/${id}/revise`, revised(1)),
      ['shrinkStock', 'decreaseCredit', 'finishRevision'],
      { version: 2, total: 100, lastCommand: { kind: 'revise', outcome: 'done' } },
    ],
  ])('%s', async (_name, breaking, send, remaining, end) => {
    const placed = await anOrder();
    const mend = await breaking(placed);
    const answer = await send(placed);
    expect(answer.status).toBe(202);
    const order = await rowOf(api.fixture, placed.id);
    expect(order).toMatchObject({ compensation: 'needs_attention', attention: { remaining } });
    expect(order.attention?.failure).toMatch(new RegExp(`^${remaining[0]}: `));
    expect(await needing()).toContain(placed.id);
    await api.fixture.sql(
      `UPDATE orders."order" SET updated_at = updated_at - interval '1 h' WHERE id = $1`,
      [placed.id],
    );
    const { ordersReads } = api.fixture.context.stores;
    expect((await ordersReads.takenTooLong(100)).map(({ id }) => id)).not.toContain(placed.id);
    expect((await ordersReads.dueShipments(100)).map(({ orderId }) => orderId)).not.toContain(placed.id);
    const retry = () => operatorsOf(api.fixture).retry(placed.id, 'tester');
    // In vain: it needs attention again, as nothing was mended.
    expect(await retry()).toMatchObject({ kind: 'done' });
    await eventually(async () => {
      await look();
      expect(await rowOf(api.fixture, placed.id)).toMatchObject({ compensation: 'needs_attention' });
    });
    await mend();
    await retry();
    await eventually(async () => {
      await look();
      expect(await rowOf(api.fixture, placed.id)).toMatchObject({
        ...end,
        pending: null,
        attention: null,
        compensation: 'done',
      });
    });
    expect(await needing()).not.toContain(placed.id);
  });
});

/** Gives credit back, as an operator does who puts an order right by hand. */
async function giveBack({ id, customerId }: Order, amount: number): Promise<void> {
  const { stores, parties } = api.fixture.context;
  const command = { orderId: id, customerId, caller: 'tester', correlation: id, commandId: newKey() };
  await createActivities(stores, parties).decreaseCredit({
    sagaId: 'by hand',
    members: [{ command, given: { creditBy: -amount } }],
  });
}

/** What the operator's note says was done, so that the books balance at the end of this file. */
async function captureByHand(order: Order): Promise<void> {
  const { stores, parties } = api.fixture.context;
  const { shippedBy = '', id: shipmentId } = order.shipments[0] ?? { id: '' };
  const command = { commandId: shippedBy, caller: 'tester', correlation: order.id, orderId: order.id };
  await createActivities(stores, parties).captureCredit({
    sagaId: 'by hand',
    members: [
      {
        command: { ...command, customerId: order.customerId, shipmentId },
        given: { capture: { amount: 200, finalTotal: 200 } },
      },
    ],
  });
}
const heldFor = async (id: string) =>
  (await api.fixture.sql('SELECT amount, captures FROM credit.hold WHERE order_id = $1', [id]))[0];

test('a cancellation that an operator has ended by hand is over, also when it is sent again', async () => {
  const placed = await anOrder();
  const key = { 'Idempotency-Key': newKey() };
  const mend = await withoutCredit(placed);
  expect((await post(`/v1/orders/${placed.id}/cancel`, undefined, key)).status).toBe(202);
  await mend();
  await giveBack(await rowOf(api.fixture, placed.id), 200);
  const held = await heldFor(placed.id);
  await operatorsOf(api.fixture).resolve(placed.id, 'tester', 'given back by hand');
  const ended = {
    status: 'CANCELLED',
    compensation: 'done',
    attention: null,
    lastCommand: { kind: 'cancel', outcome: 'done' },
  };
  expect(await rowOf(api.fixture, placed.id)).toMatchObject(ended);
  const again = await post(`/v1/orders/${placed.id}/cancel`, undefined, key);
  expect(again).toMatchObject({ status: 200, json: { status: 'CANCELLED' } });
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  const unwaited = await post(`/v1/orders/${placed.id}/cancel`, undefined, { ...key, Prefer: '' });
  expect(unwaited.status).toBe(202);
  expect(await heldFor(placed.id)).toEqual(held);
  expect(await rowOf(api.fixture, placed.id)).toMatchObject(ended);
});

test('a shipment that an operator has dealt with by hand is not captured when it is reported again', async () => {
  const placed = await anOrder();
  const key = { 'Idempotency-Key': newKey() };
  const mend = await withoutCredit(placed);
  expect((await post(`${placed.at}/ship`, undefined, key)).status).toBe(202);
  await mend();
  await operatorsOf(api.fixture).resolve(placed.id, 'tester', 'invoiced by hand');
  const again = await post(`${placed.at}/ship`, undefined, key);
  expect(again).toMatchObject({ status: 200, json: { state: 'SHIPPED' } });
  expect(await rowOf(api.fixture, placed.id)).toMatchObject({ shipments: [{ captured: 0 }] });
  expect(await heldFor(placed.id)).toEqual({ amount: '200', captures: {} });
  await captureByHand(await rowOf(api.fixture, placed.id));
});

test('a revision that could not go back whole never stands, however often it is given again', async () => {
  const placed = await anOrder();
  const key = { 'Idempotency-Key': newKey() };
  const fault = () => Promise.reject(ApplicationFailure.nonRetryable('a fault', STEP_FAULTED));
  api.fixture.interpose('extendStock', fault);
  api.fixture.interpose('undoExtend', fault);
  const send = () => post(`/v1/orders/${placed.id}/revise`, placed.revised(3), key);
  expect(await send()).toMatchObject({ status: 202, json: { status: 'REVISION_PENDING' } });
  api.fixture.interpose('extendStock', undefined);
  api.fixture.interpose('undoExtend', undefined);
  await eventually(async () => {
    await look();
    expect(await rowOf(api.fixture, placed.id)).toMatchObject({
      pending: null,
      version: 1,
      total: 200,
      lastCommand: { kind: 'revise', outcome: 'refused', reason: 'PROCESSING_FAILED' },
    });
  });
  expect(await heldFor(placed.id)).toEqual({ amount: '200', captures: {} });
  expect(await send()).toMatchObject({ status: 409, json: { reason: 'PROCESSING_FAILED' } });
});

test('a revision whose undo the books refuse keeps its order until they are mended', async () => {
  const placed = await anOrder();
  let mend: () => Promise<unknown> = async () => undefined;
  api.fixture.interpose('extendStock', async (extend, input) => {
    const answers = await extend(input);
    mend = await withoutCredit(placed);
    return answers;
  });
  const answer = await post(`/v1/orders/${placed.id}/revise`, placed.revised(50));
  api.fixture.interpose('extendStock', undefined);
  expect(answer.status).toBe(202);
  expect(await rowOf(api.fixture, placed.id)).toMatchObject({
    status: 'REVISION_PENDING',
    attention: { remaining: ['revokeIncrease', 'failRevision'] },
  });
  await mend();
  await operatorsOf(api.fixture).retry(placed.id, 'tester');
  await eventually(async () =>
    expect(await rowOf(api.fixture, placed.id)).toMatchObject({
      pending: null,
      version: 1,
      total: 200,
      attention: null,
      lastCommand: { kind: 'revise', outcome: 'refused', reason: 'OUT_OF_STOCK' },
    }),
  );
});

type Sent = readonly [
  claim: keyof Activities,
  send: (placed: Placed, key: string) => ReturnType<typeof post>,
];
const sent: readonly Sent[] = [
  ['claimCancel', ({ id }, key) => post(`/v1/orders/${id}/cancel`, undefined, { 'Idempotency-Key': key })],
  [
    'claimRevision',
    ({ id, revised }, key) => post(`/v1/orders/${id}/revise`, revised(3), { 'Idempotency-Key': key }),
  ],
  ['claimRejection', ({ at }, key) => post(`${at}/reject`, rejection, { 'Idempotency-Key': key })],
  ['shipShipment', ({ at }, key) => post(`${at}/ship`, undefined, { 'Idempotency-Key': key })],
];

test.each(sent)(
  '%s that meets a fault is refused for good, also when it commits late',
  async (claim, send) => {
    const placed = await anOrder();
    const key = newKey();
    let late: () => Promise<unknown> = async () => undefined;
    api.fixture.interpose(claim, (run, input) => {
      late = () => run(input);
      return Promise.reject(ApplicationFailure.nonRetryable('too slow', STEP_KEEPS_TIMING_OUT));
    });
    const refused = { status: 409, json: { reason: 'PROCESSING_FAILED' } };
    expect(await send(placed, key)).toMatchObject(refused);
    api.fixture.interpose(claim, undefined);
    const before = await rowOf(api.fixture, placed.id);
    expect(before).toMatchObject({
      pending: null,
      lastCommand: { outcome: 'refused', reason: 'PROCESSING_FAILED' },
    });
    await late().catch(() => undefined);
    expect(await rowOf(api.fixture, placed.id)).toEqual(before);
    expect(await send(placed, key)).toMatchObject(refused);
  },
);

test.each(sent)(
  '%s that was taken, and nobody heard of it, is not over: 202, and it goes on',
  async (claim, send) => {
    const placed = await anOrder();
    const key = newKey();
    api.fixture.interpose(claim, async (run, input) => {
      await run(input);
      throw ApplicationFailure.nonRetryable('the answer was lost', STEP_KEEPS_TIMING_OUT);
    });
    expect((await send(placed, key)).status).toBe(202);
    api.fixture.interpose(claim, undefined);
    expect(await rowOf(api.fixture, placed.id)).toMatchObject({ compensation: 'none' });
    expect(await send(placed, key)).toMatchObject({ status: 200, headers: expect.anything() });
  },
);

test.each<[keyof Activities, Sent[1], object]>([
  ['releaseRest', sent[0]?.[1] as Sent[1], { status: 'CANCEL_PENDING' }],
  ['applyRevision', sent[1]?.[1] as Sent[1], { status: 'REVISION_PENDING' }],
  ['shrinkStock', sent[1]?.[1] as Sent[1], { status: 'REVISION_PENDING' }],
  ['consumeStock', sent[3]?.[1] as Sent[1], { state: 'SHIPPED' }],
])(
  'a fault at %s leaves the command to whoever goes on: 202 with how it stands',
  async (step, send, stands) => {
    const placed = await anOrder();
    const key = newKey();
    api.fixture.interpose(step, () =>
      Promise.reject(ApplicationFailure.nonRetryable('a fault', STEP_FAULTED)),
    );
    expect(await send(placed, key)).toMatchObject({ status: 202, json: stands });
    api.fixture.interpose(step, undefined);
    expect(await send(placed, key)).toMatchObject({ status: 200 });
    expect(await rowOf(api.fixture, placed.id)).toMatchObject({
      pending: null,
      lastCommand: { outcome: 'done' },
    });
  },
);
