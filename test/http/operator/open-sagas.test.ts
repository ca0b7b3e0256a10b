import type { CommandRow } from '../../../src/domain/command/recorded-command';
import { compositeName } from '../../../src/names/composite-name';
import { record, runDirect } from '../../support/direct-saga';
import { overdueOf } from '../../support/new-commands';
import { type ApiUnderTest, startApi } from '../support/api-under-test';
import { countRow, openAccount, setUpCatalogue } from '../support/catalogue';
import { LINE, ORDER } from '../support/samples';

const STOCK = 100;
const revision = (quantity: number) => ({ baseVersion: 1, lines: [{ ...LINE, lineId: '1', quantity }] });

let api: ApiUnderTest;
let serial = 0;
beforeAll(async () => {
  api = await startApi();
  await setUpCatalogue(api, STOCK);
  await openAccount(api, 'cust-1');
});
afterAll(() => api.close());

const post = (path: string, body?: unknown) =>
  api.call('POST', path, body, { 'Idempotency-Key': `key-${++serial}` });
const shown = async (id: string) => (await api.call('GET', `/v1/sagas/${encodeURIComponent(id)}`)).json;

interface Steps {
  readonly done: readonly string[];
  readonly remaining: readonly string[];
  readonly undone: readonly string[];
}

/** Carries out the command that was started last. Returns the saga's view before each step and at the end. */
async function followed(row: CommandRow): Promise<readonly (readonly [step: string, steps: Steps])[]> {
  const seen: [string, Steps][] = [];
  await runDirect(api.stores, [row], {
    around: async (step, _, take) => {
      const saga = await shown(row.id);
      expect(saga).toMatchObject({ id: row.id, state: 'running', subject: row.subject });
      seen.push([step, saga.steps]);
      return take();
    },
  });
  const saga = await shown(row.id);
  expect(saga).toMatchObject({ id: row.id, state: 'finished' });
  seen.push(['', saga.steps]);
  return seen;
}

/** Returns the row of the command whose saga was started last. */
async function lastRow(): Promise<CommandRow> {
  const { members = [] } = (api.stand.started.at(-1)?.input ?? {}) as { members?: readonly { id: string }[] };
  const id = members[0]?.id ?? '';
  const row = (await api.stores.commands.commands([id])).get(id);
  if (!row) throw new Error('no saga was started');
  return row;
}

async function sent(path: string, body?: unknown): Promise<CommandRow> {
  expect((await post(path, body)).status).toBe(202);
  return lastRow();
}

async function anOrder(...reports: readonly string[]): Promise<{ id: string; at: string }> {
  const row = await sent('/v1/orders', ORDER);
  await runDirect(api.stores, [row]);
  const at = `/v1/shipments/${row.id.replace('ord_', 'shp_')}_1`;
  for (const what of reports) await post(`${at}/${what}`);
  return { id: row.id, at };
}

const steps = (done: string[], remaining: string[], undone: string[] = []): Steps => ({
  done,
  remaining,
  undone,
});

test('shows the steps of an order that is approved', async () => {
  const row = await sent('/v1/orders', ORDER);
  expect(await followed(row)).toEqual([
    ['holdCredit', steps([], ['holdCredit', 'commitStock', 'confirmAtPartners', 'decideOrder'])],
    ['commitStock', steps(['holdCredit'], ['commitStock', 'confirmAtPartners', 'decideOrder'])],
    ['decideOrder', steps(['holdCredit', 'commitStock'], ['confirmAtPartners', 'decideOrder'])],
    ['', steps(['holdCredit', 'commitStock', 'decideOrder'], [])],
  ]);
  expect(await shown(row.id)).toMatchObject({
    command: { kind: 'create', id: row.id },
    decision: 'approved',
  });
});

test('shows the steps of an order that is rejected, and its compensations, the last first', async () => {
  const row = await sent('/v1/orders', { ...ORDER, lines: [{ ...LINE, quantity: STOCK + 1 }] });
  const seen = await followed(row);
  const tried = ['holdCredit', 'decideOrder'];
  expect(seen.slice(-4)).toEqual([
    ['releaseStock', steps(tried, ['releaseStock', 'releaseCredit'])],
    ['releaseCredit', steps(tried, ['releaseCredit'], ['releaseStock'])],
    ['closeCommands', steps(tried, ['cancelAtPartners'], ['releaseStock', 'releaseCredit'])],
    ['', steps(tried, [], ['releaseStock', 'releaseCredit'])],
  ]);
  expect(await shown(row.id)).toMatchObject({ decision: 'rejected', reason: 'OUT_OF_STOCK' });
});

test('shows the steps of a cancellation, which its record has decided', async () => {
  const { id } = await anOrder();
  const row = await sent(`/v1/orders/${id}/cancel`);
  expect(await shown(row.id)).toMatchObject({
    command: { kind: 'cancel', id: row.id },
    subject: id,
    decision: 'cancelled',
    links: { self: `/v1/sagas/${row.id}`, order: `/v1/orders/${id}` },
  });
  expect(await followed(row)).toEqual([
    ['releaseRest', steps([], ['releaseRest', 'decreaseCredit', 'freeCancelled'])],
    ['decreaseCredit', steps(['releaseRest'], ['decreaseCredit', 'freeCancelled'])],
    ['freeCancelled', steps(['releaseRest', 'decreaseCredit'], ['freeCancelled'])],
    ['', steps(['releaseRest', 'decreaseCredit', 'freeCancelled'], [])],
  ]);
});

