import type { WaitingCallers } from '../../../src/intake/callers';
import { openStores } from '../../../src/stores/stores';
import { LogCapture } from '../../observability/support/log-capture';
import { record, runDirect } from '../../support/direct-saga';
import { commandOf, orderOf, randomId } from '../../support/new-commands';
import { type ApiUnderTest, startApi } from '../support/api-under-test';
import { openAccount, setUpCatalogue } from '../support/catalogue';
import { recordOrders } from '../support/recorded-orders';
import { recordTrip, tripOf } from '../support/recorded-trips';
import { ORDER as BODY } from '../support/samples';

const ATTENTION = { remaining: ['releaseCredit'], failure: 'the account is gone' };
const NOWHERE = 'postgresql://nobody@127.0.0.1:9/nothing';

const log = new LogCapture();
let api: ApiUnderTest;
let serial = 0;
beforeAll(async () => {
  api = await startApi({ logger: log.logger });
  await setUpCatalogue(api, 1_000);
  await openAccount(api, 'cust-1');
});
afterAll(() => api.close());
beforeEach(() => {
  api.stand.sagas = 'never';
});

const newKey = () => `key-${++serial}`;
const post = (path: string, body?: unknown, headers: Record<string, string> = {}) =>
  api.call('POST', path, body, { 'Idempotency-Key': newKey(), ...headers });
const shown = async (id: string) => (await api.call('GET', `/v1/sagas/${encodeURIComponent(id)}`)).json;
const listed = async (state: string): Promise<string[]> =>
  (await api.call('GET', `/v1/sagas?state=${state}&limit=200`)).json.items.map(
    ({ id }: { id: string }) => id,
  );
const place = async (): Promise<string> => (await post('/v1/orders', BODY)).json.id;
const age = (id: string) => api.stores.orders.client.$executeRaw`
  UPDATE command SET recorded_at = recorded_at - interval '31 s' WHERE id = ${id}`;

/** Marks a command as needing attention, as its workflow does. */
async function stop(id: string, attention = ATTENTION): Promise<void> {
  const { workflowId = '' } = (await api.stores.commands.listed(id)) ?? {};
  expect(await api.stores.commands.requireAttention(workflowId, id, attention)).toBe(true);
}

describe('the list of sagas', () => {
  it('has the open commands by their state', async () => {
    const [running, stuck, stopped, over] = [await place(), await place(), await place(), await place()];
    await age(stuck);
    await stop(stopped);
    await age(stopped);
    await api.stores.commands.close([over]);
    const lists = [await listed('running'), await listed('stuck'), await listed('needs_attention')];
    const own = lists.map((ids) => ids.filter((id) => [running, stuck, stopped, over].includes(id)));
    expect(own).toEqual([[running], [stuck], [stopped]]);
    expect([await shown(running), await shown(stuck), await shown(stopped), await shown(over)]).toMatchObject(
      [
        { state: 'running' },
        { state: 'stuck' },
        { state: 'needs_attention', attention: ATTENTION },
        { state: 'finished' },
      ],
    );
  });

  it('has all commands on one order, finished ones and resolutions with their notes too', async () => {
    const id = await place();
    await stop(id);
    api.stand.sagas = 'direct';
    expect((await post(`/v1/sagas/${id}/resolve`, { note: 'told by telephone' })).status).toBe(200);
    const { items } = (await api.call('GET', `/v1/sagas?subject=${id}`)).json;
    expect(items).toMatchObject([
      { id, caller: 'tester', command: { kind: 'create' }, decision: 'rejected' },
      {
        caller: 'tester',
        command: { kind: 'resolve' },
        resolution: { target: id, note: 'told by telephone' },
      },
    ]);
    expect((await api.call('GET', `/v1/sagas?subject=${id}&state=needs_attention`)).json.items).toEqual([]);
  });

  it.each(['nonsense', 'eyJ9', Buffer.from('2026-11-22T00:00:00Z').toString('base64url'), '%00', ''])(
    'refuses %p, which is no cursor',
    async (cursor) => {
      const { status, json } = await api.call('GET', `/v1/sagas?state=running&cursor=${cursor}`);
      expect([status, json.errors[0].field]).toEqual([400, 'cursor']);
    },
  );

  it('has commands of every kind on its pages, each once, also those recorded at one moment', async () => {
    const orders = Array.from({ length: 4 }, () => orderOf([['SKU-1', 1]], { customerId: 'cust-1' }));
    const trips = [tripOf(), tripOf()];
    await recordOrders(api.stores, orders);
    for (const trip of trips) await recordTrip(api.stores, trip);
    const deadline = `shp_${randomId()}_1/2026-11-01T00:00:00.000Z`;
    const ids = [...orders, ...trips].map(({ id }) => id);
    const { client } = api.stores.orders;
    // The id of a shipment's deadline has characters that no order id has.
    await client.$executeRaw`UPDATE command SET id = ${deadline} WHERE id = ${ids[0]}`;
    const all = [deadline, ...ids.slice(1)].sort();
    await client.$executeRaw`UPDATE command SET recorded_at = '2026-11-01' WHERE id = ANY(${all})`;
    const seen: string[] = [];
    for (let cursor = ''; seen.length < all.length; ) {
      const { status, json } = await api.call('GET', `/v1/sagas?state=stuck&limit=1${cursor}`);
      expect(status).toBe(200);
      seen.push(...json.items.map(({ id }: { id: string }) => id));
      cursor = `&cursor=${json.nextCursor}`;
    }
    expect(seen).toEqual(all);
    await api.stores.commands.close(all);
  });

  it('leaves steps out while a store with answers is unavailable', async () => {
    const id = await place();
    const stores = openStores({ orders: api.databaseUrl, inventory: NOWHERE, credit: NOWHERE }, 2);
    const other = await startApi({ stores });
    const { status, json } = await other.call('GET', '/v1/sagas?state=running&limit=200');
    await other.close();
    await stores.close();
    const saga = json.items.find((one: { id: string }) => one.id === id);
    expect([status, saga.steps]).toEqual([200, undefined]);
    expect(saga).toMatchObject({ command: { kind: 'create', id } });
  });
});

