import { sagaId } from '../../src/temporal/saga-starter';
import { itemAtNodes } from '../support/item-at-nodes';
import { onOrder, onShipment, overdue, rowOf, shipmentAt } from '../support/order-changes';
import { eventually } from '../support/saga-fixture';
import { operatorsOf } from '../support/saga-operators';
import { holdBack, refusing } from '../support/saga-sabotage';
import { type LiveApi, newKey, openLiveApi, placeOrder } from './support/live-api';

const WAIT = { Prefer: 'wait=20' };

let api: LiveApi;
beforeAll(async () => {
  api = await openLiveApi();
});
afterAll(async () => expect(await api.close()).toEqual([]));

const listed = async (state: string, id: string) =>
  (await api.call('GET', `/v1/sagas?state=${state}&limit=200`)).json.items.filter(
    (saga: { id: string }) => saga.id === id,
  );
const shown = async (id: string) => (await api.call('GET', `/v1/sagas/${id}`)).json;
const age = (id: string) =>
  api.fixture.sql(`UPDATE orders."order" SET updated_at = updated_at - interval '31 s' WHERE id = $1`, [id]);
const shipmentsOf = async (id: string) => (await api.call('GET', `/v1/orders/${id}/shipments`)).json.items;
const report = (shipmentId: string, what: string, headers = {}) =>
  api.call('POST', `/v1/shipments/${shipmentId}/${what}`, undefined, headers);

async function anOrder(units: Readonly<Record<string, number>> = { 'wh-north': 3 }, quantity = 3) {
  const sku = await itemAtNodes(api.fixture, units);
  return (await placeOrder(api, sku, quantity)).id as string;
}

it('an order that a cancel has taken is listed, also when its workflow is dead, with what is done and what remains', async () => {
  const id = await anOrder();
  const held = holdBack(api.fixture, 'decreaseCredit');
  const key = { 'Idempotency-Key': newKey() };
  expect((await api.call('POST', `/v1/orders/${id}/cancel`, undefined, key)).status).toBe(202);
  await held.begun;
  const { commandId } = (await rowOf(api.fixture, id)).pending ?? { commandId: '' };
  const saga = {
    id,
    command: { kind: 'cancel', id: commandId },
    state: 'running',
    status: 'CANCEL_PENDING',
    steps: {
      done: ['claimCancel', 'releaseRest'],
      remaining: ['decreaseCredit', 'finishCancel'],
      undone: [],
    },
  };
  expect(await listed('running', id)).toMatchObject([saga]);
  expect(await listed('stuck', id)).toEqual([]);
  const { client } = api.fixture.context.temporal;
  await client.workflow.getHandle(sagaId('cancelOrders', [commandId])).terminate('a test');
  held.lose();
  await age(id);
  expect(await listed('stuck', id)).toMatchObject([saga]);
  const detail = await shown(id);
  expect(detail).toMatchObject(saga);
  expect([detail.workflowId, detail.links.webUi]).toEqual([
    undefined,
    expect.stringContaining('query=OrderId'),
  ]);
  held.goOn();
  const again = await api.call('POST', `/v1/orders/${id}/cancel`, undefined, { ...key, ...WAIT });
  expect([again.status, again.json.status]).toEqual([200, 'CANCELLED']);
  expect([await listed('running', id), await listed('stuck', id)]).toEqual([[], []]);
  expect(await shown(commandId)).toMatchObject({
    id: commandId,
    command: { ...saga.command, outcome: 'done' },
    state: 'finished',
    status: 'CANCELLED',
    steps: {
      done: ['claimCancel', 'releaseRest', 'decreaseCredit', 'finishCancel'],
      remaining: [],
      undone: [],
    },
  });
  expect(await shown(id)).toMatchObject({
    command: { kind: 'create', id },
    state: 'finished',
    steps: { done: ['recordOrder', 'holdCredit', 'commitStock', 'approveOrder'], remaining: [], undone: [] },
  });
});

