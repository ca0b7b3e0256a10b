import { randomUUID } from 'node:crypto';
import { connect, type FeedRow, type Holdfast, HoldfastProblem } from '../../client/holdfast-client';
import { StockCopy } from '../../client/stock-copy';
import { WAYS } from '../../examples/follower/follower';
import { availability } from '../../src/events/projections/availability-projection';
import { caughtUp, Relays } from '../events/following';
import { ADMIN_KEY, type ApiUnderTest, startApi } from '../http/support/api-under-test';
import { openAccount, setUpCatalogue } from '../http/support/catalogue';
import { SeededRandom } from '../stores/seeded-random';

const ROUNDS = 60;

let api: ApiUnderTest;
let holdfast: Holdfast;
const relays = new Relays();

beforeAll(async () => {
  api = await startApi();
  api.stand.sagas = 'direct';
  holdfast = connect({ url: api.url, key: ADMIN_KEY, wait: 20 });
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

  #row(what: { readonly count: number } | { readonly movement: number }): FeedRow {
    // A late message has a sequence and a moment from before.
    const late = this.random.below(3) === 0 ? this.random.below(5) : 0;
    this.#sequence += 1;
    const sequence = this.#sequence - late;
    const observedAt = new Date(Math.min(Date.now(), this.#begun + sequence * 20)).toISOString();
    return { messageId: randomUUID(), sequence, sku: 'SKU-1', nodeId: 'wh-1', observedAt, ...what };
  }

  async #count(): Promise<void> {
    const rows = [this.#row({ count: this.random.pick([100, 100, 90 + this.random.below(30)]) })];
    await this.#report(this.random.below(3) === 0 ? [...rows, ...rows] : rows);
  }

  async #move(): Promise<void> {
    await this.#report([this.#row({ movement: this.random.below(9) - 4 })]);
  }

  async #report(body: FeedRow[]): Promise<void> {
    await holdfast.reportSupply({ path: { sourceId: 'wms' }, body });
  }

  async #hold(): Promise<void> {
    const lines = [{ sku: 'SKU-1', quantity: 1 + this.random.below(3) }];
    const body = { lines, shipTo: { region: 'north' }, ttlSeconds: 60 };
    const held = await orRefused(holdfast.reserveStock({ body }));
    if (held && this.random.below(2) === 0) await holdfast.releaseReservation({ path: { id: held.id } });
  }

  async #order(): Promise<void> {
    const lines = [{ sku: 'SKU-1', quantity: 1 + this.random.below(3), unitPrice: 1 }];
    const body = { customerId: 'ada', currency: 'EUR', lines, shipTo: { region: 'north' } };
    const { id, status } = await holdfast.placeOrder({ body });
    this.approved += status === 'APPROVED' ? 1 : 0;
    const { items } = await holdfast.listOrderShipments({ path: { id } });
    const [shipment] = items;
    if (!shipment) return;
    const path = { id: shipment.id };
    if (this.random.below(4) === 0) {
      const reason = this.random.pick(['NOT_IN_STOCK', 'DAMAGED'] as const);
      await holdfast.rejectUnits({ path, body: { lineId: '1', quantity: 1, reason } });
      return;
    }
    await holdfast.acceptShipment({ path });
    await holdfast.shipUnits({ path });
  }
}

/** Returns undefined for a command that a rule refuses. */
async function orRefused<Answer>(call: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof HoldfastProblem && error.type === 'refused') return undefined;
    throw error;
  }
}

/** Returns every state as Holdfast itself has it, by item and node. */
async function states(): Promise<Readonly<Record<string, unknown>>> {
  await caughtUp(api.stores, 'availability');
  const { items } = await holdfast.getLatestStock({ query: { limit: 1_000 } });
  return Object.fromEntries(
    items.flatMap(({ key, state }) => (key.kind === 'stock' ? [[`${key.sku} at ${key.nodeId}`, state]] : [])),
  );
}

const statesOf = (copy: StockCopy) =>
  Object.fromEntries(copy.places.map(({ sku, nodeId }) => [`${sku} at ${nodeId}`, copy.at(sku, nodeId)]));

test(`each way of following keeps a copy equal to the stock, seed ${SeededRandom.seed}`, async () => {
  const random = new SeededRandom();
  const copies = Object.fromEntries(Object.keys(WAYS).map((way) => [way, new StockCopy()]));
  const stop = new AbortController();
  const following = Object.entries(WAYS).map(([way, follow]) =>
    follow(holdfast, copies[way] as StockCopy, stop.signal),
  );
  const traffic = new Traffic(random);
  await traffic.run(ROUNDS / 2);
  // A follower that begins in the middle.
  copies.late = new StockCopy();
  following.push(WAYS.snapshot?.(holdfast, copies.late, stop.signal) as Promise<void>);
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
