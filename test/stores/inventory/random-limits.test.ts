import { auditBooks } from '../../../src/audit/audit';
import type { NewCommand } from '../../../src/stores/orders/command-rows';
import { SeededRandom } from '../seeded-random';
import { cause, countRow, ERP, hold, LONG_AGO, onHold, openShops, order, type Shop, stockUp } from '../shop';
import { setCap, setRule } from './limits';

/**
 * Three clients buy, hold, adopt, release, undo and sweep over a few items at once, while caps and rules are set,
 * changed and removed and deliveries come in. The audit then replays every log: no grant exceeds a cap or breaks a rule
 * in force, and every share and every queue entry is correct.
 */
const ROUNDS = 40;
/** The limit of the rounds that go on until each of these has happened; it is never reached. */
const MOST_TURNS = 10;
const MUST_HAPPEN = [
  ...['cap-claimed', 'cap-claim-kept', 'cap-claim-returned', 'cap-removed'],
  ...['backorder-placed', 'backorder-withdrawn'],
];
const SKUS = ['apple', 'pear', 'plum', 'fig'];
const CHANNELS = [null, 'web', 'app'];
const CUSTOMERS = ['ann', 'bob'];
const CAPS = ['c1', 'c2', 'c3', 'c4'];
const RULES = ['r1', 'r2'];

let shops: Awaited<ReturnType<typeof openShops>>;

beforeAll(async () => {
  shops = await openShops(3);
});

afterAll(() => shops.close());

class RandomBuyer {
  #made = 0;
  readonly #orders: NewCommand<'create'>[] = [];
  readonly #holds: { readonly id: string; readonly lines: [string, number][] }[] = [];

  constructor(
    private readonly name: string,
    private readonly shop: Shop,
    private readonly random: SeededRandom,
  ) {}

  async run(): Promise<void> {
    const actions = [
      () => this.#buy(),
      () => this.#buy(),
      () => this.#buy(),
      () => this.#hold(),
      () => this.#hold(),
      () => this.#undo(),
      () => this.#releaseHold(),
      () => this.#extendHold(),
      () => this.#sweep(),
      () => this.#setCap(),
      () => this.#setRule(),
      () => this.#deliver(),
    ];
    for (let round = 0; round < ROUNDS; round++)
      await Promise.all([this.random.pick(actions)(), this.random.pick(actions)()]);
  }

  async #buy(): Promise<void> {
    const orders = Array.from({ length: 1 + this.random.below(6) }, () => this.#order());
    this.#orders.push(...orders);
    await this.shop.commitStock(this.random.shuffled(orders));
  }

  #order(): NewCommand<'create'> {
    const more = { customerId: this.random.pick(CUSTOMERS), channel: this.#channel() };
    const held = this.random.below(3) === 0 ? this.#someHold() : undefined;
    return held
      ? order(this.#id(), held.lines, { ...more, reservationId: held.id })
      : order(this.#id(), this.#lines(), more);
  }

  async #hold(): Promise<void> {
    const holds = Array.from({ length: 1 + this.random.below(3) }, () => {
      const id = this.#id();
      const lines = this.#lines();
      this.#holds.push({ id: `rsv_${id}`, lines });
      return hold(id, lines, { ttlSeconds: this.random.pick([0.05, 0.2, 600]), channel: this.#channel() });
    });
    await this.shop.holdStock(holds);
  }

  async #undo(): Promise<void> {
    const some = this.random.shuffled(this.#orders).slice(0, 4);
    await this.shop.releaseStock(some);
  }

  async #extendHold(): Promise<void> {
    const held = this.#holds[this.random.below(this.#holds.length || 1)];
    if (!held) return;
    const command = { ...onHold(held.id, 'extend'), commandId: `${held.id}/${this.#id()}` };
    await this.shop.extendHolds([{ ...command, ttlSeconds: this.random.pick([0.1, 1, 600]) }]);
  }

  async #releaseHold(): Promise<void> {
    const held = this.#someHold();
    if (held)
      await this.shop.releaseHolds([
        { ...onHold(held.id, 'release'), commandId: `${held.id}/${this.#id()}` },
      ]);
  }

  async #sweep(): Promise<void> {
    const due = await this.shop.stores.inventoryReads.dueHolds(20);
    const sweeps = due.map((id) => ({ ...onHold(id, 'expire'), commandId: `${id}/${this.#id()}` }));
    if (sweeps.length > 0) await this.shop.expireHolds(sweeps);
  }