it('a shipment that has left and is not captured is listed until it is, and a cancel of the rest beside it', async () => {
  const id = await anOrder({ 'wh-north': 2, 'wh-south': 2 }, 4);
  const [{ id: first }] = await shipmentsOf(id);
  expect((await report(first, 'accept', WAIT)).status).toBe(200);
  const capture = holdBack(api.fixture, 'captureCredit');
  await report(first, 'ship');
  await capture.begun;
  const ship = {
    command: { kind: 'ship', id: (await rowOf(api.fixture, id)).shipments[0]?.shippedBy },
    steps: {
      done: ['shipShipment', 'consumeStock'],
      remaining: ['captureCredit', 'recordCaptured'],
      undone: [],
    },
  };
  expect(await listed('running', id)).toMatchObject([{ ...ship, state: 'running', status: 'FULFILLING' }]);
  expect((await report(first, 'deliver', WAIT)).status).toBe(200);
  await age(id);
  expect(await listed('stuck', id)).toMatchObject([ship]);
  const release = holdBack(api.fixture, 'releaseRest');
  await api.call('POST', `/v1/orders/${id}/cancel`);
  await release.begun;
  const steps = { done: ['claimCancel'], remaining: ['releaseRest', 'decreaseCredit', 'finishCancel'] };
  expect(await listed('running', id)).toMatchObject([{ command: { kind: 'cancel' }, steps, others: [ship] }]);
  release.goOn();
  capture.goOn();
  await eventually(async () => expect(await listed('running', id)).toEqual([]));
  expect(await rowOf(api.fixture, id)).toMatchObject({ status: 'DELIVERED', payment: 'captured' });
});

it('a shipment whose credit cannot be captured needs attention, until it is run again and captured', async () => {
  const id = await anOrder();
  const [{ id: shipment }] = await shipmentsOf(id);
  expect((await report(shipment, 'accept', WAIT)).status).toBe(200);
  api.fixture.interpose('captureCredit', async (_run, input) => {
    const { members } = input as { members: readonly { command: { commandId: string } }[] };
    return Object.fromEntries(
      members.map(({ command }) => [command.commandId, { kind: 'refused', reason: 'CREDIT_NOT_HELD' }]),
    );
  });
  await report(shipment, 'ship');
  const stopped = {
    command: { kind: 'ship' },
    state: 'needs_attention',
    attention: { remaining: ['captureCredit', 'recordCaptured'] },
    steps: {
      done: ['shipShipment', 'consumeStock'],
      remaining: ['captureCredit', 'recordCaptured'],
      undone: [],
    },
  };
  await eventually(async () => expect(await listed('needs_attention', id)).toMatchObject([stopped]));
  expect(await shown(id)).toMatchObject(stopped);
  await age(id);
  expect([await listed('running', id), await listed('stuck', id)]).toEqual([[], []]);
  api.fixture.interpose('captureCredit', undefined);
  await operatorsOf(api.fixture).retry(id, 'tester');
  expect(await listed('running', id)).toMatchObject([
    { command: stopped.command, state: 'running', steps: stopped.steps },
  ]);
  const order = await rowOf(api.fixture, id);
  const again = onShipment(order, 0, order.shipments[0]?.shippedBy);
  await (await api.fixture.context.starters.resumeShipments([again])).outcomes;
  expect([await listed('running', id), (await shown(id)).state]).toEqual([[], 'finished']);
});

it('a revision that cannot have its stock is listed with the undos that are left', async () => {
  const id = await anOrder();
  const order = await rowOf(api.fixture, id);
  const held = holdBack(api.fixture, 'revokeIncrease');
  const [line] = order.lines;
  const lines = [{ lineId: '1', sku: line?.sku ?? '', quantity: 9, unitPrice: 100 }];
  const command = { ...onOrder(order), baseVersion: 1, lines };
  const saga = await api.fixture.context.starters.reviseOrders([command]);
  await held.begun;
  expect(await listed('running', id)).toMatchObject([
    {
      command: { kind: 'revise', id: command.commandId },
      status: 'REVISION_PENDING',
      steps: {
        done: ['claimRevision', 'increaseCredit'],
        remaining: ['revokeIncrease', 'failRevision'],
        undone: ['undoExtend'],
      },
    },
  ]);
  held.goOn();
  expect(await saga.outcomes).toMatchObject([{ kind: 'refused', reason: 'OUT_OF_STOCK' }]);
  expect(await listed('running', id)).toEqual([]);
  expect(await shown(command.commandId)).toMatchObject({
    command: { kind: 'revise', outcome: 'refused', reason: 'OUT_OF_STOCK' },
    state: 'finished',
    status: 'APPROVED',
    steps: {
      done: ['claimRevision', 'increaseCredit'],
      remaining: [],
      undone: ['undoExtend', 'revokeIncrease', 'failRevision'],
    },
  });
});