test('shows the steps of a revision that is turned back', async () => {
  const { id } = await anOrder();
  const row = await sent(`/v1/orders/${id}/revise`, revision(STOCK + 1));
  const tried = ['increaseCredit', 'decideRevision'];
  expect((await followed(row)).slice(-4)).toEqual([
    ['undoExtend', steps(tried, ['undoExtend', 'revokeIncrease', 'freeRevised'])],
    ['revokeIncrease', steps(tried, ['revokeIncrease', 'freeRevised'], ['undoExtend'])],
    ['freeRevised', steps(tried, ['freeRevised'], ['undoExtend', 'revokeIncrease'])],
    ['', steps([...tried, 'freeRevised'], [], ['undoExtend', 'revokeIncrease'])],
  ]);
  expect(await shown(row.id)).toMatchObject({ decision: 'turned-back', reason: 'OUT_OF_STOCK' });
});

test('shows the steps of a shipment that has left, until it is captured', async () => {
  const { at } = await anOrder('accept');
  const row = await sent(`${at}/ship`);
  expect(await followed(row)).toEqual([
    ['consumeStock', steps([], ['consumeStock', 'captureCredit', 'noteCaptured'])],
    ['captureCredit', steps(['consumeStock'], ['captureCredit', 'noteCaptured'])],
    ['noteCaptured', steps(['consumeStock', 'captureCredit'], ['noteCaptured'])],
    ['', steps(['consumeStock', 'captureCredit', 'noteCaptured'], [])],
  ]);
});

test('shows the steps of a deadline that has passed, which goes by the shipment and its due time', async () => {
  const { id } = await anOrder();
  await api.stores.orders.client.$executeRaw`
      UPDATE "order" SET shipments = jsonb_set(shipments, '{0,dueAt}', '"2026-01-01T00:00:00.000Z"') WHERE id = ${id}`;
  const order = await api.stores.ordersReads.order(id);
  const [shipment] = order?.shipments ?? [];
  if (!order || !shipment) throw new Error('the order has no shipment');
  const [answer] = await record(api.stores, [overdueOf(order, shipment)]);
  if (answer?.kind !== 'recorded') throw new Error(`the deadline was not recorded: ${answer?.kind}`);
  expect(answer.row.id).toBe(compositeName(shipment.id, '2026-01-01T00:00:00.000Z'));
  const seen = await followed(answer.row);
  expect(seen[0]).toEqual([
    'replaceUnits',
    steps([], ['replaceUnits', 'settleRejection', 'decreaseCredit', 'freeRejected']),
  ]);
  expect(await shown(answer.row.id)).toMatchObject({
    command: { kind: 'reject', id: answer.row.id },
    links: { self: `/v1/sagas/${encodeURIComponent(answer.row.id)}` },
  });
  await api.call('POST', '/v1/feeds/wms', [countRow({ messageId: 'again', sequence: 9, count: STOCK })]);
});

test('shows a report that its record has ended as finished', async () => {
  const { at } = await anOrder();
  const accepted = await post(`${at}/accept`);
  expect(accepted.status).toBe(200);
  const [row] = (await api.stores.commands.bySubject([accepted.json.orderId])).filter(
    ({ kind }) => kind === 'accept',
  );
  expect(await shown(row?.id ?? '')).toMatchObject({
    command: { kind: 'accept' },
    state: 'finished',
    decision: 'reported',
    steps: steps([], []),
  });
});

test('lists several commands on one order side by side, oldest first', async () => {
  await api.call('PUT', '/v1/nodes/wh-2', { name: 'Warehouse', kind: 'warehouse', region: 'north' });
  await api.call('PUT', '/v1/sources/wms', { name: 'WMS', basis: 'on_hand', nodes: ['wh-1', 'wh-2'] });
  await api.call('PUT', '/v1/items/SKU-2', { name: 'Lamp' });
  const counts = ['wh-1', 'wh-2'].map((nodeId) =>
    countRow({ messageId: `${nodeId}-2`, sku: 'SKU-2', nodeId, count: 2 }),
  );
  expect((await api.call('POST', '/v1/feeds/wms', counts)).json).toMatchObject({ applied: 2 });
  const placed = await sent('/v1/orders', { ...ORDER, lines: [{ ...LINE, sku: 'SKU-2', quantity: 4 }] });
  await runDirect(api.stores, [placed]);
  const at = `/v1/shipments/${placed.id.replace('ord_', 'shp_')}_1`;
  expect((await post(`${at}/accept`)).status).toBe(200);
  const ship = await sent(`${at}/ship`);
  const cancel = await sent(`/v1/orders/${placed.id}/cancel`);
  const { json } = await api.call('GET', '/v1/sagas?state=running&limit=200');
  const own = json.items.filter(({ subject }: { subject: string }) => subject === placed.id);
  expect(own).toMatchObject([
    { id: ship.id, command: { kind: 'ship', id: ship.id } },
    { id: cancel.id, command: { kind: 'cancel', id: cancel.id } },
  ]);
});