describe('a saga', () => {
  it('is found by the id of its command, with its links', async () => {
    const id = await place();
    const { workflowId = '' } = (await api.stores.commands.listed(id)) ?? {};
    expect(await shown(id)).toEqual({
      id,
      command: { kind: 'create', id },
      subject: id,
      caller: 'tester',
      state: 'running',
      steps: {
        done: [],
        remaining: ['holdCredit', 'commitStock', 'confirmAtPartners', 'decideOrder'],
        undone: [],
      },
      workflowId,
      startedAt: expect.any(String),
      updatedAt: expect.any(String),
      links: {
        self: `/v1/sagas/${id}`,
        order: `/v1/orders/${id}`,
        webUi: `http://127.0.0.1:8233/namespaces/default/workflows/${encodeURIComponent(workflowId)}`,
      },
    });
    expect((await api.call('GET', '/v1/sagas/ord_none')).status).toBe(404);
  });

  it('shows the error with which a step keeps failing', async () => {
    const id = await place();
    await api.stores.commands.noteFailure([id], 'connection refused');
    expect(await shown(id)).toMatchObject({ state: 'running', failure: 'connection refused' });
    await api.stores.commands.noteFailure([id], null);
    expect((await shown(id)).failure).toBeUndefined();
  });
});

test('a caller that waits for a retry is answered at its end, not at a step before it', async () => {
  const id = await place();
  await stop(id);
  const waiting = post(`/v1/sagas/${id}/retry`, undefined, { Prefer: 'wait=60' });
  while ((await shown(id)).state !== 'running');
  (api.deps.callers as WaitingCallers).tell([id]);
  for (let look = 0; look < 5; look++) expect((await shown(id)).state).toBe('running');
  await api.stores.commands.close([id]);
  const { status, json } = await waiting;
  expect([status, json.state]).toEqual([200, 'finished']);
});

