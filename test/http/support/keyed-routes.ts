import { allOperations } from '../../../src/http/api';
import { CommandTraffic } from '../../../src/http/framework/command-traffic';
import type { Operation } from '../../../src/http/framework/operation';
import { eventually } from '../../support/saga-fixture';
import type { Answer, ApiUnderTest } from './api-under-test';
import { LINE, ORDER, TRIP } from './samples';

const WAIT = { Prefer: 'wait=10' };
const HOLD = { lines: [{ sku: 'SKU-1', quantity: 2 }], shipTo: { region: 'north' }, ttlSeconds: 600 };
const REVISION = { baseVersion: 1, lines: [{ ...LINE, lineId: '1', quantity: 3 }] };
const REJECTION = { lineId: '1', quantity: 1, reason: 'DAMAGED' };
const RETURN = { nodeId: 'wh-1', lines: [{ lineId: '1', quantity: 1, condition: 'SELLABLE' }] };
const DAMAGE_END = { quantity: 1, reason: 'REPAIRED' };

/** An operation that takes an idempotency key, and a command that it carries out. */
export interface KeyedRoute {
  readonly path: () => Promise<string>;
  readonly body?: object;
  readonly otherBody?: object;
  /** A command that the order's state refuses at once: another command may follow under its key. */
  readonly refused?: { readonly path?: () => Promise<string>; readonly body?: object };
  /** True when the route has only one path. */
  readonly isFixed?: boolean;
  readonly taken: number;
  /** True when a command without a key is refused, because a repeat would change something. */
  readonly needsKey: boolean;
}

let serial = 0;
export const newKey = () => `key-${++serial}`;

/** Posts a command under a key. */
export function postTo(api: ApiUnderTest) {
  return (path: string, body: unknown, key: string, headers: Record<string, string> = {}): Promise<Answer> =>
    api.call('POST', path, body, { 'Idempotency-Key': key, ...headers });
}

/** Returns the operations of the API that take an idempotency key, and the POSTs that take none, by their paths. */
export function postsOf({ deps }: ApiUnderTest): {
  readonly keyed: readonly string[];
  readonly keyless: readonly string[];
} {
  const takesKey = ({ headers }: Operation) => 'Idempotency-Key' in headers.shape;
  const all = allOperations(deps, new CommandTraffic());
  return {
    keyed: all.filter(takesKey).map(({ path }) => path),
    keyless: all.filter((one) => one.method === 'post' && !takesKey(one)).map(({ path }) => path),
  };
}

/** Creates the subjects of commands. */
function subjects(api: () => ApiUnderTest) {
  const post = (path: string, body: unknown) => postTo(api())(path, body, newKey(), WAIT);

  /** Creates an approved order whose one shipment has these reports. */
  async function anOrder(...reports: readonly string[]): Promise<{ id: string; at: string }> {
    const { id, status } = (await post('/v1/orders', ORDER)).json;
    expect(status).toBe('APPROVED');
    const at = `/v1/shipments/${id.replace('ord_', 'shp_')}_1`;
    for (const what of reports) expect((await post(`${at}/${what}`, undefined)).status).toBe(200);
    return { id, at };
  }

  const onOrder =
    (what: string, ...reports: readonly string[]) =>
    async () =>
      `/v1/orders/${(await anOrder(...reports)).id}/${what}`;
  const onShipment =
    (what: string, ...reports: readonly string[]) =>
    async () =>
      `${(await anOrder(...reports)).at}/${what}`;

  /** Makes units unavailable by a rejection as damaged. */
  async function damaged(): Promise<string> {
    const { at } = await anOrder();
    expect((await post(`${at}/reject`, { ...REJECTION, quantity: 2 })).status).toBe(200);
    return '/v1/stock/SKU-1/nodes/wh-1/damage-ends';
  }

  /** Ships an order until its units can come back. */
  async function returns(): Promise<string> {
    const { id } = await anOrder('accept', 'ship');
    const at = `/v1/orders/${id}`;
    await eventually(async () => expect((await api().call('GET', at)).json.payment).toBe('captured'));
    return `${at}/returns`;
  }

  /** Leaves a command in need of an operator: a cancellation whose saga never began. */
  async function stopped(): Promise<string> {
    const { stand, stores } = api();
    const { id } = await anOrder();
    stand.sagas = 'never';
    expect((await postTo(api())(`/v1/orders/${id}/cancel`, undefined, newKey())).status).toBe(202);
    stand.sagas = 'direct';
    const row = (await stores.commands.bySubject([id])).find(({ kind }) => kind === 'cancel');
    if (!row) throw new Error(`the cancellation of ${id} was not recorded`);
    const attention = { remaining: ['releaseRest'], failure: 'played' };
    expect(await stores.commands.requireAttention(row.workflowId, row.id, attention)).toBe(true);
    return `/v1/sagas/${row.id}/resolve`;
  }

  return { anOrder, onOrder, onShipment, damaged, returns, stopped };
}

