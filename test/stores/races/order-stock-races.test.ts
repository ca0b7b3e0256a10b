import { Findings } from '../../../src/audit/audit-findings';
import { auditInventory } from '../../../src/audit/inventory/audit-inventory';
import type { StepAnswer } from '../../../src/domain/decision';
import { KnownItems } from '../../../src/domain/inventory/offer/availability';
import { nodeTerms } from '../../../src/domain/inventory/offer/node-terms';
import type { Reservation } from '../../../src/domain/inventory/reservation/reservation';
import { reservationIdOf } from '../../../src/domain/inventory/reservation/reservation';
import { DAMAGE_ENDS } from '../../../src/domain/inventory/supply/unavailable';
import { REJECTION_REASONS } from '../../../src/domain/order/order';
import { cancelOf, rejectOf, reviseOf, shipOf } from '../../support/new-commands';
import { SeededRandom } from '../seeded-random';
import { cause, countRow, ERP, LONG_AGO, openShops, order, type Shop, stockUp } from '../shop';

/**
 * Orders ship, are cancelled, grow, shrink and have units rejected, while others reserve, backorders are filled and
 * counts come in, new ones and late ones. Each step runs twice at once, by two clients. The books of the inventory
 * balance in the end.
 */
const ROUNDS = 12;
/** The limit of the rounds that go on until every required outcome has happened; it is never reached. */
const MOST_ROUNDS = 100;
/** The delay of counts, in rounds. */
const COUNTS_LATE_BY = 6;
const STATES = ['COMMITTED', 'CONSUMED', 'RELEASED'];
const SKUS = ['apple', 'pear', 'plum'];
const PARTNER = { ...ERP, id: 'partner', basis: 'available', authority: 2, nodes: ['n2'] } as const;

let shops: Awaited<ReturnType<typeof openShops>>;

beforeAll(async () => {
  shops = await openShops(3);
});

afterAll(() => shops.close());

async function findings(shop: Shop): Promise<readonly string[]> {
  const found = new Findings();
  await auditInventory(shop.stores.inventory.client, true, found);
  return found.list();
}

/**
 * Returns the outcomes still to happen: an order in each state, scrapped units, a count that arrives after a departure.
 */
async function missing({ stores }: Shop): Promise<readonly string[]> {
  const { reservation, event } = stores.inventory.client;
  const states = (await reservation.groupBy({ by: ['state'] })).map(({ state }) => state);
  const late = await event.count({
    where: { type: 'inventory.supply-counted.v1', data: { path: ['gone'], gt: 0 } },
  });
  const scrapped = await event.count({ where: { type: 'inventory.damaged-stock-scrapped.v1' } });
  return [
    ...STATES.filter((state) => !states.includes(state)),
    ...(late > 0 ? [] : ['a late count']),
    ...(scrapped > 0 ? [] : ['units that are scrapped']),
  ];
}

/** Checks that the log alone gives the same terms as the rows. */
async function expectSamePast({ stores }: Shop): Promise<void> {
  for (const sku of SKUS) {
    const { now, facts, walk } = await stores.inventoryReads.stockFacts(sku);
    const past = await stores.stockHistory.at(sku, now);
    if (!past) throw new Error(`${sku} has no past`);
    const items = new KnownItems(past, now);
    expect(items.stock(sku).map((one) => nodeTerms(one, now))).toEqual(
      facts.map((one) => nodeTerms(one, now)),
    );
    expect(items.walk(sku)).toEqual(walk);
  }
}

const placed = (id: string) => ({ id, customerId: 'ann' });

class Orders {
  #made = 0;
  #sequence = 1;
  readonly #begun: string[] = [];
  readonly refusals: string[] = [];

  constructor(
    private readonly all: readonly Shop[],
    private readonly random: SeededRandom,
  ) {}

  beginRound(): void {
    this.#begun.push(new Date().toISOString());
  }

