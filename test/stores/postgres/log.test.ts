import { withServer } from '../../support/test-database';
import { cause, openShops, stockUp } from '../shop';

let shops: Awaited<ReturnType<typeof openShops>>;

beforeAll(async () => {
  shops = await openShops(1);
  const [shop] = shops.shops;
  if (!shop) throw new Error('no shop');
  await stockUp(shop.stores, { apple: { n1: 1 } });
  await shop.stores.credit.setAccount('ann', { currency: 'EUR', limit: 1 }, cause);
});

afterAll(() => shops.close());

const STATEMENTS = [
  (log: string) => `UPDATE ${log} SET data = '{}'`,
  (log: string) => `UPDATE ${log} SET version = version + 100`,
  (log: string) => `DELETE FROM ${log}`,
  (log: string) => `TRUNCATE ${log}`,
  (log: string) => `TRUNCATE ${log} RESTART IDENTITY CASCADE`,
];

test.each(['inventory', 'credit'])(
  'the log of %s refuses every change of what it has logged',
  async (store) => {
    await withServer(shops.database.url, async (client) => {
      const before = await client.query(`SELECT * FROM ${store}.event ORDER BY position`);
      expect(before.rows.length).toBeGreaterThan(0);
      for (const statement of STATEMENTS) {
        await expect(client.query(statement(`${store}.event`))).rejects.toThrow(/append-only/);
      }
      const after = await client.query(`SELECT * FROM ${store}.event ORDER BY position`);
      expect(after.rows).toEqual(before.rows);
    });
  },
);

test('the log of orders refuses it too', async () => {
  await withServer(shops.database.url, async (client) => {
    await client.query(`INSERT INTO orders.event (stream, key, version, type, data, occurred_at, causation, correlation)
      VALUES ('order/a', '{}', 1, 't', '{}', now(), 'c', 'c')`);
    for (const statement of STATEMENTS) {
      await expect(client.query(statement('orders.event'))).rejects.toThrow(/append-only/);
    }
  });
});

test('a version cannot be logged twice', async () => {
  const again = `INSERT INTO inventory.event (stream, key, version, type, data, occurred_at, causation, correlation)
    SELECT stream, key, version, type, data, occurred_at, causation, correlation FROM inventory.event LIMIT 1`;
  await withServer(shops.database.url, (client) =>
    expect(client.query(again)).rejects.toThrow(/event_stream_version_key/),
  );
});
