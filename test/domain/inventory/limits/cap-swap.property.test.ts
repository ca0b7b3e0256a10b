import fc from 'fast-check';
import { sumBySku } from '../../../../src/domain/inventory/limits/demand';
import { assertUntilSeen } from '../../until-seen';
import { InventoryLedger } from '../inventory-ledger';
import { aCount, aNode, later, NOON } from '../inventory-samples';

const SKUS = ['cup', 'pot', 'tea'] as const;
const CAPS = [
  { id: 'all', skus: [...SKUS] },
  { id: 'tea', skus: ['tea'] },
  { id: 'two', skus: ['cup', 'pot'] },
] as const;
const ORDERS = 3;
const buyer = { region: 'north', channel: null, shippingMethod: null, customerId: 'ann' };

type Content = Readonly<Record<string, number>>;

const content = fc
  .record(Object.fromEntries(SKUS.map((sku) => [sku, fc.nat(5)])))
  .filter((wanted) => Object.values(wanted).some((quantity) => quantity > 0));
const story = fc.record({
  limits: fc.tuple(
    fc.integer({ min: 6, max: 20 }),
    fc.integer({ min: 3, max: 9 }),
    fc.integer({ min: 3, max: 12 }),
  ),
  commands: fc.array(
    fc.record({
      of: fc.nat(ORDERS - 1),
      wanted: content,
      end: fc.constantFrom('applied', 'applied', 'turned back'),
    }),
    { minLength: 4, maxLength: 20 },
  ),
});
type Story = typeof story extends fc.Arbitrary<infer S> ? S : never;

const demandsOf = (wanted: Content) =>
  sumBySku(Object.entries(wanted).map(([sku, quantity]) => ({ sku, quantity }))).filter(
    ({ quantity }) => quantity > 0,
  );

/** Orders that are placed and revised under caps that they share. The model knows what each order asks for, no more. */
class Swaps {
  readonly ledger = new InventoryLedger([aNode('n1')], [...SKUS], NOON);
  readonly seen = new Set<string>();
  readonly #orders = new Map<string, Content>();
  #made = 0;

  constructor(private readonly limits: Story['limits']) {
    for (const sku of SKUS) this.ledger.count(sku, 'n1', aCount(1_000));
    const open = {
      start: NOON,
      end: later(NOON, 1e6),
      channel: null,
      shippingMethod: null,
      customerId: null,
    };
    for (const [at, cap] of CAPS.entries())
      this.ledger.setCap({ ...open, ...cap, skus: [...cap.skus], limit: limits[at] ?? 0 });
  }

  run({ of, wanted, end }: Story['commands'][number]): void {
    this.#made += 1;
    this.ledger.beginSet(later(NOON, this.#made));
    const id = `rsv_${of}`;
    const had = this.#orders.get(id);
    const fits = this.#fits(id, wanted);
    const answer = had ? this.#revise(id, had, wanted, end) : this.#order(id, wanted);
    expect(answer).toBe(fits ? 'done' : 'CAP_REACHED');
    this.seen.add(`${had ? 'revision' : 'order'} ${answer}`);
    if (answer === 'done' && (!had || end === 'applied')) this.#orders.set(id, wanted);
    this.#expectShares();
  }

  #order(id: string, wanted: Content): string {
    const { answer } = this.ledger.reserve({
      ...{ reservationId: id, orderId: id.replace('rsv', 'ord'), caller: 'shop', ttlSeconds: null },
      ...{ demands: demandsOf(wanted), buyer },
    });
    return answer.kind === 'done' ? 'done' : answer.reason;
  }

  #revise(id: string, had: Content, wanted: Content, end: string): string {
    const change = Object.fromEntries(SKUS.map((sku) => [sku, (wanted[sku] ?? 0) - (had[sku] ?? 0)]));
    const less = Object.fromEntries(Object.entries(change).map(([sku, by]) => [sku, -by]));
    const request = {
      demands: demandsOf(change),
      decreases: demandsOf(less),
      commandId: `${id}/${this.#made}`,
    };
    if (request.demands.length > 0 && request.decreases.length > 0) this.seen.add('swap');
    const { answer } = this.ledger.extend(id, request);
    if (answer.kind === 'refused') return answer.reason;
    for (const [at, { id: capId }] of CAPS.entries())
      expect(this.ledger.state().caps.get(capId)?.used).toBeLessThanOrEqual(this.limits[at] ?? 0);
    if (end === 'turned back') this.ledger.undoExtend(id, request.commandId);
    else
      this.ledger.shrink(
        id,
        request.decreases.map((units) => ({ ...units, nodeId: 'n1', place: null })),
      );
    return 'done';
  }

  /** Counts the units that all orders have of a cap's items. */
  #covered(skus: readonly string[], orders: ReadonlyMap<string, Content>): number {
    return [...orders.values()].reduce(
      (sum, own) => sum + skus.reduce((all, sku) => all + (own[sku] ?? 0), 0),
      0,
    );
  }

  #fits(id: string, wanted: Content): boolean {
    const after = new Map([...this.#orders, [id, wanted]]);
    return CAPS.every(({ skus }, at) => this.#covered(skus, after) <= (this.limits[at] ?? 0));
  }

  #expectShares(): void {
    for (const { id, skus } of CAPS)
      expect([id, this.ledger.state().caps.get(id)?.used]).toEqual([id, this.#covered(skus, this.#orders)]);
  }
}

test('a revision is refused by a cap only where the orders as a whole ask for more than it allows', () => {
  const seen = new Set<string>();
  const property = fc.property(story, ({ limits, commands }) => {
    const swaps = new Swaps(limits);
    for (const command of commands) swaps.run(command);
    for (const what of swaps.seen) seen.add(what);
  });
  const outcomes = ['order', 'revision'].flatMap((kind) => [`${kind} done`, `${kind} CAP_REACHED`]);
  assertUntilSeen(property, 300, () => ['swap', ...outcomes].filter((what) => !seen.has(what)));
});

test('a revision takes its share of a cap that came after the order', () => {
  const ledger = new InventoryLedger([aNode('n1')], [...SKUS], NOON);
  for (const sku of SKUS) ledger.count(sku, 'n1', aCount(1_000));
  const ids = { reservationId: 'rsv_1', orderId: 'ord_1', caller: 'shop', ttlSeconds: null };
  ledger.reserve({ ...ids, demands: [{ sku: 'tea', quantity: 5 }], buyer });
  const open = { start: NOON, end: later(NOON, 1e6), channel: null, shippingMethod: null, customerId: null };
  ledger.setCap({ ...open, id: 'all', skus: [...SKUS], limit: 2 });
  const swap = (quantity: number) =>
    ledger.extend('rsv_1', {
      commandId: `c${quantity}`,
      demands: [{ sku: 'cup', quantity }],
      decreases: [{ sku: 'tea', quantity: 4 }],
    }).answer;
  expect(swap(3)).toMatchObject({ kind: 'refused', reason: 'CAP_REACHED' });
  expect(swap(2)).toMatchObject({ kind: 'done' });
  ledger.shrink('rsv_1', [{ sku: 'tea', quantity: 4, nodeId: 'n1', place: null }]);
  expect(ledger.state().caps.get('all')?.used).toBe(2);
});
