import { Intake } from '../../../src/intake/intake';
import type { NewCommand, RecordAnswer } from '../../../src/stores/orders/command-rows';
import { eventually } from '../../support/saga-fixture';
import { shutOut } from '../../support/saga-sabotage';
import { anotherApi } from '../support/another-process';
import { type Answer, type ApiUnderTest, startApi } from '../support/api-under-test';
import { openAccount, setUpCatalogue } from '../support/catalogue';
import { LINE, ORDER, TRIP } from '../support/samples';

const WAIT = { Prefer: 'wait=20' };
const HOLD = { lines: [{ sku: 'SKU-1', quantity: 1 }], shipTo: { region: 'north' }, ttlSeconds: 600 };
const REVISION = { baseVersion: 1, lines: [{ ...LINE, lineId: '1', quantity: 1 }] };

let api: ApiUnderTest;
let serial = 0;
beforeAll(async () => {
  api = await startApi();
  await setUpCatalogue(api, 1_000);
  await openAccount(api, 'cust-1');
});
afterAll(() => api.close());
beforeEach(() => {
  api.stand.sagas = 'direct';
  api.stand.isFull = false;
});

const newKey = () => `key-${++serial}`;
const post = (path: string, body?: unknown, headers: Record<string, string> = {}, on = api) =>
  on.call('POST', path, body, { 'Idempotency-Key': newKey(), ...headers });

async function anOrder(): Promise<{ id: string; at: string }> {
  const { id, status } = (await post('/v1/orders', ORDER, WAIT)).json;
  expect(status).toBe('APPROVED');
  return { id, at: `/v1/shipments/${id.replace('ord_', 'shp_')}_1` };
}

function expectUnavailable({ status, json, headers }: Answer): void {
  expect([status, json.type, headers.get('retry-after')]).toEqual([503, '/problems/unavailable', '1']);
}

describe('while Temporal cannot be reached', () => {
  it('answers orders with 202, and every process shows them at once', async () => {
    const other = await anotherApi(api);
    api.stand.sagas = 'unavailable';
    const { status, json } = await post('/v1/orders', ORDER);
    expect([status, json.status]).toEqual([202, 'PENDING']);
    for (const process of [api, other]) {
      const read = await process.call('GET', `/v1/orders/${json.id}`);
      expect([read.status, read.json.status, read.json.total]).toEqual([200, 'PENDING', 1_000]);
      const listed = await process.call('GET', '/v1/orders?limit=1');
      expect(listed.json.items[0].id).toBe(json.id);
      expect((await process.call('GET', `/v1/sagas/${json.id}`)).json).toMatchObject({
        state: 'running',
        command: { kind: 'create', id: json.id },
      });
    }
    await other.close();
  });

  it('takes trips and every change of an order', async () => {
    const [cancelled, revised, rejected] = [await anOrder(), await anOrder(), await anOrder()];
    api.stand.sagas = 'unavailable';
    const rejection = { lineId: '1', quantity: 1, reason: 'DAMAGED' };
    const answers = [
      await post('/v1/trips', TRIP),
      await post(`/v1/orders/${cancelled.id}/cancel`),
      await post(`/v1/orders/${revised.id}/revise`, REVISION),
      await post(`${rejected.at}/accept`),
      await post(`${rejected.at}/reject`, rejection),
    ];
    expect(answers.map(({ status, json }) => [status, json.status ?? json.state])).toEqual([
      [202, 'PENDING'],
      [202, 'CANCEL_PENDING'],
      [202, 'REVISION_PENDING'],
      [200, 'ACCEPTED'],
      [202, 'ACCEPTED'],
    ]);
    const trip = await api.call('GET', `/v1/trips/${answers[0]?.json.id}`);
    expect([trip.status, trip.json.status]).toEqual([200, 'PENDING']);
  });

  it('cancels an order that was taken meanwhile', async () => {
    api.stand.sagas = 'unavailable';
    const { id } = (await post('/v1/orders', ORDER)).json;
    const { status, json } = await post(`/v1/orders/${id}/cancel`);
    expect([status, json.status]).toEqual([202, 'REJECTED']);
  });

  it('answers reservations with 503, because their saga has to answer', async () => {
    const { carryReservations } = api.stand;
    api.stand.carryReservations = () => Promise.reject(new Error('Temporal cannot be reached'));
    expectUnavailable(await post('/v1/reservations', HOLD));
    api.stand.carryReservations = carryReservations;
  });
});

