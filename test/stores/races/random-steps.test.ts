import { orderSteps } from '../../../activities/order-steps';
import { auditBooks } from '../../../src/audit/audit';
import type { CommandRow } from '../../../src/domain/command/recorded-command';
import type { NewCommand } from '../../../src/stores/orders/command-rows';
import { directDeps, record, recordedRows, runDirect } from '../../support/direct-saga';
import { rebuildChanges } from '../../support/rebuilt-books';
import { SeededRandom } from '../seeded-random';
import {
  aNode,
  cause,
  countRow,
  createOrders,
  ERP,
  hold,
  onHold,
  openShops,
  order,
  type Shop,
  stockUp,
} from '../shop';

/**
 * Three clients run random steps of every kind at once, over a few SKUs and customers: whole sagas, sagas that stop
 * half way and are resumed or decided against while they still run, sagas run twice, holds that expire, changing counts
 * and settings. The books balance in the end.
 */
const ROUNDS = 40;
/** The limit of the rounds that go on until there are reservations in each of these states; it is never reached. */
const MOST_TURNS = 10;
const STATES = ['COMMITTED', 'EXPIRED', 'HELD', 'RELEASED'];
const SKUS = ['apple', 'pear', 'plum', 'fig'];
const CUSTOMERS = ['ann', 'bob', 'cid'];
const PARTNER = { ...ERP, id: 'partner', basis: 'available', authority: 2, nodes: ['n2', 'n3'] } as const;

let shops: Awaited<ReturnType<typeof openShops>>;

beforeAll(async () => {
  shops = await openShops(3);
});

afterAll(() => shops.close());

async function decideAgainst({ stores }: Shop, rows: readonly CommandRow<'create'>[]): Promise<void> {
  const refusal = { kind: 'refuse', reason: 'PROCESSING_FAILED' } as const;
  const members = rows.map(({ id }) => ({ id, proposal: refusal }));
  await orderSteps(directDeps(stores)).decideOrder(members);
}

/** One client and its commands so far. */
class RandomClient {
  #made = 0;
  #sequence = 0;
  readonly #holds: { readonly id: string; readonly lines: [string, number][] }[] = [];

  constructor(
    private readonly name: string,
    private readonly shop: Shop,
    private readonly others: readonly Shop[],
    private readonly random: SeededRandom,
  ) {}