describe('an operator', () => {
  it('retries the remaining steps of a command in a workflow of its own', async () => {
    const id = await place();
    const before = await shown(id);
    await stop(id);
    const { status, json } = await post(`/v1/sagas/${id}/retry`);
    expect([status, json.state, json.attention]).toEqual([202, 'running', undefined]);
    expect(json.workflowId).not.toBe(before.workflowId);
    const due = await api.stores.commands.takeDue(100);
    expect(due.map(({ workflowId }) => workflowId)).toContain(json.workflowId);
    expect((await post(`/v1/sagas/${id}/retry`)).status).toBe(409);
    expect((await post('/v1/sagas/ord_none/retry')).status).toBe(404);
    // The refused retries leave no line.
    const lines = log.said('an operator retries a command').filter(({ commandId }) => commandId === id);
    expect(lines).toMatchObject([{ orderId: id, by: expect.any(String) }]);
  });

  it('resolves an undecided command: it is rejected, and its own saga compensates', async () => {
    const id = await place();
    await stop(id);
    api.stand.sagas = 'direct';
    const { status, json } = await post(`/v1/sagas/${id}/resolve`, { note: 'told by telephone' });
    expect([status, json.id, json.state]).toEqual([200, id, 'running']);
    expect(json).toMatchObject({ decision: 'rejected', reason: 'PROCESSING_FAILED' });
    const row = (await api.stores.commands.commands([id])).get(id);
    if (row) await runDirect(api.stores, [row]);
    expect(await shown(id)).toMatchObject({ state: 'finished', steps: { remaining: [] } });
    expect((await api.call('GET', `/v1/orders/${id}`)).json).toMatchObject({
      status: 'REJECTED',
      reason: 'PROCESSING_FAILED',
      compensation: 'done',
    });
  });

  it('resolves a decided command: its remaining steps count as done by hand', async () => {
    const id = await place();
    const cancel = await cancelOf(id);
    await stop(cancel, { remaining: ['decreaseCredit', 'freeCancelled'], failure: 'no account' });
    api.stand.sagas = 'direct';
    const { status, json } = await post(`/v1/sagas/${cancel}/resolve`, { note: 'by hand, ticket 4711' });
    expect([status, json.state, json.attention]).toEqual([200, 'finished', undefined]);
    expect((await api.call('GET', `/v1/orders/${id}`)).json).toMatchObject({
      status: 'CANCELLED',
      compensation: 'none',
      lastCommand: { kind: 'cancel', outcome: 'done' },
    });
  });

  it('resolves a command once under a key', async () => {
    const [id, other] = [await place(), await place()];
    for (const one of [id, other]) await stop(one);
    api.stand.sagas = 'direct';
    const key = { 'Idempotency-Key': newKey() };
    expect((await post(`/v1/sagas/${id}/resolve`, {})).json.errors[0].field).toBe('note');
    const first = await post(`/v1/sagas/${id}/resolve`, { note: 'a' }, key);
    expect([first.status, first.headers.get('idempotent-replayed')]).toEqual([200, null]);
    const again = await post(`/v1/sagas/${id}/resolve`, { note: 'a' }, key);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    for (const answer of [
      await post(`/v1/sagas/${id}/resolve`, { note: 'b' }, key),
      await post(`/v1/sagas/${other}/resolve`, { note: 'a' }, key),
    ])
      expect([answer.status, answer.json.type]).toEqual([422, '/problems/idempotency-key-reused']);
    expect((await shown(other)).state).toBe('needs_attention');
    const [resolution] = (await api.stores.commands.bySubject([id])).filter(({ kind }) => kind === 'resolve');
    expect(resolution?.wanted).toMatchObject({ target: id, note: 'a' });
  });

  it('is answered 409 when the command to resolve does not need attention', async () => {
    const id = await place();
    const refused = await post(`/v1/sagas/${id}/resolve`, { note: 'x' });
    expect([refused.status, refused.json.type]).toEqual([409, '/problems/conflict']);
    expect((await post('/v1/sagas/ord_none/resolve', { note: 'x' })).status).toBe(404);
  });
});

/** Approves an order, then cancels it. Returns the id of the cancellation, whose saga has not begun. */
async function cancelOf(orderId: string): Promise<string> {
  const row = (await api.stores.commands.commands([orderId])).get(orderId);
  if (!row) throw new Error(`order ${orderId} was not recorded`);
  await runDirect(api.stores, [row]);
  const [answer] = await record(api.stores, [
    commandOf('cancel', orderId, { customerId: 'cust-1', currency: 'EUR' }, { id: `cmd_${randomId()}` }),
  ]);
  if (answer?.kind !== 'recorded') throw new Error(`the cancellation was not recorded: ${answer?.kind}`);
  return answer.row.id;
}
