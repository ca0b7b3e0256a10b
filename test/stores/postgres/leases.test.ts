import { openShops, type Shop } from '../shop';

let shops: Awaited<ReturnType<typeof openShops>>;
let all: Shop[];

beforeAll(async () => {
  shops = await openShops(3);
  all = shops.shops;
});

afterAll(() => shops.close());

const take = (owner: number, name: string, seconds = 60) => {
  const shop = all[owner];
  if (!shop) throw new Error('no such owner');
  return shop.stores.leases.take(name, `owner-${owner}`, seconds);
};

test('one of many concurrent requests gets a lease, and renews it', async () => {
  const asked = [0, 1, 2, 0, 1, 2];
  const given = await Promise.all(asked.map((owner) => take(owner, 'watch')));
  const owners = new Set(asked.filter((_, index) => given[index]));
  expect(owners.size).toBe(1);
  const [owner = 0] = owners;
  expect(await take(owner, 'watch')).toBe(true);
  expect(await take((owner + 1) % 3, 'watch')).toBe(false);
});

test('a released or expired lease goes to exactly one of the next requests', async () => {
  expect(await take(0, 'sweep')).toBe(true);
  await all[1]?.stores.leases.giveUp('sweep', 'owner-1');
  expect(await take(1, 'sweep')).toBe(false);
  await all[0]?.stores.leases.giveUp('sweep', 'owner-0');
  expect(await take(1, 'sweep', 0.1)).toBe(true);
  let given: boolean[] = [];
  while (!given.includes(true)) given = await Promise.all([take(0, 'sweep'), take(2, 'sweep')]);
  expect(given.filter(Boolean)).toHaveLength(1);
  expect(await take(1, 'sweep')).toBe(false);
});
