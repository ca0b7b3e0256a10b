import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../../activities/activities';
import { STEP_FAULTED } from '../../../src/contracts/saga';
import { decideAdjustHold } from '../../../src/domain/credit/adjust';
import { decideCapture } from '../../../src/domain/credit/capture';
import { lostSagasWatch } from '../../../src/recovery/lost-sagas-watch';
import { itemAtNodes } from '../../support/item-at-nodes';
import { rowOf } from '../../support/order-changes';
import { eventually } from '../../support/saga-fixture';
import { type LiveApi, newKey, openLiveApi, placeOrder } from '../support/live-api';

const WAIT = { Prefer: 'wait=20' };

let api: LiveApi;
beforeAll(async () => {
  api = await openLiveApi();
});
afterAll(async () => expect(await api.close()).toEqual([]));

const post = (path: string, body?: unknown, headers: Record<string, string> = {}) =>
  api.call('POST', path, body, { 'Idempotency-Key': newKey(), ...headers });
const rejection = { lineId: '1', quantity: 1, reason: 'DAMAGED' };
const shown = async (id: string) => (await api.call('GET', `/v1/sagas/${id}`)).json;
const orderNow = async (id: string) => (await api.call('GET', `/v1/orders/${id}`)).json;

/** Creates an order with one shipment that its node has accepted. */
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
type Mend = () => Promise<void>;

/** Takes an order's stock away in its store, until the returned function restores it. */
async function withoutStock({ id }: Placed): Promise<Mend> {
  const set = async (state: string) => {
    await api.fixture.sql('UPDATE inventory.reservation SET state = $1 WHERE order_id = $2', [state, id]);
  };
  await set('HELD');
  return () => set('COMMITTED');
}

/** Removes nearly all of an order's credit hold from its store, until the returned function restores it. */
async function withoutCredit({ id }: Placed): Promise<Mend> {
  const { sql } = api.fixture;
  const [hold] = await sql<{ amount: string }>('SELECT amount FROM credit.hold WHERE order_id = $1', [id]);
  const set = async (amount: unknown) => {
    await sql('UPDATE credit.hold SET amount = $1 WHERE order_id = $2', [amount, id]);
  };
  await set(1);
  return () => set(hold?.amount);
}

/** Waits for the one saga on an order that needs attention. */
function stoppedOn(orderId: string) {
  return eventually(async () => {
    const { items } = (await api.call('GET', '/v1/sagas?state=needs_attention&limit=200')).json;
    const own = items.filter(({ subject }: { subject: string }) => subject === orderId);
    expect(own).toHaveLength(1);
    return own[0];
  });
}

/** Runs the relay's watch until a check passes. */
function relayUntil(check: () => Promise<void>): Promise<void> {
  const { stores, sagas } = api.fixture.context;
  const watch = lostSagasWatch({ commands: stores.commands, sagas, onRestart: () => undefined });
  return eventually(async () => {
    await watch.look();
    await check();
  });
}

/** Runs the relay's watch until an answer arrives. */
async function relayed<T>(answer: Promise<T>): Promise<T> {
  let isThere = false;
  const noted = answer.finally(() => {
    isThere = true;
  });
  await relayUntil(async () => expect(isThere).toBe(true));
  return noted;
}

const heldFor = async (id: string) =>
  (await api.fixture.sql('SELECT state, amount, captures FROM credit.hold WHERE order_id = $1', [id]))[0];

const afterShipping = ['consumeStock', 'captureCredit', 'noteCaptured'];
const shipped = { status: 'SHIPPED', payment: 'captured' };