/** Returns a command for each path of an operation that takes an idempotency key. */
export function keyedRoutes(api: () => ApiUnderTest): Readonly<Record<string, KeyedRoute>> {
  const { anOrder, damaged, stopped } = subjects(api);
  let customers = 0;
  const payments = async () => `/v1/credit-accounts/cust-${(customers++ % 2) + 1}/payments`;
  const fixed = (path: string) => ({ path: async () => path, isFixed: true, needsKey: true });
  const order = { ...fixed('/v1/orders'), taken: 202 };
  return {
    '/v1/orders': { ...order, body: ORDER, otherBody: { ...ORDER, channel: 'web' } },
    '/v1/trips': { ...order, ...fixed('/v1/trips'), body: TRIP, otherBody: { ...TRIP, traveller: 'Ann' } },
    '/v1/reservations': {
      ...fixed('/v1/reservations'),
      body: HOLD,
      otherBody: { ...HOLD, ttlSeconds: 60 },
      taken: 201,
    },
    '/v1/credit-accounts/{customerId}/payments': {
      path: payments,
      body: { amount: 5 },
      otherBody: { amount: 6 },
      refused: { path: async () => '/v1/credit-accounts/cust-none/payments' },
      taken: 200,
      needsKey: true,
    },
    '/v1/stock/{sku}/nodes/{nodeId}/damage-ends': {
      path: damaged,
      isFixed: true,
      body: DAMAGE_END,
      otherBody: { ...DAMAGE_END, reason: 'SCRAPPED' },
      refused: { body: { ...DAMAGE_END, quantity: 1_000 } },
      taken: 200,
      needsKey: true,
    },
    ...changes(api),
    '/v1/sagas/{id}/resolve': {
      path: stopped,
      body: { note: 'a' },
      otherBody: { note: 'b' },
      refused: { path: async () => `/v1/sagas/${(await anOrder()).id}/resolve` },
      taken: 200,
      needsKey: false,
    },
  };
}

/** Returns a command for each change of an order and each report on a shipment. */
function changes(api: () => ApiUnderTest): Readonly<Record<string, KeyedRoute>> {
  const { onOrder, onShipment, returns } = subjects(api);
  return {
    '/v1/orders/{id}/cancel': {
      path: onOrder('cancel'),
      refused: { path: onOrder('cancel', 'accept', 'ship') },
      taken: 202,
      needsKey: false,
    },
    '/v1/orders/{id}/revise': {
      path: onOrder('revise'),
      body: REVISION,
      otherBody: { ...REVISION, lines: [{ ...LINE, lineId: '1', quantity: 4 }] },
      refused: { body: { ...REVISION, baseVersion: 7 } },
      taken: 202,
      needsKey: false,
    },
    '/v1/orders/{id}/returns': {
      path: returns,
      body: RETURN,
      otherBody: { ...RETURN, lines: [{ ...RETURN.lines[0], condition: 'DAMAGED' }] },
      refused: { body: { ...RETURN, nodeId: 'nowhere' } },
      taken: 202,
      needsKey: true,
    },
    '/v1/shipments/{id}/accept': {
      path: onShipment('accept'),
      refused: { path: onShipment('accept', 'accept') },
      taken: 200,
      needsKey: false,
    },
    '/v1/shipments/{id}/reject': {
      path: onShipment('reject'),
      body: REJECTION,
      otherBody: { ...REJECTION, quantity: 2 },
      refused: { body: { ...REJECTION, quantity: 99 } },
      taken: 202,
      needsKey: true,
    },
    '/v1/shipments/{id}/ship': {
      path: onShipment('ship', 'accept'),
      body: { tracking: 'a' },
      otherBody: { tracking: 'b' },
      refused: { path: onShipment('ship') },
      taken: 202,
      needsKey: false,
    },
    '/v1/shipments/{id}/deliver': {
      path: onShipment('deliver', 'accept', 'ship'),
      refused: { path: onShipment('deliver', 'accept') },
      taken: 200,
      needsKey: false,
    },
  };
}
