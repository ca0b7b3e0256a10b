import { loadDemoData } from '../../tools/local/demo-data';
import { ADMIN_KEY, type ApiUnderTest, startApi } from '../http/support/api-under-test';

let api: ApiUnderTest;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.close());

const shop = async () => ({
  mug: (await api.call('GET', '/v1/stock/MUG-01')).json.atp,
  chair: (await api.call('GET', '/v1/stock/CHAIR-05')).json.atp,
  credit: (await api.call('GET', '/v1/credit-accounts/ada')).json.available,
  events: (await api.call('GET', '/v1/events?limit=1000')).json.items,
});

test('demo data is a shop that can sell, and loading it again logs nothing', async () => {
  await loadDemoData(api.url, ADMIN_KEY);
  const loaded = await shop();
  // Two warehouses, three stores less their safety stock, and for the mug one partner.
  expect(loaded).toMatchObject({ mug: 2 * 500 + 3 * 19 + 40, chair: 2 * 500 + 3 * 19, credit: 5_000_000 });
  await loadDemoData(api.url, ADMIN_KEY);
  expect(await shop()).toEqual(loaded);
});

test('a refused call is named, and how to do without', async () => {
  await expect(loadDemoData(api.url, 'hf_wrong')).rejects.toThrow(
    /HOLDFAST_DEMO_DATA=0 leaves it out.*PUT \/v1\/nodes\/wh-north: 401/,
  );
});