  #shop(): Shop {
    return this.random.pick(this.all);
  }

  /** Runs the same step at two clients at once and expects one answer. */
  async #twice<Answer extends StepAnswer>(step: (shop: Shop) => Promise<Answer[]>): Promise<Answer> {
    const [first, second] = await Promise.all([step(this.#shop()), step(this.#shop())]);
    expect(second).toEqual(first);
    const [answer] = first;
    if (!answer) throw new Error('a step gave no answer');
    return answer;
  }

  async life(id: string): Promise<void> {
    const command = order(id, this.#lines());
    const committed = await this.#twice((shop) => shop.commitStock([command]));
    if (committed.kind === 'refused') return;
    const { subject: orderId } = command;
    for (let step = 0; step < 4; step++) {
      const change = this.random.pick([
        () => this.#revise(orderId),
        () => this.#revise(orderId),
        () => this.#reject(orderId),
      ]);
      await Promise.all([change(), this.#ship(orderId)]);
    }
    if (this.random.below(2) === 0) await this.#cancel(orderId);
  }

  async #revise(orderId: string): Promise<void> {
    const reservationId = reservationIdOf(orderId);
    const increases = this.#lines().map(([sku, quantity]) => ({ sku, quantity }));
    const command = this.#revision(orderId, increases);
    const extend = () => this.#twice((shop) => shop.extendStock([command]));
    const undo = () => this.#twice((shop) => shop.undoExtend([command]));
    switch (this.random.below(4)) {
      case 0: {
        const [extended] = await Promise.all([extend(), undo()]);
        this.refusals.push(extended.kind);
        return;
      }
      case 1:
        await undo();
        expect(await extend()).toMatchObject({ kind: 'refused' });
        return;
      default: {
        const found = await extend();
        if (found.kind === 'refused') return;
        const { allocations, backordered } = found;
        const decreases = [
          ...allocations.map((units) => ({ ...units, place: null })),
          ...backordered.map((turn) => ({ ...turn, nodeId: null })),
        ].map((units) => ({ ...units, lineId: '1', shipmentId: null, quantity: 1 }));
        const decision = { kind: 'applied', reservationId, decreases, creditBy: 0 } as const;
        const answer = await this.#twice((shop) => shop.shrinkStock([{ ...command, decision }]));
        if (answer.kind === 'refused') this.refusals.push(answer.detail ?? answer.reason);
      }
    }
  }

  #revision(orderId: string, increases: readonly { sku: string; quantity: number }[]) {
    const revision = reviseOf({ ...placed(orderId), version: 1 }, [], this.#chosen());
    const recorded = {
      reservationId: reservationIdOf(orderId),
      content: [],
      cancelled: [],
      increases,
      decreases: [],
      creditBy: 0,
      shipments: 0,
    };
    return { ...revision, wanted: { ...revision.wanted, recorded } };
  }

  async #reject(orderId: string): Promise<void> {
    const units = await this.#some(orderId);
    if (!units) return;
    const { sku, quantity, nodeId } = units;
    const reason = this.random.pick(REJECTION_REASONS);
    const demand = [{ sku, quantity }];
    const isExhausted = this.random.below(3) === 0;
    const decision = {
      kind: 'given-back',
      reservationId: reservationIdOf(orderId),
      nodeId,
      reason,
      lines: [{ lineId: '1', sku, quantity }],
      elsewhere: isExhausted ? [] : demand,
      exhausted: isExhausted ? demand : [],
      together: [],
      shipments: 0,
    } as const;
    const given = { lineId: '1', quantity, reason };
    const command = rejectOf(placed(orderId), this.#shipment(), given, this.#chosen());
    await this.#twice((shop) => shop.replaceUnits([{ ...command, decision }]));
  }

  async #ship(orderId: string): Promise<void> {
    const units = await this.#some(orderId);
    if (!units) return;
    const capture = { amount: 0, finalTotal: null };
    const reservationId = reservationIdOf(orderId);
    const decision = { kind: 'shipped', reservationId, takes: [units], capture } as const;
    const command = shipOf(placed(orderId), this.#shipment(), this.#chosen());
    await this.#twice((shop) => shop.consumeStock([{ ...command, decision }]));
  }

  async #cancel(orderId: string): Promise<void> {
    const reservationId = reservationIdOf(orderId);
    const decision = { kind: 'cancelled', reservationId, keeps: [], creditBy: 0 } as const;
    const command = cancelOf(placed(orderId), this.#chosen());
    await Promise.all([
      this.#twice((shop) => shop.releaseRest([{ ...command, decision }])),
      this.#ship(orderId),
    ]);
  }

  async #some(orderId: string) {
    const { client } = this.#shop().stores.inventory;
    const row = await client.reservation.findUnique({ where: { id: reservationIdOf(orderId) } });
    const had = (row as unknown as Reservation | null)?.allocations ?? [];
    if (had.length === 0) return undefined;
    const { sku, nodeId, quantity } = this.random.pick(had);
    return { sku, nodeId, quantity: 1 + this.random.below(quantity) };
  }

  #chosen() {
    return { id: `cmd_${++this.#made}`, caller: 'shop' };
  }

  #shipment() {
    return { id: `shp_${++this.#made}` };
  }

  async feed(): Promise<void> {
    const source = this.random.pick([ERP, PARTNER]);
    // A count of an earlier time: much has left since.
    const observedAt = this.#begun.at(-COUNTS_LATE_BY) ?? this.#begun[0] ?? LONG_AGO;
    const rows = SKUS.map((sku) =>
      countRow({
        sku,
        nodeId: this.random.pick(source.nodes),
        count: this.random.below(40),
        sequence: ++this.#sequence,
        observedAt,
      }),
    );
    await this.#shop().stores.inventoryFeed.apply(source, rows, cause);
  }

  /** Reports the end of some damage, twice at once; more units may be damaged meanwhile. */
  async endDamage(): Promise<void> {
    const rows = await this.#shop().stores.inventory.client.stock.findMany({
      where: { unavailable: { gt: 0 } },
    });
    if (rows.length === 0) return;
    const { sku, nodeId, unavailable } = this.random.pick(rows);
    const id = `cmd_${++this.#made}`;
    const said = { commandId: id, correlation: id, caller: 'shop', idempotencyKey: id, fingerprint: id };
    const end = {
      quantity: 1 + this.random.below(Number(unavailable)),
      reason: this.random.pick(DAMAGE_ENDS),
    };
    const note = () => this.#shop().stores.unavailableStock.endDamage({ ...said, sku, nodeId, ...end });
    const outcomes = await Promise.all([note(), note()]);
    expect(outcomes).toEqual(
      expect.arrayContaining([false, true].map((isReplay) => ({ kind: 'noted', isReplay }))),
    );
  }

  /** Lets two relays try the same entries. */
  async fill(): Promise<void> {
    const { inventoryReads } = this.#shop().stores;
    const entries = await inventoryReads.fillableTurns(await inventoryReads.awaitedItems(null), 5);
    if (entries.length === 0) return;
    await Promise.all([this.#shop(), this.#shop()].map((shop) => shop.fillBackorders(entries)));
  }

  #lines(): [string, number][] {
    const skus = this.random.shuffled(SKUS).slice(0, 1 + this.random.below(2));
    return skus.map((sku) => [sku, 1 + this.random.below(5)]);
  }
}