it('what nodes report, and what they let pass, is found by the id of its command when it is over', async () => {
  const id = await anOrder({ 'wh-north': 3, 'wh-south': 3 });
  const order = await rowOf(api.fixture, id);
  const { starters } = api.fixture.context;
  const accept = onShipment(order);
  await (await starters.acceptShipments([accept])).outcomes;
  const late = onShipment(order);
  await (await starters.acceptShipments([late])).outcomes;
  await overdue(api.fixture, shipmentAt(order));
  const deadline = onShipment(order, 0, `${accept.shipmentId}/overdue/2026-01-01T00:00:00.000Z`);
  await (await starters.expireShipments([deadline])).outcomes;
  const all = [accept, late, deadline];
  expect(await Promise.all(all.map(({ commandId }) => shown(encodeURIComponent(commandId))))).toMatchObject([
    { command: { kind: 'accept', outcome: 'done' }, steps: { done: ['acceptShipment'] } },
    { command: { kind: 'accept', outcome: 'refused', reason: 'ALREADY_REPORTED' }, steps: { done: [] } },
    {
      id: deadline.commandId,
      command: { kind: 'reject', outcome: 'done' },
      steps: {
        done: ['claimOverdue', 'replaceUnits', 'settleRejection', 'decreaseCredit', 'finishRejection'],
        remaining: [],
      },
    },
  ]);
});

it('an order whose undo cannot succeed needs attention, with what was undone and what is left', async () => {
  const sku = await itemAtNodes(api.fixture, { 'wh-north': 1 });
  const mend = await refusing(api.fixture.sql, {
    table: 'credit.hold',
    on: 'UPDATE',
    when: `EXISTS (SELECT 1 FROM orders."order" WHERE id = NEW.order_id AND customer_id = '${sku}')`,
    code: 'P0001',
  });
  const body = {
    customerId: sku,
    currency: 'EUR',
    lines: [{ sku, quantity: 2, unitPrice: 100 }],
    shipTo: { region: 'north' },
  };
  const placed = await api.call('POST', '/v1/orders', body, { 'Idempotency-Key': newKey(), ...WAIT });
  const { id } = placed.json;
  const creation = { id, command: { kind: 'create', id }, status: 'REJECTED' };
  await eventually(async () => expect(await listed('needs_attention', id)).toMatchObject([creation]));
  expect(await shown(id)).toMatchObject({
    ...creation,
    state: 'needs_attention',
    attention: { remaining: ['releaseCredit'] },
    steps: { done: ['recordOrder', 'holdCredit'], remaining: ['releaseCredit'], undone: ['rejectOrder'] },
  });
  expect(await listed('running', id)).toEqual([]);
  await mend();
  const { commandId, ...order } = { ...onOrder(await rowOf(api.fixture, id)), commandId: id };
  await api.fixture.context.starters.finishCompensation({
    ...order,
    commandId,
    lines: body.lines.map((line) => ({ ...line, lineId: '1' })),
    reason: 'OUT_OF_STOCK',
    undone: [],
    remaining: ['releaseCredit'],
    retriedBy: 'tester',
  });
  await eventually(async () => expect(await shown(id)).toMatchObject({ state: 'finished' }));
  expect((await shown(id)).steps).toEqual({
    done: ['recordOrder', 'holdCredit'],
    remaining: [],
    undone: ['releaseCredit', 'rejectOrder'],
  });
});
