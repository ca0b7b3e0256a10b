import { auditBooks } from '../../src/audit/audit';
import { setCap, setRule } from '../stores/inventory/limits';
import { cause, hold, openShops, order, stockUp } from '../stores/shop';
import { plainKey } from '../support/plain-key';
import { withServer } from '../support/test-database';

let shops: Awaited<ReturnType<typeof openShops>>;

/** Creates a cap with the shares of an order and a hold, a rule, and a backordered order that exceeds the stock. */
beforeEach(async () => {
  shops = await openShops(1);
  const [shop] = shops.shops;
  if (!shop) throw new Error('no shop');
  await stockUp(shop.stores, { apple: { n1: 10 }, pear: { n1: 5 } });
  const pear = {
    sku: 'pear',
    name: 'pear',
    backorder: { mode: 'limited', limit: 9 },
    perOrderMax: null,
    tags: [],
  } as const;
  await shop.stores.inventorySetUp.setItem(pear, cause);
  await setCap(shop.stores, 'drop', { skus: ['apple'], limit: 6 });
  await setRule(shop.stores, 'far', { region: 'far' });
  const orders = [order('a', [['apple', 3]]), order('b', [['pear', 8]])];
  const answers = [
    ...(await shop.commitStock(orders)),
    ...(await shop.holdStock([hold('h', [['apple', 2]])])),
  ];
  expect(answers.map(({ kind }) => kind)).toEqual(['done', 'done', 'held']);
});

afterEach(() => shops.close());

/** Audits the books but those of orders and credit, as no order was recorded. */
async function audit(): Promise<readonly string[]> {
  const [shop] = shops.shops;
  const findings = shop ? await auditBooks(shop.stores) : [];
  return findings.filter((finding) => !/^Stock is held for ord_|^credit/.test(finding));
}

test('sound books have no findings', async () => {
  expect(await audit()).toEqual([]);
});

/** The time of a setting that every later event certainly saw. */
const LONG_BEFORE = `timestamptz '2026-01-01T00:00:00Z'`;

function event(stream: string, version: number, type: string, data: object, at = 'now()'): string {
  return `INSERT INTO inventory.event (stream, key, version, type, data, occurred_at, causation, correlation)
    VALUES ('${stream}', '${JSON.stringify(plainKey(stream))}', ${version}, 'inventory.${type}.v1', '${JSON.stringify(data)}', ${at}, 'c', 'c');`;
}

const aCap = {
  id: 'old',
  skus: ['apple'],
  channel: null,
  customerId: null,
  start: '2026-01-01T00:00:00.000Z',
  end: '2100-01-01T00:00:00.000Z',
  limit: 100,
};
const anOldCap = (changes: object) =>
  `INSERT INTO inventory.sales_cap VALUES ('old', '{apple}', NULL, NULL, now(), now(), 100, true, 0, 1);
  ${event('cap/old', 1, 'cap-set', { ...aCap, ...changes }, LONG_BEFORE)}`;
const NO_FIELDS = {
  sku: null,
  itemTag: null,
  nodeId: null,
  region: null,
  channel: null,
  shippingMethod: null,
};
const anOldRule = (named: object) =>
  `INSERT INTO inventory.eligibility_rule VALUES ('old', NULL, NULL, NULL, NULL, NULL, NULL, 'R', true, 1);
  ${event('rule/old', 1, 'eligibility-rule-set', { id: 'old', deny: { ...NO_FIELDS, ...named }, reason: 'R' }, LONG_BEFORE)}`;

