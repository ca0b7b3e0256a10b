import type { AroundStep } from '../../support/direct-saga';
import { eventually } from '../../support/saga-fixture';
import { anotherApi, carryStarted } from '../support/another-process';
import { type Answer, type ApiUnderTest, startApi } from '../support/api-under-test';
import { openAccount, setUpCatalogue } from '../support/catalogue';
import { LINE, ORDER } from '../support/samples';

const WAIT = { Prefer: 'wait=20' };
const STOCK = 1_000;
const TOO_MUCH = { ...ORDER, lines: [{ ...LINE, quantity: STOCK + 1 }] };
const REJECTION = { lineId: '1', quantity: 1, reason: 'DAMAGED' };
const revision = (quantity: number) => ({ baseVersion: 1, lines: [{ ...LINE, lineId: '1', quantity }] });

/** Carries the commands that the API under test only records. */
let other: ApiUnderTest;
let api: ApiUnderTest;
let serial = 0;
/** The number of times that the API has read the progress of a command's steps. */
let looks = 0;
beforeAll(async () => {
  other = await startApi();
  other.stand.sagas = 'direct';
  await setUpCatalogue(other, STOCK);
  await openAccount(other, 'cust-1');
  const { verdicts } = other.stores;
  api = await anotherApi(other, {
    verdicts: (ids) => {
      looks += 1;
      return verdicts(ids);
    },
  });
});
afterAll(async () => {
  await api.close();
  await other.close();
});

const newKey = () => `key-${++serial}`;
const post = (path: string, body?: unknown, headers: Record<string, string> = WAIT) =>
  api.call('POST', path, body, { 'Idempotency-Key': newKey(), ...headers });

/** Creates an approved order with one shipment, which the other process has carried out. */
async function anOrder(...reports: readonly string[]): Promise<{ id: string; at: string }> {
  const headers = { 'Idempotency-Key': newKey(), ...WAIT };
  const { id } = (await other.call('POST', '/v1/orders', ORDER, headers)).json;
  const at = `/v1/shipments/${id.replace('ord_', 'shp_')}_1`;
  for (const what of reports) await other.call('POST', `${at}/${what}`);
  return { id, at };
}

/** Sends a command to the API under test and lets the other process carry it out. */
async function sent(send: () => Promise<Answer>, around?: AroundStep): Promise<Answer> {
  const after = api.stand.started.length;
  const answer = send();
  await carryStarted(api, other.stores, { after, ...(around ? { around } : {}) });
  return answer;
}

describe('a caller that waits while another process carries its command', () => {
  it('is answered at the decision where its order is approved', async () => {
    const { status, json } = await sent(() => post('/v1/orders', ORDER));
    expect([status, json.status]).toEqual([200, 'APPROVED']);
  });

  it('is answered once our own stores have compensated where its order is rejected', async () => {
    let isAnswered = false;
    const { status, json } = await sent(
      () =>
        post('/v1/orders', TOO_MUCH).finally(() => {
          isAnswered = true;
        }),
      async (step, _, take) => {
        if (step !== 'releaseCredit') return take();
        const seen = looks;
        await eventually(async () => expect(looks).toBeGreaterThan(seen + 1));
        expect(isAnswered).toBe(false);
        return take();
      },
    );
    expect([status, json.status, json.reason]).toEqual([200, 'REJECTED', 'OUT_OF_STOCK']);
    expect(isAnswered).toBe(true);
  });

  it('of a cancellation, a revision or a rejection is answered once the order is unlocked', async () => {
    const [cancelled, revised, rejected] = [await anOrder(), await anOrder(), await anOrder()];
    const cancel = await sent(() => post(`/v1/orders/${cancelled.id}/cancel`));
    expect([cancel.status, cancel.json.status]).toEqual([200, 'CANCELLED']);
    const revise = await sent(() => post(`/v1/orders/${revised.id}/revise`, revision(1)));
    expect([revise.status, revise.json.status, revise.json.version]).toEqual([200, 'APPROVED', 2]);
    const reject = await sent(() => post(`${rejected.at}/reject`, REJECTION));
    expect([reject.status, reject.json.lines]).toEqual([200, [{ lineId: '1', sku: 'SKU-1', quantity: 1 }]]);
    const { pending } = (await other.stores.ordersReads.order(rejected.id)) ?? {};
    expect(pending).toBeNull();
  });

  it('of a shipping report is answered at its record', async () => {
    const { at, id } = await anOrder('accept');
    const { status, json } = await post(`${at}/ship`);
    expect([status, json.state]).toEqual([200, 'SHIPPED']);
    expect((await other.stores.ordersReads.order(id))?.payment).toBe('authorized');
  });

  it('of an acceptance or a delivery is answered at its record, waiting or not', async () => {
    const { at } = await anOrder();
    expect((await post(`${at}/accept`, undefined, {})).json.state).toBe('ACCEPTED');
    await post(`${at}/ship`, undefined, {});
    const { status, json } = await post(`${at}/deliver`, undefined, {});
    expect([status, json.state]).toEqual([200, 'DELIVERED']);
  });

  it('is answered 202 with the present state when the wait ends first', async () => {
    const short = { Prefer: 'wait=1' };
    const [cancelled, revised, rejected] = [await anOrder(), await anOrder(), await anOrder()];
    const answers = [
      await post('/v1/orders', ORDER, short),
      await post(`/v1/orders/${cancelled.id}/cancel`, undefined, short),
      await post(`/v1/orders/${revised.id}/revise`, revision(1), short),
      await post(`${rejected.at}/reject`, REJECTION, short),
    ];
    expect(answers.map(({ status, json }) => [status, json.status ?? json.state])).toEqual([
      [202, 'PENDING'],
      [202, 'CANCEL_PENDING'],
      [202, 'REVISION_PENDING'],
      [202, 'RELEASED'],
    ]);
    expect(answers.map(({ headers }) => headers.get('preference-applied'))).toEqual(Array(4).fill('wait=1'));
  });
});