  async run(): Promise<void> {
    const actions = [
      () => this.#order(),
      () => this.#order(),
      () => this.#orderTwice(),
      () => this.#abandon(),
      () => this.#hold(),
      () => this.#hold(),
      () => this.#releaseHold(),
      () => this.#extendHold(),
      () => this.#sweep(),
      () => this.#feed(),
      () => this.#feed(),
      () => this.#setUp(),
    ];
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all([this.random.pick(actions)(), this.random.pick(actions)()]);
    }
  }

  async #order(): Promise<void> {
    await createOrders(this.shop, this.#orders());
  }

  /** Starts two runs of one saga, at any offset. */
  async #orderTwice(): Promise<void> {
    const rows = await this.#recorded();
    await Promise.all([
      runDirect(this.shop.stores, rows),
      runDirect(this.random.pick(this.others).stores, this.random.shuffled(rows)),
    ]);
  }

  /** Stops a saga at any point; another run goes on with it, which may find it decided against. */
  async #abandon(): Promise<void> {
    const rows = await this.#recorded();
    const other = this.random.pick(this.others);
    const goOn = async () => {
      await this.shop.holdCredit(rows);
      await this.shop.commitStock(rows);
    };
    const takeUp = async () => {
      if (this.random.below(2) === 0) await decideAgainst(other, rows);
      await runDirect(other.stores, rows);
    };
    if (this.random.below(2) === 0) await goOn().then(takeUp);
    else await Promise.all([goOn(), takeUp()]);
  }

  async #recorded(): Promise<readonly CommandRow<'create'>[]> {
    const rows = recordedRows(await record(this.shop.stores, this.#orders()));
    return rows as unknown as readonly CommandRow<'create'>[];
  }

  async #hold(): Promise<void> {
    const holds = Array.from({ length: 1 + this.random.below(3) }, () => {
      const id = this.#id();
      const lines = this.#lines();
      this.#holds.push({ id: `rsv_${id}`, lines });
      return hold(id, lines, { ttlSeconds: this.random.pick([0.05, 0.2, 1, 600]) });
    });
    await this.shop.holdStock(holds);
  }

  async #releaseHold(): Promise<void> {
    const held = this.#holds[this.random.below(this.#holds.length || 1)];
    if (held)
      await this.shop.releaseHolds([
        { ...onHold(held.id, 'release'), commandId: `${held.id}/${this.#id()}` },
      ]);
  }

  async #extendHold(): Promise<void> {
    const held = this.#holds[this.random.below(this.#holds.length || 1)];
    if (!held) return;
    const command = { ...onHold(held.id, 'extend'), commandId: `${held.id}/${this.#id()}` };
    await this.shop.extendHolds([{ ...command, ttlSeconds: this.random.pick([0.1, 1, 600]) }]);
  }

  async #sweep(): Promise<void> {
    const due = await this.shop.stores.inventoryReads.dueHolds(20);
    if (due.length > 0) await this.shop.expireHolds(due.map((id) => onHold(id, 'expire')));
  }

  async #feed(): Promise<void> {
    const source = this.random.pick([ERP, PARTNER]);
    const { now } = await this.shop.stores.inventoryReads.stockFacts('apple');
    const rows = this.random.shuffled(SKUS).map((sku) => {
      const { count, ...row } = countRow({
        sku,
        nodeId: this.random.pick(source.nodes),
        count: this.random.pick([25, 25, 25, this.random.below(60)]),
        sequence: Math.max(0, ++this.#sequence - this.random.below(4)),
        observedAt: new Date(Date.parse(now) + this.random.below(2_000) - 1_500).toISOString(),
      });
      return this.random.below(3) === 0 ? { ...row, movement: count - 30 } : { ...row, count };
    });
    const { inventoryFeed } = this.random.pick(this.others).stores;
    await Promise.all([inventoryFeed.apply(source, rows, cause), inventoryFeed.noteExpiries(10, cause)]);
  }

  async #setUp(): Promise<void> {
    const id = this.random.pick(['n1', 'n2', 'n3']);
    const enabled = this.random.below(5) > 0;
    const feedTtlSeconds = this.random.pick([null, 1, 60]);
    const safetyStock = this.random.below(4);
    const node = { ...aNode, id, enabled, feedTtlSeconds, safetyStock };
    await this.shop.stores.inventorySetUp.setNode(node, cause);
    const wanted = { currency: 'EUR', limit: this.random.below(4_000) };
    await this.shop.stores.credit.setAccount(this.random.pick(CUSTOMERS), wanted, cause);
  }

  #orders(): NewCommand<'create'>[] {
    return Array.from({ length: 1 + this.random.below(5) }, () => {
      const customerId = this.random.pick(CUSTOMERS);
      const held =
        this.random.below(3) === 0 ? this.#holds[this.random.below(this.#holds.length || 1)] : undefined;
      return held
        ? order(this.#id(), held.lines, { customerId, reservationId: held.id })
        : order(this.#id(), this.#lines(), { customerId });
    });
  }

  #lines(): [string, number][] {
    const skus = this.random.shuffled(SKUS).slice(0, 1 + this.random.below(3));
    return skus.map((sku) => [sku, 1 + this.random.below(5)]);
  }

  #id(): string {
    this.#made += 1;
    return `${this.name}${this.#made}`;
  }
}

test(`the books balance after random commands of three concurrent clients, and a rebuild changes no row (seed ${SeededRandom.seed})`, async () => {
  const [first] = shops.shops;
  if (!first) throw new Error('no shop');
  await stockUp(first.stores, {}, PARTNER);
  await stockUp(first.stores, Object.fromEntries(SKUS.map((sku) => [sku, { n1: 20 + sku.length, n2: 10 }])));
  for (const id of CUSTOMERS)
    await first.stores.credit.setAccount(id, { currency: 'EUR', limit: 2_000 }, cause);
  const random = new SeededRandom();
  const clients = shops.shops.map(
    (shop, index) => new RandomClient('xyz'.charAt(index), shop, shops.shops, random),
  );
  const states = async () => {
    const found = await first.stores.inventory.client.reservation.groupBy({ by: ['state'] });
    return found.map(({ state }) => state).sort();
  };
  await Promise.all(clients.map((client) => client.run()));
  for (let turn = 1; turn < MOST_TURNS && (await states()).length < STATES.length; turn++)
    await Promise.all(clients.map((client) => client.run()));
  expect(await states()).toEqual(STATES);
  expect(await auditBooks(first.stores)).toEqual([]);
  expect(await rebuildChanges(first.stores)).toEqual([]);
});