/** Damage by SQL, each with the finding that the audit must report. */
const faults: readonly (readonly [what: string, sql: string, finding: RegExp])[] = [
  [
    'what a cap has been used for',
    `UPDATE inventory.sales_cap SET used = used - 1`,
    /^cap\/drop: used is 4, by the log 5\.$/,
  ],
  [
    'the terms of a cap',
    `UPDATE inventory.sales_cap SET most = 7`,
    /^cap\/drop: cap\.limit is 7, by the log 6/,
  ],
  [
    'a cap without a log',
    `INSERT INTO inventory.sales_cap SELECT 'x', skus, NULL, NULL, starts_at, ends_at, most, true, 0, 1
    FROM inventory.sales_cap`,
    /^cap\/x: there is a row, and no log/,
  ],
  [
    'a share that is gone',
    `DELETE FROM inventory.cap_claim WHERE reservation_id = 'rsv_a'`,
    /^cap\/drop: shares\.rsv_a is absent, by the log /,
  ],
  [
    'a share that is gone, seen from its reservation',
    `DELETE FROM inventory.cap_claim WHERE reservation_id = 'rsv_a'`,
    /^reservation\/rsv_a: takes\.cap\/drop is absent, by the log "3"\.$/,
  ],
  [
    'the size of a share',
    `UPDATE inventory.cap_claim SET quantity = 1 WHERE reservation_id = 'rsv_a'`,
    /^cap\/drop: shares\.rsv_a\.quantity is 1, by the log 3\.$/,
  ],
  [
    'the expiry of a share',
    `UPDATE inventory.cap_claim SET expires_at = NULL WHERE reservation_id = 'rsv_h'`,
    /^cap\/drop: shares\.rsv_h\.expiresAt is null, by the log /,
  ],
  [
    'the sum of the shares',
    `UPDATE inventory.cap_claim SET quantity = 1 WHERE reservation_id = 'rsv_a'`,
    /^cap\/drop: it says 5 are used, and its claims sum up to 3\.$/,
  ],
  [
    'a share of nobody',
    `INSERT INTO inventory.cap_claim VALUES ('rsv_x', 'drop', 1)`,
    /^cap\/drop: what rsv_x has of it has no reservation/,
  ],
  [
    'a share too many',
    event('cap/drop', 4, 'cap-claimed', { reservationId: 'rsv_x', quantity: 2, expiresAt: null }),
    /^cap\/drop: event 4 passes the cap: it gives 2 to rsv_x, 1 too many\.$/,
  ],
  [
    'a share of a cap that was removed',
    event('cap/drop', 4, 'cap-removed', { id: 'drop' }) +
      event('cap/drop', 5, 'cap-claimed', { reservationId: 'rsv_x', quantity: 1, expiresAt: null }),
    /^cap\/drop: event 5 gives rsv_x a share of a cap that is not in force\.$/,
  ],
  [
    'a share given twice',
    event('cap/drop', 4, 'cap-claimed', { reservationId: 'rsv_a', quantity: 1, expiresAt: null }),
    /^cap\/drop: .*shares\.rsv_a\.quantity is 3, by the log 4\.$/,
  ],
  [
    'a share taken back that was not given',
    event('cap/drop', 4, 'cap-claim-returned', { reservationId: 'rsv_a', quantity: 4, expiresAt: null }),
    /^cap\/drop: event 4 takes 4 back from rsv_a, which is not what it has\.$/,
  ],
  [
    'a share kept that was never a hold',
    event('cap/drop', 4, 'cap-claim-kept', { reservationId: 'rsv_a', quantity: 3, expiresAt: null }),
    /^cap\/drop: event 4 keeps 3 for rsv_a, which is not what it holds\.$/,
  ],
  [
    'a grant that took no share of a cap in force',
    anOldCap({}),
    /^reservation\/rsv_a: event 1 takes no share of cap\/old\.$/,
  ],
  [
    'a grant that a rule in force denies',
    anOldRule({ sku: 'apple', nodeId: 'n1' }),
    /^reservation\/rsv_a: event 1 gets apple from n1, which rule\/old denies\.$/,
  ],
  [
    'a rule',
    `UPDATE inventory.eligibility_rule SET region = 'near'`,
    /^rule\/far: rule\.deny\.region is "near"/,
  ],
  [
    'whether a rule is in force',
    `UPDATE inventory.eligibility_rule SET is_active = false`,
    /^rule\/far: isActive is false/,
  ],
  [
    'the length of a queue',
    `UPDATE inventory.backorder_queue SET open = 2`,
    /^backorder\/pear: open is 2, by the log 3\.$/,
  ],
  [
    'the next turn',
    `UPDATE inventory.backorder_queue SET placed = 7`,
    /^backorder\/pear: placed is 7, by the log 1\.$/,
  ],
  [
    'a turn that is gone',
    `DELETE FROM inventory.backorder`,
    /^backorder\/pear: turn 1 is in its log only\.$/,
  ],
  [
    'a turn that is gone, seen from its reservation',
    `DELETE FROM inventory.backorder`,
    /^reservation\/rsv_b: takes\.backorder\/pear\/1 is absent, by the log "3"\.$/,
  ],
  [
    'the owner of a turn',
    `UPDATE inventory.backorder SET reservation_id = 'rsv_a'`,
    /^backorder\/pear: turn 1: reservationId is "rsv_a", by the log "rsv_b"\.$/,
  ],
  [
    'a promise beyond what the item allows',
    event('backorder/pear', 2, 'backorder-placed', {
      reservationId: 'rsv_x',
      quantity: 7,
      place: 2,
      promiseDate: null,
    }),
    /^backorder\/pear: event 2 promises 7 without stock, 1 more than the item allows\.$/,
  ],
  [
    'a turn that jumps the queue',
    event('backorder/pear', 2, 'backorder-placed', {
      reservationId: 'rsv_x',
      quantity: 1,
      place: 5,
      promiseDate: null,
    }),
    /^backorder\/pear: event 2 gives turn 5 after turn 1\.$/,
  ],
  [
    'a turn filled for another',
    event('backorder/pear', 2, 'backorder-filled', { reservationId: 'rsv_x', quantity: 3, place: 1 }),
    /^backorder\/pear: event 2 changes turn 1 of rsv_x, which is not what the queue has\.$/,
  ],
  [
    'the buyer of a reservation',
    `UPDATE inventory.reservation SET buyer = '{}' WHERE id = 'rsv_a'`,
    /^reservation\/rsv_a: buyer\.region is absent, by the log /,
  ],
  [
    'what a reservation waits for',
    `UPDATE inventory.reservation SET backordered = '[]' WHERE id = 'rsv_b'`,
    /^reservation\/rsv_b: backordered is \[\], by the log /,
  ],
];

test.each(faults)('finds %s', async (_what, sql, finding) => {
  await withServer(shops.database.url, (client) => client.query(sql));
  expect(await audit()).toContainEqual(expect.stringMatching(finding));
});

/** The same cases without a violation. */
test.each([
  ['a cap whose window was over', anOldCap({ end: '2026-01-02T00:00:00.000Z' })],
  ['a cap for another channel', anOldCap({ channel: 'web' })],
  ['a cap for another customer', anOldCap({ customerId: 'bob' })],
  ['a cap on other items', anOldCap({ skus: ['plum'] })],
  ['a rule for another region', anOldRule({ sku: 'apple', nodeId: 'n1', region: 'us' })],
])('does not blame a grant for %s', async (_what, sql) => {
  await withServer(shops.database.url, (client) => client.query(sql));
  expect((await audit()).filter((finding) => finding.startsWith('reservation/'))).toEqual([]);
});
