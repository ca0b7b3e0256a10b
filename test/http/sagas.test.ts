import { decideClaimCancel } from '../../src/domain/order/cancel-order';
import { decideResolve } from '../../src/domain/order/compensation';
import type { Order } from '../../src/domain/order/order';
import { cutShortOf, decideStop } from '../../src/domain/order/stop-command';
import { sagaOperations } from '../../src/intake/saga-operations';
import { openStores } from '../../src/stores/stores';
import { orderOf } from '../support/saga-orders';
import { withDatabase } from '../support/test-database';
import { tripOf } from '../support/trip-plays';
import { type Answer, type ApiUnderTest, startApi } from './support/api-under-test';
import { approveOrders, recordOrders, rejectOrders } from './support/recorded-orders';
import { recordTrips } from './support/recorded-trips';

const BODY = {
  customerId: 'cust-1',
  currency: 'EUR',
  lines: [{ sku: 'SKU-1', quantity: 2, unitPrice: 500 }],
  shipTo: { region: 'north' },
};
const BY = { caller: 'tester', correlation: 'test' };
const ATTENTION = { remaining: ['releaseCredit'], failure: 'the account is gone' };

let api: ApiUnderTest;
let running: string;
let stuck: string;
beforeAll(async () => {
  api = await startApi();
  api.stand.startOrders = async (commands) => {
    await recordOrders(api.stores, commands);
    return { outcomes: new Promise(() => undefined) };
  };
  running = (await place('running')).json.id;
  api.stand.startOrders = async (commands) => ({ outcomes: rejectOrders(api.stores, commands) });
  stuck = (await place('stuck', { Prefer: 'wait=5' })).json.id;
  await api.stores.orders.client.order.update({
    where: { id: stuck },
    data: { compensation: 'needs_attention', attention: ATTENTION },
  });
});
afterAll(() => api.close());

const place = (key: string, headers: Record<string, string> = {}): Promise<Answer> =>
  api.call('POST', '/v1/orders', BODY, { 'Idempotency-Key': key, ...headers });
const listed = async (state: string) =>
  (await api.call('GET', `/v1/sagas?state=${state}`)).json.items.map(({ id }: { id: string }) => id);

describe('sagas', () => {
  it('lists those that are not done by state', async () => {
    expect(await listed('running')).toEqual([running]);
    expect(await listed('needs_attention')).toEqual([stuck]);
    expect(await listed('stuck')).toEqual([]);
    await api.stores.orders.client.order.update({ where: { id: running }, data: { updatedAt: new Date(0) } });
    expect(await listed('stuck')).toEqual([running]);
  });

  it.each(['nonsense', 'eyJ9', Buffer.from('2026-11-22T00:00:00Z').toString('base64url'), '%00', ''])(
    'refuses %p, which is no cursor',
    async (cursor) => {
      const { status, json } = await api.call('GET', `/v1/sagas?state=running&cursor=${cursor}`);
      expect([status, json.errors[0].field]).toEqual([400, 'cursor']);
    },
  );

  it('lists them without their steps while a store that knows some cannot be reached', async () => {
    const [{ name }] = await api.stores.orders.client.$queryRaw<[{ name: string }]>`
      SELECT current_database() AS name`;
    const orders = withDatabase(process.env.DATABASE_URL ?? '', name);
    const nowhere = 'postgresql://nobody@127.0.0.1:9/nothing';
    const stores = openStores({ orders, inventory: nowhere, credit: nowhere }, 2);
    const other = await startApi({ stores });
    const { status, json } = await other.call('GET', '/v1/sagas?state=running');
    await other.close();
    await stores.close();
    expect([status, json.items.length, json.items[0].steps]).toEqual([200, 1, undefined]);
    expect(json.items[0]).toMatchObject({ id: running, command: { kind: 'create', id: running } });
  });

  it('shows what an operator has to finish, and the ledger of one that runs', async () => {
    const attended = await api.call('GET', `/v1/sagas/${stuck}`);
    expect(attended.json).toMatchObject({
      state: 'needs_attention',
      attention: ATTENTION,
      reason: 'OUT_OF_STOCK',
    });
    expect(attended.json.ledger).toBeUndefined();
    const underWay = await api.call('GET', `/v1/sagas/${running}`);
    expect(underWay.json).toMatchObject({ state: 'running', ledger: { counts: {} } });
    expect((await api.call('GET', '/v1/sagas/ord_none')).status).toBe(404);
  });

  it('has what is left retried or resolved, where something is left', async () => {
    api.stand.operator = { kind: 'done' };
    expect((await api.call('POST', `/v1/sagas/${stuck}/retry`)).status).toBe(202);
    const resolved = await api.call('POST', `/v1/sagas/${stuck}/resolve`, { note: 'released by hand' });
    expect([resolved.status, resolved.json.id]).toEqual([200, stuck]);
    api.stand.operator = { kind: 'not-stuck', compensation: 'none' };
    expect((await api.call('POST', `/v1/sagas/${running}/retry`)).status).toBe(409);
    expect((await api.call('POST', `/v1/sagas/${running}/resolve`, { note: 'x' })).status).toBe(409);
    expect((await api.call('POST', '/v1/sagas/ord_none/retry')).status).toBe(404);
    expect((await api.call('POST', `/v1/sagas/${stuck}/resolve`, {})).json.errors[0].field).toBe('note');
  });
});

