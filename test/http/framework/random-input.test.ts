import fc from 'fast-check';
import { Registry } from 'prom-client';
import { LOGS } from '../../../src/contracts/logs';
import { allOperations } from '../../../src/http/api';
import { CommandTraffic } from '../../../src/http/framework/command-traffic';
import type { Operation } from '../../../src/http/framework/operation';
import { carried } from '../../support/direct-saga';
import { orderOf } from '../../support/new-commands';
import { eventually } from '../../support/saga-fixture';
import { type ApiUnderTest, startApi } from '../support/api-under-test';
import { openAccount, setUpCatalogue } from '../support/catalogue';
import {
  bodyFor,
  FEEDER,
  type Ids,
  pathFor,
  type RandomRequest,
  READER,
  randomRequests,
} from '../support/random-requests';
import { carryTrip, recordTrip } from '../support/recorded-trips';

const RUNS = 600;
const seed = Number(process.env.HOLDFAST_TEST_SEED ?? Date.now() % 2 ** 31);

let api: ApiUnderTest;
let operations: readonly Operation[];
let ids: Ids;
beforeAll(async () => {
  api = await startApi();
  api.stand.sagas = 'direct';
  const { stores } = api;
  await setUpCatalogue(api, 1_000_000);
  await openAccount(api, 'cust-1');
  operations = allOperations({ ...api.deps, metrics: new Registry() }, new CommandTraffic());
  for (const { key, holder } of [READER, FEEDER]) await stores.apiKeys.put(key, holder);
  const customerId = 'cust-1';
  const approved = orderOf([['SKU-1', 2, 500]], { customerId });
  const rejected = orderOf([['NO-SUCH', 1]], { customerId });
  expect(await carried(stores, [approved, rejected])).toMatchObject([
    { decision: 'approved' },
    { decision: 'rejected' },
  ]);
  const trip = await recordTrip(stores);
  await carryTrip(stores, trip);
  const orders = [approved.id, rejected.id];
  const { shipments = [] } = (await stores.ordersReads.order(approved.id)) ?? {};
  ids = {
    orders,
    trips: [trip.id],
    sagas: [...orders, trip.id],
    shipments: shipments.map((shipment) => shipment.id),
    'credit-accounts': ['cust-1'],
    stock: ['SKU-1'],
    items: ['SKU-1'],
    nodes: ['wh-1'],
  };
});
afterAll(() => api.close());

/** Returns the last position of each log. */
async function ends(): Promise<readonly unknown[]> {
  const last = (name: (typeof LOGS)[number]) =>
    api.stores.logs[name].$queryRaw`SELECT max(position) FROM event`;
  return Promise.all(LOGS.map(last));
}

/** Waits until every earlier command is closed or needs an operator. */
async function untilIdle(): Promise<void> {
  const intakes = Object.values(api.deps.intakes);
  await eventually(async () => {
    expect(intakes.some((one) => one.waiting + one.inFlight > 0)).toBe(false);
    expect(await api.stores.commands.countOpen(1)).toBe(0);
  });
}

/** The statuses of requests with an error in some part of them. */
const AT_FAULT = [400, 406, 413, 415];

async function attempt(operation: Operation, one: RandomRequest): Promise<void> {
  const path = pathFor(operation, one, ids);
  await untilIdle();
  const before = await ends();
  const leaving = new AbortController();
  const response = await fetch(api.url + path, {
    method: operation.method.toUpperCase(),
    headers: one.headers,
    signal: leaving.signal,
    ...(operation.method === 'get' ? {} : { body: bodyFor(operation, one) }),
  });
  const { status, headers } = response;
  if (headers.get('content-type') === 'text/event-stream') return leaving.abort();
  const text = await response.text();
  const said = `${operation.method} ${path}: ${status} ${text}`;
  if (status < 400) return;
  if (status >= 500) throw new Error(said);
  if (headers.get('content-type') !== 'application/problem+json') throw new Error(`no problem: ${said}`);
  const { errors = [] }: { errors?: { field: string }[] } = JSON.parse(text);
  const isNamed = errors.length > 0 && errors.every(({ field }) => field !== '');
  if (AT_FAULT.includes(status) && !isNamed) throw new Error(`names nothing: ${said}`);
  // A revision that was turned back was recorded first; its saga refused it.
  if (status === 409 && operation.path.endsWith('/revise')) return;
  expect([said, await ends()]).toEqual([said, before]);
}

describe(`random input (seed ${seed})`, () => {
  it('gets no 5xx on any route; a refused request names the field and changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(randomRequests(ids), async (one) => {
        const operation = operations[one.pick % operations.length];
        if (operation) await attempt(operation, one);
      }),
      { seed, numRuns: RUNS, endOnFailure: true },
    );
  });
});
