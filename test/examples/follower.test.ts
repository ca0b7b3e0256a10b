import { randomUUID } from 'node:crypto';
import { StockCopy } from '../../client/stock-copy';
import { type Get, WAYS } from '../../examples/follower/follower';
import { availability } from '../../src/events/projections/availability-projection';
import { caughtUp, Relays } from '../events/following';
import { type ApiUnderTest, startApi } from '../http/support/api-under-test';
import { openAccount, setUpCatalogue } from '../http/support/catalogue';
import { SeededRandom } from '../stores/seeded-random';

const ROUNDS = 60;

let api: ApiUnderTest;
const relays = new Relays();

beforeAll(async () => {
  api = await startApi();
  api.stand.sagas = 'direct';
  relays.start(api.stores, availability);
  await setUpCatalogue(api, 100);
  await openAccount(api, 'ada');
});

afterAll(async () => {
  await relays.stop();
  await api.close();
});

/** Random traffic on one item: counts that come late or twice, movements, holds, orders, departures and refusals. */
class Traffic {
  approved = 0;
  #sequence = 10;
  readonly #begun = Date.now();

  constructor(private readonly random: SeededRandom) {}

  async run(rounds: number): Promise<void> {
    const actions = [
      () => this.#count(),
      () => this.#count(),
      () => this.#move(),
      () => this.#hold(),
      () => this.#order(),
    ];
    for (let round = 0; round < rounds; round++) await this.random.pick(actions)();
  }

  #row(what: object) {
    // A late message has a sequence and a moment from before.
    const late = this.random.below(3) === 0 ? this.random.below(5) : 0;
    this.#sequence += 1;
    const sequence = this.#sequence - late;
    const observedAt = new Date(Math.min(Date.now(), this.#begun + sequence * 20)).toISOString();
    return { messageId: randomUUID(), sequence, sku: 'SKU-1', nodeId: 'wh-1', observedAt, ...what };
  }

  async #count(): Promise<void> {
    const rows = [this.#row({ count: this.random.pick([100, 100, 90 + this.random.below(30)]) })];
    await api.call('POST', '/v1/feeds/wms', this.random.below(3) === 0 ? [...rows, ...rows] : rows);
  }

  async #move(): Promise<void> {
    await api.call('POST', '/v1/feeds/wms', [this.#row({ movement: this.random.below(9) - 4 })]);
  }

  async #hold(): Promise<void> {
    const lines = [{ sku: 'SKU-1', quantity: 1 + this.random.below(3) }];
    const body = { lines, shipTo: { region: 'north' }, ttlSeconds: 60 };
    const { json } = await api.call('POST', '/v1/reservations', body, { 'Idempotency-Key': randomUUID() });
    if (json.id && this.random.below(2) === 0) await api.call('POST', `/v1/reservations/${json.id}/release`);
  }

  async #order(): Promise<void> {
    const lines = [{ sku: 'SKU-1', quantity: 1 + this.random.below(3), unitPrice: 1 }];
    const body = { customerId: 'ada', currency: 'EUR', lines, shipTo: { region: 'north' } };
    const headers = { 'Idempotency-Key': randomUUID(), Prefer: 'wait=20' };
    const { json } = await api.call('POST', '/v1/orders', body, headers);
    this.approved += json.status === 'APPROVED' ? 1 : 0;
    const { json: shipments } = await api.call('GET', `/v1/orders/${json.id}/shipments`);
    const [shipment] = shipments.items ?? [];
    if (!shipment) return;
    const report = (what: string, body?: object) =>
      api.call('POST', `/v1/shipments/${shipment.id}/${what}`, body, { 'Idempotency-Key': randomUUID() });
    if (this.random.below(4) === 0) {
      await report('reject', {
        lineId: '1',
        quantity: 1,
        reason: this.random.pick(['NOT_IN_STOCK', 'DAMAGED']),
      });
      return;
    }
    await report('accept');
    await report('ship');
  }
}

const get: Get = async (path) => (await api.call('GET', path, undefined, { Prefer: 'wait=1' })).json;

/** Returns every state as Holdfast itself has it, by item and node. */
async function states(): Promise<Readonly<Record<string, unknown>>> {
  await caughtUp(api.stores, 'availability');
  const { items } = await get('/v1/latest/stock?limit=1000');
  return Object.fromEntries(
    items.map(({ key, state }: { key: { sku: string; nodeId: string }; state: unknown }) => [
      `${key.sku} at ${key.nodeId}`,
      state,
    ]),
  );
}

const statesOf = (copy: StockCopy) =>
  Object.fromEntries(copy.places.map(({ sku, nodeId }) => [`${sku} at ${nodeId}`, copy.at(sku, nodeId)]));

test(`each way of following keeps a copy equal to the stock, seed ${SeededRandom.seed}`, async () => {
  const random = new SeededRandom();
  const copies = Object.fromEntries(Object.keys(WAYS).map((way) => [way, new StockCopy()]));
  const stop = new AbortController();
  const following = Object.entries(WAYS).map(([way, follow]) =>
    follow(get, copies[way] as StockCopy, stop.signal),
  );
  const traffic = new Traffic(random);
  await traffic.run(ROUNDS / 2);
  // A follower that begins in the middle.
  copies.late = new StockCopy();
  following.push(WAYS.snapshot?.(get, copies.late, stop.signal) as Promise<void>);
  await traffic.run(ROUNDS / 2);
  expect(traffic.approved).toBeGreaterThan(0);
  const expected = await states();
  const isEqual = () =>
    Object.values(copies).every((copy) => JSON.stringify(statesOf(copy)) === JSON.stringify(expected));
  const giveUpAt = Date.now() + 10_000;
  while (!isEqual() && Date.now() < giveUpAt) await new Promise((resolve) => setTimeout(resolve, 50));
  stop.abort();
  await Promise.all(following);
  for (const [way, copy] of Object.entries(copies)) expect([way, statesOf(copy)]).toEqual([way, expected]);
});