test('a command is found by its own id, also once it is over; operators who name it act on its order', async () => {
  const placed = orderOf([['SKU-1', 1]], { customerId: 'cust-1' });
  const { commandId: id } = placed;
  await approveOrders(api.stores, [placed]);
  const command = { ...BY, correlation: id, orderId: id, commandId: `cmd_${id}` };
  const shown = async () => (await api.call('GET', `/v1/sagas/${command.commandId}`)).json;
  const { orders } = api.stores;
  expect((await api.call('GET', `/v1/sagas/${command.commandId}`)).status).toBe(404);
  await orders.stepOnce('claimCancel', [command], ({ order }) => decideClaimCancel(order, command));
  const remaining = ['releaseRest', 'decreaseCredit', 'finishCancel'];
  const saga = {
    id: command.commandId,
    command: { kind: 'cancel', id: command.commandId },
    status: 'CANCEL_PENDING',
    steps: { done: ['claimCancel'], remaining, undone: [] },
    links: { self: `/v1/sagas/${command.commandId}`, order: `/v1/orders/${id}` },
  };
  expect(await shown()).toMatchObject({ ...saga, state: 'running' });
  expect((await shown()).command.outcome).toBeUndefined();
  const why = { remaining, failure: 'there is no such stock' };
  await orders.step([command], ({ order }) => decideStop(order, cutShortOf('cancel', command, why)));
  expect(await shown()).toMatchObject({ ...saga, state: 'needs_attention', attention: why });
  api.stand.operator = { kind: 'done' };
  expect((await api.call('POST', `/v1/sagas/${command.commandId}/retry`)).json).toMatchObject({
    id: saga.id,
  });
  expect(api.stand.told.at(-1)).toEqual(['retry', id, 'tester']);
  const by = { by: 'tester', note: 'by hand', mayLeaveSurplus: false };
  await orders.step([{ ...command, commandId: `${id}/resolve` }], ({ order }) =>
    decideResolve(order as Order, by),
  );
  expect(await shown()).toMatchObject({
    state: 'finished',
    command: { ...saga.command, outcome: 'done' },
    status: 'CANCELLED',
    steps: { done: ['claimCancel'], remaining: [], undone: [] },
  });
  const again = await api.call('POST', `/v1/sagas/${command.commandId}/resolve`, { note: 'x' });
  expect([again.status, again.json.detail]).toEqual([409, 'the saga needs no attention: it is finished']);
  expect((await api.call('GET', `/v1/sagas/${encodeURIComponent(`${id}/resolve`)}`)).status).toBe(404);
});

test('what has stopped is resolved while the inventory cannot be reached, which then tells nobody that no partner was asked', async () => {
  const placed = orderOf([['SKU-1', 1]], { customerId: 'cust-1' });
  const { commandId: orderId } = placed;
  await approveOrders(api.stores, [placed]);
  const command = { ...BY, correlation: orderId, orderId, commandId: `cmd_stopped_${orderId}` };
  await api.stores.orders.stepOnce('claimCancel', [command], ({ order }) =>
    decideClaimCancel(order, command),
  );
  const why = { remaining: ['releaseRest'], failure: 'there is no such stock' };
  await api.stores.orders.step([command], ({ order }) =>
    decideStop(order, cutShortOf('cancel', command, why)),
  );
  const nowhere = 'postgresql://nobody@127.0.0.1:9/nothing';
  const cutOff = openStores({ orders: api.databaseUrl, inventory: nowhere, credit: nowhere }, 2);
  const begun: string[] = [];
  const operators = sagaOperations(cutOff, {
    finishCompensation: async ({ commandId }) => {
      begun.push(commandId);
    },
    takeUpAgain: () => undefined,
  });
  expect(await operators.resolve(orderId, 'tester', 'by hand')).toMatchObject({ kind: 'done' });
  await cutOff.close();
  expect(await api.stores.ordersReads.order(orderId)).toMatchObject({
    status: 'CANCELLED',
    compensation: 'running',
  });
  expect(begun).toEqual([orderId]);
  await api.stores.orders.client.order.update({ where: { id: orderId }, data: { compensation: 'done' } });
});