describe('a decided command whose step a store refuses needs attention, is not retried, and completes once the data is repaired', () => {
  test.each<
    [string, (placed: Placed) => Promise<Mend>, (placed: Placed) => ReturnType<typeof post>, string[], object]
  >([
    ['a shipment', withoutStock, ({ at }) => post(`${at}/ship`), afterShipping, shipped],
    ['a capture', withoutCredit, ({ at }) => post(`${at}/ship`), afterShipping.slice(1), shipped],
    [
      'a rejection',
      withoutStock,
      ({ at }) => post(`${at}/reject`, rejection),
      ['replaceUnits', 'settleRejection', 'decreaseCredit', 'freeRejected'],
      { status: 'FULFILLING', lastCommand: { kind: 'reject', outcome: 'done' } },
    ],
    [
      'a cancellation',
      withoutCredit,
      ({ id }) => post(`/v1/orders/${id}/cancel`),
      ['decreaseCredit', 'freeCancelled'],
      { status: 'CANCELLED' },
    ],
    [
      'a revision',
      withoutStock,
      ({ id, revised }) => post(`/v1/orders/${id}/revise`, revised(1)),
      ['shrinkStock', 'decreaseCredit', 'freeRevised'],
      { version: 2, total: 100, lastCommand: { kind: 'revise', outcome: 'done' } },
    ],
  ])('%s', async (_name, breaking, send, remaining, end) => {
    const placed = await anOrder();
    const mend = await breaking(placed);
    expect((await send(placed)).status).toBe(202);
    const saga = await stoppedOn(placed.id);
    expect(saga).toMatchObject({ attention: { remaining }, steps: { remaining } });
    expect(saga.attention.failure).not.toBe('');
    expect((await orderNow(placed.id)).compensation).toBe('needs_attention');
    await api.fixture.sql('UPDATE orders.command SET look_at = now() WHERE id = $1', [saga.id]);
    const due = await api.fixture.context.stores.commands.takeDue(1_000);
    expect(due.map(({ workflowId }) => workflowId)).not.toContain(saga.workflowId);
    // The retry fails, as nothing was mended: the command needs attention again.
    const inVain = await relayed(post(`/v1/sagas/${saga.id}/retry`, undefined, WAIT));
    expect([inVain.status, inVain.json.state]).toEqual([200, 'needs_attention']);
    await mend();
    const retried = await post(`/v1/sagas/${saga.id}/retry`);
    expect([retried.status, retried.json.state]).toEqual([202, 'running']);
    await relayUntil(async () => expect(await shown(saga.id)).toMatchObject({ state: 'finished' }));
    expect(await orderNow(placed.id)).toMatchObject({ ...end, compensation: 'none' });
  });
});

describe('a command that an operator has resolved', () => {
  it('stays closed when its cancellation is sent again', async () => {
    const placed = await anOrder();
    const key = { 'Idempotency-Key': newKey() };
    const mend = await withoutCredit(placed);
    expect((await post(`/v1/orders/${placed.id}/cancel`, undefined, key)).status).toBe(202);
    const saga = await stoppedOn(placed.id);
    await mend();
    await giveBack(placed, 200);
    const held = await heldFor(placed.id);
    const resolved = await post(`/v1/sagas/${saga.id}/resolve`, { note: 'given back by hand' });
    expect([resolved.status, resolved.json.state]).toEqual([200, 'finished']);
    const ended = {
      status: 'CANCELLED',
      compensation: 'none',
      lastCommand: { id: saga.id, kind: 'cancel', outcome: 'done' },
    };
    expect(await orderNow(placed.id)).toMatchObject(ended);
    for (const [prefer, status] of [
      [WAIT, 200],
      [{}, 202],
    ] as const) {
      const again = await post(`/v1/orders/${placed.id}/cancel`, undefined, { ...key, ...prefer });
      expect([again.status, again.json.status, again.headers.get('idempotent-replayed')]).toEqual([
        status,
        'CANCELLED',
        'true',
      ]);
    }
    expect(await heldFor(placed.id)).toEqual(held);
    expect(await orderNow(placed.id)).toMatchObject(ended);
  });

  it('captures nothing when its shipment is reported again', async () => {
    const placed = await anOrder();
    const key = { 'Idempotency-Key': newKey() };
    const mend = await withoutCredit(placed);
    expect((await post(`${placed.at}/ship`, undefined, key)).status).toBe(202);
    const saga = await stoppedOn(placed.id);
    await mend();
    expect((await post(`/v1/sagas/${saga.id}/resolve`, { note: 'invoiced by hand' })).status).toBe(200);
    const again = await post(`${placed.at}/ship`, undefined, { ...key, ...WAIT });
    expect([again.status, again.json.state]).toEqual([200, 'SHIPPED']);
    expect(await rowOf(api.fixture, placed.id)).toMatchObject({ shipments: [{ captured: 0 }] });
    expect(await heldFor(placed.id)).toMatchObject({ amount: '200', captures: {} });
    await captureByHand(placed, saga.id);
  });

  it('compensates where it was undecided', async () => {
    const sku = await itemAtNodes(api.fixture, { 'wh-north': 3 });
    const lines = [{ sku, quantity: 2, unitPrice: 100 }];
    const body = { customerId: sku, currency: 'EUR', lines, shipTo: { region: 'north' } };
    faulty('commitStock');
    const { id } = (await post('/v1/orders', body)).json;
    const saga = await stoppedOn(id);
    api.fixture.interpose('commitStock', undefined);
    expect(saga).toMatchObject({ id, attention: { remaining: ['commitStock'], failure: 'a fault' } });
    expect(await heldFor(id)).toMatchObject({ amount: '200' });
    const resolved = await post(`/v1/sagas/${id}/resolve`, { note: 'the customer was told' });
    expect([resolved.status, resolved.json.decision]).toEqual([200, 'rejected']);
    await relayUntil(async () => expect(await shown(id)).toMatchObject({ state: 'finished' }));
    expect(await orderNow(id)).toMatchObject({
      status: 'REJECTED',
      reason: 'PROCESSING_FAILED',
      compensation: 'done',
    });
    expect(await heldFor(id)).toMatchObject({ state: 'RELEASED' });
  });
});

