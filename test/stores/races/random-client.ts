import { orderSteps } from '../../../activities/order-steps';
import type { CommandRow } from '../../../src/domain/command/recorded-command';
import type { NewCommand } from '../../../src/stores/orders/command-rows';
import { directDeps, record, recordedRows, runDirect } from '../../support/direct-saga';
import type { SeededRandom } from '../seeded-random';
import { aNode, cause, countRow, createOrders, ERP, hold, onHold, order, type Shop, stockUp } from '../shop';

const ROUNDS = 40;
const SKUS = ['apple', 'pear', 'plum', 'fig'];
const CUSTOMERS = ['ann', 'bob', 'cid'];
const PARTNER = { ...ERP, id: 'partner', basis: 'available', authority: 2, nodes: ['n2', 'n3'] } as const;

/** Sets up what random clients trade with. */
export async function stockForRandomClients({ stores }: Shop): Promise<void> {
  await stockUp(stores, {}, PARTNER);
  await stockUp(stores, Object.fromEntries(SKUS.map((sku) => [sku, { n1: 20 + sku.length, n2: 10 }])));
  for (const id of CUSTOMERS) await stores.credit.setAccount(id, { currency: 'EUR', limit: 2_000 }, cause);
}

async function decideAgainst({ stores }: Shop, rows: readonly CommandRow<'create'>[]): Promise<void> {
  const refusal = { kind: 'refuse', reason: 'PROCESSING_FAILED' } as const;
  const members = rows.map(({ id }) => ({ id, proposal: refusal }));
  await orderSteps(directDeps(stores)).decideOrder(members);
}

/**
 * One client and its commands so far. It runs random steps of every kind: whole sagas, sagas that stop half way and are
 * resumed or decided against while they still run, sagas run twice, holds that expire, changing counts and settings.
 */
export class RandomClient {
  #made = 0;
  #sequence = 0;
  readonly #holds: { readonly id: string; readonly lines: [string, number][] }[] = [];

  constructor(
    private readonly name: string,
    private readonly shop: Shop,
    private readonly others: readonly Shop[],
    private readonly random: SeededRandom,
  ) {}

  async run(rounds = ROUNDS): Promise<void> {
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
    for (let round = 0; round < rounds; round++) {
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
