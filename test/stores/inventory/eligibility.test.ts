import { auditBooks } from '../../../src/audit/audit';
import type { EligibilityRule } from '../../../src/domain/inventory/limits/eligibility';
import { cause, hold, openShops, order, type Shop, stockUp } from '../shop';
import { setRule } from './limits';

let shops: Awaited<ReturnType<typeof openShops>>;
let shop: Shop;
let orders = 0;

/** Creates apples at both nodes and pears at n1 alone. */
beforeEach(async () => {
  shops = await openShops(1);
  const [first] = shops.shops;
  if (!first) throw new Error('no shop');
  shop = first;
  await stockUp(shop.stores, { apple: { n1: 10, n2: 10 }, pear: { n1: 10 } });
});

afterEach(async () => {
  const findings = await auditBooks(shop.stores);
  await shops.close();
  expect(findings.filter((finding) => !/^Stock is held for ord_|^credit/.test(finding))).toEqual([]);
});

async function buy(sku: string, quantity = 1, { region = 'eu', channel = null as string | null } = {}) {
  orders += 1;
  const [answer] = await shop.commitStock([order(`${orders}`, [[sku, quantity]], { region, channel })]);
  if (answer?.kind !== 'done') return answer?.reason;
  return answer.allocations.map(({ nodeId }) => nodeId).join();
}

/** The denial of a rule, the asking buyer, and the result. */
const CASES: [
  deny: Partial<EligibilityRule['deny']>,
  asked: readonly [sku: string, quantity?: number, buyer?: { region?: string; channel?: string | null }],
  result: string,
][] = [
  [{ sku: 'apple' }, ['apple'], 'NOT_ELIGIBLE'],
  [{ sku: 'apple' }, ['pear'], 'n1'],
  [{ nodeId: 'n1' }, ['apple'], 'n2'],
  [{ nodeId: 'n1' }, ['pear'], 'NOT_ELIGIBLE'],
  [{ nodeId: 'n1' }, ['apple', 11], 'OUT_OF_STOCK'],
  [{ region: 'eu' }, ['apple'], 'NOT_ELIGIBLE'],
  [{ region: 'us' }, ['apple'], 'n1'],
  [{ channel: 'web' }, ['apple', 1, { channel: 'web' }], 'NOT_ELIGIBLE'],
  [{ channel: 'web' }, ['apple', 1, { channel: 'app' }], 'n1'],
  [{ channel: 'web' }, ['apple'], 'n1'],
  [{ sku: 'apple', nodeId: 'n1' }, ['apple'], 'n2'],
  [{ sku: 'apple', nodeId: 'n1' }, ['pear'], 'n1'],
  [{ sku: 'apple', region: 'eu' }, ['apple'], 'NOT_ELIGIBLE'],
  [{ sku: 'apple', region: 'us' }, ['apple'], 'n1'],
  [{ sku: 'apple', channel: 'web' }, ['apple', 1, { channel: 'web' }], 'NOT_ELIGIBLE'],
  [{ sku: 'pear', channel: 'web' }, ['apple', 1, { channel: 'web' }], 'n1'],
  [{ nodeId: 'n1', region: 'us' }, ['pear', 1, { region: 'us' }], 'NOT_ELIGIBLE'],
  [{ nodeId: 'n1', region: 'us' }, ['pear'], 'n1'],
  [{ region: 'us', channel: 'web' }, ['apple', 1, { region: 'us', channel: 'web' }], 'NOT_ELIGIBLE'],
  [{ region: 'us', channel: 'web' }, ['apple', 1, { region: 'eu', channel: 'web' }], 'n1'],
  [
    { sku: 'apple', nodeId: 'n1', region: 'us', channel: 'web' },
    ['apple', 1, { region: 'us', channel: 'web' }],
    'n2',
  ],
  [{ sku: 'apple', nodeId: 'n1', region: 'us', channel: 'web' }, ['apple', 1, { region: 'us' }], 'n1'],
  [{ sku: 'plum', nodeId: 'n9' }, ['apple'], 'n1'],
];

test.each(CASES)('%j: %j gets %s', async (deny, asked, result) => {
  await setRule(shop.stores, 'rule', deny);
  expect(await buy(...asked)).toBe(result);
});

test('two rules that leave no node together deny the item', async () => {
  await setRule(shop.stores, 'a', { nodeId: 'n1' });
  await setRule(shop.stores, 'b', { nodeId: 'n2' });
  expect(await buy('apple')).toBe('NOT_ELIGIBLE');
});

test('a rule that is removed denies nothing, and set again it denies again', async () => {
  await setRule(shop.stores, 'a', { sku: 'apple' });
  expect(await shop.stores.limitsSetUp.removeRule('a', cause)).toBe(true);
  expect(await shop.stores.limitsSetUp.removeRule('a', cause)).toBe(true);
  expect(await buy('apple')).toBe('n1');
  await setRule(shop.stores, 'a', { sku: 'apple' });
  expect(await buy('apple')).toBe('NOT_ELIGIBLE');
  expect(await shop.stores.limitsSetUp.removeRule('never', cause)).toBe(false);
  expect(await shop.stores.inventory.client.event.count({ where: { stream: 'rule/a' } })).toBe(3);
});

test('one line that is denied refuses the whole order', async () => {
  await setRule(shop.stores, 'a', { sku: 'pear' });
  const both = order('both', [
    ['apple', 1],
    ['pear', 1],
  ]);
  expect(await shop.commitStock([both])).toMatchObject([{ kind: 'refused', reason: 'NOT_ELIGIBLE' }]);
});

test('an order that a rule denies cannot take over a hold made before the rule', async () => {
  await shop.holdStock([hold('h', [['apple', 1]], { channel: 'app' })]);
  await setRule(shop.stores, 'a', { sku: 'apple', channel: 'web' });
  const adopting = (id: string, channel: string) =>
    shop.commitStock([order(id, [['apple', 1]], { channel, reservationId: 'rsv_h' })]);
  expect(await adopting('web', 'web')).toMatchObject([{ kind: 'refused', reason: 'NOT_ELIGIBLE' }]);
  expect(await adopting('app', 'app')).toMatchObject([{ kind: 'done' }]);
});