test('a step that commits in the same process wakes the waiting caller', async () => {
  const after = api.stand.started.length;
  let isAnswered = false;
  const waiting = post('/v1/orders', ORDER, { Prefer: 'wait=30' }).finally(() => {
    isAnswered = true;
  });
  const id = await eventually(async () => {
    const [subject = ''] = api.stand.started[after]?.subjects ?? [];
    expect(subject).toMatch(/^ord_/);
    return subject;
  });
  // No saga decides the command, so only a step's message can end the wait early.
  const since = performance.now();
  await eventually(async () => {
    tell(id);
    expect(isAnswered).toBe(true);
  });
  expect(performance.now() - since).toBeLessThan(25_000);
  expect((await waiting).status).toBe(202);
});

const tell = (id: string) =>
  (api.deps.callers as unknown as { tell(ids: readonly string[]): void }).tell([id]);

describe('cancelling a PENDING order', () => {
  it('rejects it at once, and the saga of the create compensates', async () => {
    const { id } = (await post('/v1/orders', ORDER, {})).json;
    const cancel = await post(`/v1/orders/${id}/cancel`, undefined, {});
    expect([cancel.status, cancel.json]).toEqual([202, { id, status: 'REJECTED' }]);
    expect((await api.call('GET', `/v1/orders/${id}`)).json).toMatchObject({
      status: 'REJECTED',
      reason: 'CANCELLED',
      compensation: 'running',
    });
    const revised = await post(`/v1/orders/${id}/revise`, revision(1), {});
    expect([revised.status, revised.json.reason]).toEqual([409, 'ALREADY_FINAL']);
  });

  it('answers both waiting callers once our own stores have compensated', async () => {
    const after = api.stand.started.length;
    const placing = post('/v1/orders', ORDER);
    const id = await eventually(async () => {
      const [subject = ''] = api.stand.started[after]?.subjects ?? [];
      expect(subject).toMatch(/^ord_/);
      return subject;
    });
    let isAnswered = false;
    const cancelling = post(`/v1/orders/${id}/cancel`).finally(() => {
      isAnswered = true;
    });
    await eventually(async () => expect((await other.stores.ordersReads.order(id))?.status).toBe('REJECTED'));
    const seen = looks;
    await eventually(async () => expect(looks).toBeGreaterThan(seen + 2));
    expect(isAnswered).toBe(false);
    await carryStarted(api, other.stores, { after });
    for (const { status, json } of [await cancelling, await placing])
      expect([status, json.status, json.reason]).toEqual([200, 'REJECTED', 'CANCELLED']);
    const verdicts = (await other.stores.verdicts([id])).get(id);
    expect(verdicts).toMatchObject({ releaseStock: 'done', releaseCredit: 'done' });
  });
});

describe('a revision that was turned back', () => {
  const tooMuch = revision(STOCK + 1);

  it('answers 409 with its reason to a caller that waits or repeats, also after later commands', async () => {
    const { id } = await anOrder();
    const key = { 'Idempotency-Key': newKey() };
    const waited = await sent(() => post(`/v1/orders/${id}/revise`, tooMuch, { ...key, ...WAIT }));
    expect([waited.status, waited.json.type, waited.json.reason]).toEqual([
      409,
      '/problems/refused',
      'OUT_OF_STOCK',
    ]);
    const later = await sent(() => post(`/v1/orders/${id}/revise`, revision(1)));
    expect([later.status, later.json.version]).toEqual([200, 2]);
    for (const headers of [key, { ...key, ...WAIT }]) {
      const again = await post(`/v1/orders/${id}/revise`, tooMuch, headers);
      expect([again.status, again.json.reason]).toEqual([409, 'OUT_OF_STOCK']);
    }
  });

  it('answers 202 without a wait, and the order has the reason', async () => {
    const { id } = await anOrder();
    const first = await sent(() => post(`/v1/orders/${id}/revise`, tooMuch, {}));
    expect([first.status, first.json.status]).toEqual([202, 'REVISION_PENDING']);
    expect((await api.call('GET', `/v1/orders/${id}`)).json).toMatchObject({
      status: 'APPROVED',
      version: 1,
      lastCommand: { kind: 'revise', outcome: 'refused', reason: 'OUT_OF_STOCK' },
    });
  });

  it('by a shipment that left meanwhile has the reason SHIPPED_MEANWHILE', async () => {
    const { id, at } = await anOrder('accept');
    const key = { 'Idempotency-Key': newKey() };
    expect((await post(`/v1/orders/${id}/revise`, revision(3), key)).status).toBe(202);
    expect((await post(`${at}/ship`)).json.state).toBe('SHIPPED');
    const again = await post(`/v1/orders/${id}/revise`, revision(3), key);
    expect([again.status, again.json.reason, again.headers.get('retry-after')]).toEqual([
      409,
      'SHIPPED_MEANWHILE',
      null,
    ]);
  });
});
