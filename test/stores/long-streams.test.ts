import { KnownItems } from '../../src/domain/inventory/offer/availability';
import { nodeTerms } from '../../src/domain/inventory/offer/node-terms';
import { CreditHistory } from '../../src/stores/credit/credit-history';
import { StockHistory } from '../../src/stores/inventory/availability/stock-history';
import { remembering } from '../support/asked-statements';
import { openShops, type Shop, stockUp } from './shop';

/** Each order is two events, a second apart. */
const ORDERS = 1_700;
const START = Date.parse('2026-01-01T00:00:00.000Z');

let shops: Awaited<ReturnType<typeof openShops>>;
let shop: Shop;

beforeAll(async () => {
  shops = await openShops(1);
  shop = shops.shops[0] as Shop;
  await stockUp(shop.stores, { apple: { n1: 10_000 } });
});
afterAll(() => shops.close());

/** Returns the moment of an event of a long stream. */
const momentOf = (version: number) => new Date(START + version * 1_000).toISOString();

/** Logs a credit stream: an account, and orders of 10 that are held; every second one is released 1,500 events later. */
async function longAccount(): Promise<void> {
  await shop.stores.credit.client.$executeRaw`
    INSERT INTO event (stream, key, version, type, data, occurred_at, causation, correlation)
    SELECT 'credit/big', '{"kind": "credit", "customerId": "big"}', version, type, data,
      to_timestamp((${START}::bigint + version * 1000) / 1000.0), 'test', coalesce(data->>'orderId', 'test')
    FROM (
      SELECT 1 AS version, 'credit.account-set.v1' AS type, '{"currency": "EUR", "limit": 1000000}'::jsonb AS data
      UNION ALL SELECT n + 1, 'credit.credit-held.v1', jsonb_build_object('orderId', 'o' || n, 'amount', 10)
        FROM generate_series(1, ${ORDERS}::int) n
      UNION ALL SELECT n + 1 + ${ORDERS}::int, 'credit.credit-released.v1', jsonb_build_object('orderId', 'o' || n)
        FROM generate_series(1, ${ORDERS}::int) n) AS events`;
}

/** Logs commitments of one unit after the events that an item at a node has. */
async function longStock(): Promise<void> {
  await shop.stores.inventory.client.$executeRaw`
    INSERT INTO event (stream, key, version, type, data, occurred_at, causation, correlation)
    SELECT stream, key, version + n, 'inventory.stock-committed.v1',
      jsonb_build_object('reservationId', 'r' || n, 'quantity', 1), occurred_at, 'test', 'test'
    FROM event, generate_series(1, ${ORDERS * 2}::int) n WHERE stream = 'stock/apple/n1' AND version = 1`;
}

test('an account of thousands of events is read at any moment, with and without snapshots', async () => {
  await longAccount();
  const { client } = shop.stores.credit;
  const held = async (version: number) =>
    (await new CreditHistory(client).at('big', momentOf(version))).balance?.held;
  const versions = [1, 2, 999, 1_000, 1_001, 1_701, 2_500, 3_000, 3_001, 3_401, 10_000];
  const wanted = versions.map((version) => {
    const grown = Math.min(version - 1, ORDERS);
    return 10 * (grown - Math.min(Math.max(0, version - 1 - ORDERS), ORDERS));
  });
  const first = [];
  for (const version of versions) {
    await client.foldSnapshot.deleteMany();
    first.push(await held(version));
  }
  expect(first).toEqual(wanted);
  const again = [];
  for (const version of versions) again.push(await held(version));
  expect(again).toEqual(wanted);
  expect(
    (await client.foldSnapshot.findMany({ select: { version: true } })).map((row) => row.version),
  ).toEqual([1_000, 2_000, 3_000]);
});

test('a snapshot of another revision is not used, and is replaced', async () => {
  const { client } = shop.stores.credit;
  await client.foldSnapshot.updateMany({ data: { revision: 0, state: {} } });
  expect((await new CreditHistory(client).at('big', momentOf(3_401))).balance?.held).toBe(0);
  expect(await client.foldSnapshot.count({ where: { revision: 0 } })).toBe(0);
});

test('stock that was read once is read again from a snapshot, with the same terms', async () => {
  await longStock();
  const now = new Date().toISOString();
  const terms = async (history: StockHistory) => {
    const past = await history.at('apple', now);
    if (!past) throw new Error('there is no apple');
    return new KnownItems(past, now).stock('apple').map((facts) => nodeTerms(facts, now));
  };
  const { client } = shop.stores.inventory;
  const first = await terms(new StockHistory(client));
  expect(first[0]).toMatchObject({ nodeId: 'n1', committed: ORDERS * 2 });
  const { session, asked } = remembering(client);
  expect(await terms(new StockHistory(session as unknown as typeof client))).toEqual(first);
  const pages = asked.filter(({ text }) => text.includes('json_agg(json_build_array(version'));
  // One of the stock, one of the empty queue.
  expect(pages).toHaveLength(2);
});