  async #setCap(): Promise<void> {
    const id = this.random.pick(CAPS);
    if (this.random.below(3) === 0) {
      await this.shop.stores.limitsSetUp.removeCap(id, cause);
      return;
    }
    await setCap(this.shop.stores, id, {
      skus: this.random.shuffled(SKUS).slice(0, 1 + this.random.below(3)),
      channel: this.random.pick([null, this.#channel()]),
      customerId: this.random.pick([null, null, ...CUSTOMERS]),
      limit: this.random.below(150),
      ...(this.random.below(6) === 0 ? { start: LONG_AGO, end: '2026-01-02T00:00:00.000Z' } : {}),
    });
  }

  async #setRule(): Promise<void> {
    const id = this.random.pick(RULES);
    if (this.random.below(2) === 0) await this.shop.stores.limitsSetUp.removeRule(id, cause);
    else
      await setRule(this.shop.stores, id, {
        sku: this.random.pick([null, ...SKUS]),
        nodeId: this.random.pick(['n1', 'n2']),
        channel: this.random.pick(['web', 'app']),
      });
  }

  async #deliver(): Promise<void> {
    const sequence = Date.now();
    const rows = SKUS.map((sku) => {
      const count = this.random.below(sku === 'fig' ? 10 : 100);
      return countRow({ sku, nodeId: this.random.pick(ERP.nodes), count, sequence });
    });
    await this.shop.stores.inventoryFeed.apply(ERP, rows, cause);
  }

  #someHold() {
    return this.#holds[this.random.below(this.#holds.length || 1)];
  }

  #channel(): string | null {
    return this.random.pick(CHANNELS);
  }

  #lines(): [string, number][] {
    const skus = this.random.shuffled(SKUS).slice(0, 1 + this.random.below(3));
    return skus.map((sku) => [sku, 1 + this.random.below(3)]);
  }

  #id(): string {
    this.#made += 1;
    return `${this.name}${this.#made}`;
  }
}

test(`random commands at once pass no cap and lose no share (seed ${SeededRandom.seed})`, async () => {
  const [first] = shops.shops;
  if (!first) throw new Error('no shop');
  await stockUp(first.stores, Object.fromEntries(SKUS.map((sku) => [sku, { n1: 60, n2: 40 }])));
  const fig = {
    sku: 'fig',
    name: 'fig',
    backorder: { mode: 'limited', limit: 20 },
    perOrderMax: null,
    tags: [],
  } as const;
  await first.stores.inventorySetUp.setItem(fig, cause);
  await setCap(first.stores, 'all', { skus: SKUS, limit: 700 });
  const random = new SeededRandom();
  const buyers = shops.shops.map((shop, index) => new RandomBuyer('xyz'.charAt(index), shop, random));
  const { client } = first.stores.inventory;
  const missing = async () => {
    const types = new Set((await client.event.groupBy({ by: ['type'] })).map(({ type }) => type));
    return MUST_HAPPEN.filter((type) => !types.has(`inventory.${type}.v1`));
  };
  await Promise.all(buyers.map((buyer) => buyer.run()));
  for (let turn = 1; turn < MOST_TURNS && (await missing()).length > 0; turn++)
    await Promise.all(buyers.map((buyer) => buyer.run()));
  expect(await missing()).toEqual([]);
  const findings = await auditBooks(first.stores);
  // No order was recorded, so only the inventory's books are audited.
  expect(findings.filter((finding) => !/^Stock is held for ord_|^credit/.test(finding))).toEqual([]);
});