test('what could not be recorded is listed for an operator, and shown by its id', async () => {
  const { commandId: id, ...command } = orderOf([['SKU-1', 1]]);
  await api.stores.unrecorded.note(
    { kind: 'create', command: { ...command, commandId: id } },
    'no such character',
  );
  expect([await listed('needs_attention'), await listed('running')]).toEqual([
    expect.arrayContaining([id]),
    expect.not.arrayContaining([id]),
  ]);
  const saga = { id, command: { kind: 'create', id }, status: 'PENDING' };
  const { json } = await api.call('GET', `/v1/sagas/${id}`);
  const attention = { remaining: ['recordOrder'], failure: 'no such character' };
  expect(json).toMatchObject({ ...saga, state: 'needs_attention', attention });
  const order = async () => (await api.call('GET', `/v1/orders/${id}`)).json;
  expect(await order()).toMatchObject({ id, status: 'PENDING', compensation: 'needs_attention' });
  expect(await api.call('GET', `/v1/orders/${id}/events`)).toMatchObject({
    status: 200,
    json: { items: [] },
  });
  await api.stores.unrecorded.resolve(id, 'tester', 'told by telephone');
  expect(await listed('needs_attention')).not.toContain(id);
  const ended = { status: 'REJECTED', reason: 'PROCESSING_FAILED', compensation: 'done' };
  expect((await api.call('GET', `/v1/sagas/${id}`)).json).toMatchObject({
    ...saga,
    ...ended,
    state: 'finished',
  });
  expect(await order()).toMatchObject({ id, ...ended, lines: [{ quantity: 1 }] });
  const trip = tripOf();
  await api.stores.unrecorded.note({ kind: 'trip', command: trip }, 'no such character');
  expect((await api.call('GET', `/v1/trips/${trip.commandId}`)).json).toMatchObject({
    status: 'PENDING',
    compensation: 'needs_attention',
    bookings: [{ party: 'hotel' }, { party: 'flight' }],
  });
  await api.stores.unrecorded.resolve(trip.commandId, 'tester', 'told by telephone');
});

test('a command on an order that could not be recorded is listed with it, and refused once it is resolved', async () => {
  const placed = orderOf([['SKU-1', 1]], { customerId: 'cust-1' });
  const { commandId: orderId } = placed;
  await approveOrders(api.stores, [placed]);
  const id = `cmd_lost_${orderId}`;
  const command = { ...BY, correlation: orderId, orderId, customerId: 'cust-1', commandId: id };
  await api.stores.unrecorded.note({ kind: 'cancel', command }, 'a fault');
  expect(await listed('needs_attention')).toContain(id);
  const saga = {
    id,
    command: { kind: 'cancel', id },
    status: 'APPROVED',
    links: { self: `/v1/sagas/${id}`, order: `/v1/orders/${orderId}` },
  };
  const shown = async () => (await api.call('GET', `/v1/sagas/${id}`)).json;
  const attention = { remaining: ['claimCancel'], failure: 'a fault' };
  expect(await shown()).toMatchObject({ ...saga, state: 'needs_attention', attention });
  expect(await api.stores.unrecorded.resolve(id, 'tester', 'told by telephone')).toBe(true);
  const refused = { outcome: 'refused', reason: 'PROCESSING_FAILED' };
  expect(await shown()).toMatchObject({ ...saga, state: 'finished', command: refused });
  const claim = await api.stores.orders.stepOnce('claimCancel', [command], ({ order }) =>
    decideClaimCancel(order, command),
  );
  expect(claim).toMatchObject([{ kind: 'refused', reason: 'PROCESSING_FAILED' }]);
});

test('orders that are taken, orders being created and trips are on pages together, each once, those of one moment too', async () => {
  const orders = Array.from({ length: 6 }, () => orderOf([['SKU-1', 1]], { customerId: 'cust-1' }));
  const trips = [tripOf(), tripOf(), tripOf()];
  const taken = orders.slice(0, 3);
  await approveOrders(api.stores, taken);
  await recordOrders(api.stores, orders.slice(3));
  await recordTrips(api.stores, trips);
  const claims = taken.map(({ commandId: orderId }) => ({
    ...BY,
    commandId: `cancel-${orderId}`,
    orderId,
  }));
  await api.stores.orders.step(claims, ({ order }, command) => decideClaimCancel(order, command));
  const ids = [...orders, ...trips].map(({ commandId }) => commandId);
  const created = { where: { id: { in: ids } }, data: { createdAt: new Date('2026-11-01T00:00:00Z') } };
  await api.stores.orders.client.order.updateMany(created);
  await api.stores.orders.client.trip.updateMany(created);
  const seen: { id: string; command: { kind: string } }[] = [];
  for (let cursor = ''; ; ) {
    const { json } = await api.call('GET', `/v1/sagas?state=running&limit=2${cursor}`);
    seen.push(...json.items);
    if (json.nextCursor === undefined) break;
    cursor = `&cursor=${json.nextCursor}`;
  }
  expect(seen.map(({ id }) => id)).toEqual([...[...ids].sort(), running]);
  const ofKind = (kind: string) => seen.filter(({ command }) => command.kind === kind);
  expect(ofKind('cancel').map(({ id }) => id)).toEqual(taken.map(({ commandId }) => commandId).sort());
  expect(ofKind('trip')[0]).toMatchObject({ steps: { done: [], remaining: ['bookHotel', 'bookFlight'] } });
});
