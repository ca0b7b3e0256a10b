import { auditBooks } from '../../../src/audit/audit';
import { rebuildChanges } from '../../support/rebuilt-books';
import { SeededRandom } from '../seeded-random';
import { openShops } from '../shop';
import { RandomClient, stockForRandomClients } from './random-client';

/** The limit of the rounds that go on until there are reservations in each of these states; it is never reached. */
const MOST_TURNS = 10;
const STATES = ['COMMITTED', 'EXPIRED', 'HELD', 'RELEASED'];

let shops: Awaited<ReturnType<typeof openShops>>;

beforeAll(async () => {
  shops = await openShops(3);
});

afterAll(() => shops.close());

test(`the books balance after random commands of three concurrent clients, and a rebuild changes no row (seed ${SeededRandom.seed})`, async () => {
  const [first] = shops.shops;
  if (!first) throw new Error('no shop');
  await stockForRandomClients(first);
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