describe('while the orders store cannot be reached', () => {
  it('answers commands with 503, and takes them under the same key afterwards', async () => {
    const [{ id, at }, headers] = [await anOrder(), { 'Idempotency-Key': newKey() }];
    const commands: readonly (readonly [path: string, body?: unknown])[] = [
      ['/v1/orders', ORDER],
      ['/v1/trips', TRIP],
      [`/v1/orders/${id}/revise`, REVISION],
      [`${at}/accept`],
    ];
    const letIn = await shutOut(api.databaseUrl);
    for (const [path, body] of commands) expectUnavailable(await post(path, body, headers));
    await letIn();
    api.stand.sagas = 'direct';
    for (const [path, body] of commands) {
      const taken = await eventually(async () => {
        const answer = await post(path, body, { ...headers, ...WAIT });
        expect(answer.status).toBe(200);
        return answer;
      });
      expect(taken.headers.get('idempotent-replayed')).toBeNull();
    }
  });

  it('may answer 503 after a commit, which a repeat with the same key finds', async () => {
    const { create } = api.deps.intakes;
    const hidden = {
      submit: async (command: Parameters<typeof create.submit>[0]) => {
        await create.submit(command);
        throw Object.assign(new Error('connection terminated'), { code: '08006' });
      },
    } as unknown as typeof create;
    const failing = await startApi({ stores: api.stores, intakes: { ...api.deps.intakes, create: hidden } });
    const headers = { 'Idempotency-Key': newKey(), ...WAIT };
    expectUnavailable(await post('/v1/orders', ORDER, headers, failing));
    await failing.close();
    const again = await post('/v1/orders', ORDER, headers);
    expect([again.status, again.json.status, again.headers.get('idempotent-replayed')]).toEqual([
      200,
      'APPROVED',
      'true',
    ]);
  });
});

describe('under overload', () => {
  it('refuses commands beyond the queue of their kind, and takes other kinds', async () => {
    const limits = {
      batchSize: 1,
      batchWeight: 9,
      slots: 1,
      slotTimeoutMs: 1,
      patienceMs: 1,
      quietMs: 1,
      queue: 2,
    };
    const create = new Intake<NewCommand<'create'>, RecordAnswer>(() => new Promise(() => undefined), limits);
    const full = await startApi({ stores: api.stores, intakes: { ...api.deps.intakes, create } });
    const placed = [post('/v1/orders', ORDER, {}, full)];
    await eventually(async () => expect(create.inFlight).toBe(1));
    // One command is being recorded, and two can wait; none of them is answered.
    for (let i = 0; i < 5; i++) placed.push(post('/v1/orders', ORDER, {}, full));
    let refusals = 0;
    for (const one of placed)
      one.then(
        (answer) => {
          expectUnavailable(answer);
          refusals += 1;
        },
        () => undefined,
      );
    await eventually(async () => expect(refusals).toBe(3));
    const { id } = await anOrder();
    expect((await post(`/v1/orders/${id}/cancel`, undefined, {}, full)).status).toBe(202);
    await full.close();
    await Promise.allSettled(placed);
  });

  it('takes no new order or trip while too many commands are open, and everything else', async () => {
    const { id, at } = await anOrder();
    const key = { 'Idempotency-Key': newKey() };
    expect((await post('/v1/orders', ORDER, key)).status).toBe(202);
    expect((await post('/v1/trips', TRIP, key)).status).toBe(202);
    api.stand.isFull = true;
    const before = api.stand.started.length;
    for (const [path, body] of [
      ['/v1/orders', ORDER],
      ['/v1/trips', TRIP],
    ] as const) {
      expectUnavailable(await post(path, body));
      const again = await post(path, body, key);
      expect([path, again.status, again.headers.get('idempotent-replayed')]).toEqual([path, 202, 'true']);
    }
    expect(api.stand.started.length).toBe(before);
    const others = [
      await post('/v1/reservations', HOLD),
      await post(`/v1/orders/${id}/revise`, REVISION, WAIT),
      await post(`${at}/accept`),
      await post(`${at}/reject`, { lineId: '1', quantity: 1, reason: 'DAMAGED' }, WAIT),
    ];
    expect(others.map(({ status }) => status)).toEqual([201, 200, 200, 200]);
    const other = (await api.stores.ordersLists.orders({ status: 'APPROVED', limit: 1 }))[0]?.order.id;
    expect((await post(`/v1/orders/${other}/cancel`, undefined, WAIT)).status).toBe(200);
  });
});