test('a revision whose compensation is refused keeps its order locked until the data is repaired, and then is refused', async () => {
  const placed = await anOrder();
  const key = { 'Idempotency-Key': newKey() };
  faulty('revokeIncrease');
  const send = () => post(`/v1/orders/${placed.id}/revise`, placed.revised(50), key);
  expect((await send()).status).toBe(202);
  const saga = await stoppedOn(placed.id);
  api.fixture.interpose('revokeIncrease', undefined);
  expect(saga).toMatchObject({
    decision: 'turned-back',
    reason: 'OUT_OF_STOCK',
    attention: { remaining: ['revokeIncrease', 'freeRevised'] },
  });
  expect(await orderNow(placed.id)).toMatchObject({
    status: 'REVISION_PENDING',
    compensation: 'needs_attention',
  });
  expect(await send()).toMatchObject({ status: 409, json: { reason: 'OUT_OF_STOCK' } });
  await post(`/v1/sagas/${saga.id}/retry`);
  await relayUntil(async () => expect(await shown(saga.id)).toMatchObject({ state: 'finished' }));
  expect(await orderNow(placed.id)).toMatchObject({
    status: 'FULFILLING',
    version: 1,
    total: 200,
    lastCommand: { kind: 'revise', outcome: 'refused', reason: 'OUT_OF_STOCK' },
  });
  expect(await heldFor(placed.id)).toMatchObject({ amount: '200', captures: {} });
  expect(await send()).toMatchObject({ status: 409, json: { reason: 'OUT_OF_STOCK' } });
});

/** Makes a step meet a fault that is not provably a command's own. */
function faulty(step: keyof Activities): void {
  api.fixture.interpose(step, () =>
    Promise.reject(ApplicationFailure.create({ message: 'a fault', type: STEP_FAULTED, nonRetryable: true })),
  );
}

/** Releases credit, as an operator does by hand. */
async function giveBack({ id: orderId }: Placed, amount: number): Promise<void> {
  const adjustmentId = newKey();
  await onAccount(orderId, (account) => decideAdjustHold(account, { orderId, adjustmentId, by: -amount }));
}

/** Does what the operator's note says, so that the books balance at the end of this file. */
async function captureByHand({ id: orderId }: Placed, captureId: string): Promise<void> {
  const [shipment] = (await rowOf(api.fixture, orderId)).shipments;
  const capture = { captureId, shipmentId: shipment?.id ?? '', amount: 200, finalTotal: 200 };
  await onAccount(orderId, (account) => decideCapture(account, { orderId, ...capture }));
}

type OnAccount = Parameters<LiveApi['fixture']['context']['stores']['credit']['step']>[2];

async function onAccount(orderId: string, decide: OnAccount): Promise<void> {
  const { customerId } = await rowOf(api.fixture, orderId);
  const command = { commandId: newKey(), correlation: orderId, caller: 'tester', customerId, orderId };
  await api.fixture.context.stores.credit.step('byHand', [command], decide);
}