test(`orders that ship, shrink, grow and are cancelled at once leave balanced books (seed ${SeededRandom.seed})`, async () => {
  const [one] = shops.shops;
  if (!one) throw new Error('no shop');
  await stockUp(one.stores, {}, PARTNER);
  await stockUp(one.stores, Object.fromEntries(SKUS.map((sku) => [sku, { n1: 30, n2: 20 }])));
  await one.stores.inventoryFeed.apply(
    PARTNER,
    SKUS.map((sku) => countRow({ sku, nodeId: 'n2', count: 20 })),
    cause,
  );
  for (const sku of SKUS.slice(1))
    await one.stores.inventorySetUp.setItem(
      { sku, name: sku, backorder: { mode: 'unlimited' }, perOrderMax: null, tags: [] },
      cause,
    );
  const random = new SeededRandom();
  const orders = new Orders(shops.shops, random);
  for (let round = 0; round < ROUNDS || (round < MOST_ROUNDS && (await missing(one)).length > 0); round++) {
    orders.beginRound();
    const lives = Array.from({ length: 5 }, (_, index) => orders.life(`${round}-${index}`));
    await Promise.all([...lives, orders.feed(), orders.fill(), orders.endDamage(), orders.feed()]);
    await orders.fill();
    expect(await findings(one)).toEqual([]);
    await expectSamePast(one);
  }
  expect(await missing(one)).toEqual([]);
});
