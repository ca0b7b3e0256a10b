import fc from 'fast-check';
import { auditBooks } from '../../../src/audit/audit';
import { csvRecords } from '../../../src/http/framework/csv';
import { type ApiUnderTest, startApi } from '../support/api-under-test';
import { setUpCatalogue } from '../support/catalogue';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
  await setUpCatalogue(api, 10);
});
afterAll(() => api.close());

const NDJSON = 'application/x-ndjson';
const CSV = 'text/csv';
const send = (collection: string, type: string, rows: readonly string[]) =>
  api.call('POST', `/v1/imports/${collection}`, rows.join('\n'), { 'Content-Type': type });
const read = async (path: string) => (await api.call('GET', `/v1/${path}`)).json;

/** Each collection as NDJSON, as CSV, and as it reads afterwards. */
const SAMPLES: Record<string, { key: string; json: object; csv: readonly [string, string]; read: object }> = {
  nodes: {
    key: 'id',
    json: { name: 'Shop, "North"', kind: 'store', region: 'north', enabled: false },
    csv: ['name,kind,region,enabled,feedTtlSeconds', '"Shop, ""North""",store,north,false,'],
    read: { name: 'Shop, "North"', kind: 'store', enabled: false, feedTtlSeconds: null, priority: 100 },
  },
  sources: {
    key: 'id',
    json: { name: 'S', basis: 'available', nodes: ['wh-1', 'wh-x'] },
    csv: ['name,basis,nodes', 'S,available,wh-1;wh-x'],
    read: { basis: 'available', nodes: ['wh-1', 'wh-x'], authority: 0 },
  },
  items: {
    key: 'sku',
    json: { name: 'Désk', backorder: { mode: 'limited', limit: 5 }, perOrderMax: 3 },
    csv: ['name,backorder.mode,backorder.limit,perOrderMax', 'Désk,limited,5,3'],
    read: { name: 'Désk', backorder: { mode: 'limited', limit: 5 }, perOrderMax: 3 },
  },
  'credit-accounts': {
    key: 'customerId',
    json: { currency: 'EUR', limit: 500 },
    csv: ['currency,limit', 'EUR,500'],
    read: { currency: 'EUR', limit: 500, available: 500 },
  },
  caps: {
    key: 'id',
    json: { skus: ['SKU-1'], limit: 5, start: '2026-01-01T00:00:00Z', end: '2027-01-01T00:00:00Z' },
    csv: ['skus,limit,start,end', 'SKU-1,5,2026-01-01T00:00:00Z,2027-01-01T00:00:00Z'],
    read: { skus: ['SKU-1'], limit: 5, left: 5, channel: null },
  },
  'eligibility-rules': {
    key: 'id',
    json: { deny: { sku: 'SKU-1', region: 'north' }, reason: 'NO' },
    csv: ['deny.sku,deny.region,reason', 'SKU-1,north,NO'],
    read: { deny: { sku: 'SKU-1', region: 'north', nodeId: null }, reason: 'NO' },
  },
};

beforeAll(() => api.call('PUT', '/v1/nodes/wh-x', { name: 'X', kind: 'store', region: 'north' }));

describe.each(Object.entries(SAMPLES))('an import of %s', (collection, sample) => {
  it('writes each row of NDJSON and of CSV as its PUT would', async () => {
    const line = (id: string) => JSON.stringify({ [sample.key]: id, ...sample.json });
    const json = await send(collection, NDJSON, [line('J-1'), '', line('J-2')]);
    expect([json.status, json.json]).toMatchObject([200, { applied: 2, rejected: 0 }]);
    const [header, row] = sample.csv;
    const csv = await send(collection, CSV, [
      `\uFEFF${header},${sample.key}\r`,
      `${row},C-1\r`,
      `${row},C-2`,
    ]);
    expect([csv.status, csv.json]).toMatchObject([200, { applied: 2, rejected: 0 }]);
    for (const id of ['J-1', 'J-2', 'C-1', 'C-2'])
      expect(await read(`${collection}/${id}`)).toMatchObject({ [sample.key]: id, ...sample.read });
  });

  it('rejects a bad row in its place and applies the others', async () => {
    const good = (id: string) => JSON.stringify({ [sample.key]: id, ...sample.json });
    const rows = [
      good('G-1'),
      '{"a":',
      good('bad id '),
      '[]',
      JSON.stringify({ [sample.key]: 'G-2', odd: 1 }),
    ];
    const { status, json } = await send(collection, NDJSON, [...rows, good('G-3')]);
    expect([status, json.applied, json.rejected]).toEqual([200, 2, 4]);
    expect(json.results.map(({ row, outcome }: { row: number; outcome: string }) => [row, outcome])).toEqual([
      [1, 'applied'],
      [2, 'rejected'],
      [3, 'rejected'],
      [4, 'rejected'],
      [5, 'rejected'],
      [6, 'applied'],
    ]);
    expect(json.results[2].reason).toContain(sample.key);
    expect(json.results[4].reason).toContain('odd: is not a known field');
    expect(await read(`${collection}/G-3`)).toMatchObject(sample.read);
  });

  it('refuses a header that it does not know', async () => {
    for (const header of ['name', `${sample.key},colour`, `${sample.key},${sample.key}`, '']) {
      const { status, json } = await send(collection, CSV, [header, 'a,b']);
      expect([header, status, json.errors?.[0].field]).toEqual([header, 400, 'header']);
    }
  });
});

it('rejects a row that names something unknown, or that changes a fixed field, with the reason', async () => {
  const source = { id: 's', name: 'S', basis: 'on_hand', nodes: ['nowhere'] };
  const sources = await send('sources', NDJSON, [JSON.stringify(source)]);
  expect(sources.json.results[0].reason).toBe('these nodes do not exist: nowhere');
  const account = (currency: string) => JSON.stringify({ customerId: 'c', currency, limit: 5 });
  const accounts = await send('credit-accounts', NDJSON, [account('EUR'), account('USD')]);
  expect(accounts.json).toMatchObject({ applied: 1, rejected: 1 });
  expect(accounts.json.results[1].reason).toBe('the account is in EUR');
});

it('writes rows with one key in their order', async () => {
  const rows = Array.from({ length: 100 }, (_, at) => JSON.stringify({ sku: `S-${at % 3}`, name: `${at}` }));
  expect((await send('items', NDJSON, rows)).json.applied).toBe(100);
  expect([await read('items/S-0'), await read('items/S-1'), await read('items/S-2')]).toMatchObject([
    { name: '99' },
    { name: '97' },
    { name: '98' },
  ]);
  expect(await auditBooks(api.stores, { isQuiet: true })).toEqual([]);
});

it('converts cells to the type of their field, and says what an invalid cell must be', async () => {
  const { json } = await send('items', CSV, [
    'sku,name,perOrderMax',
    '1,2,3',
    'b,x,many',
    'c,"open"x,1',
    'd,x,1,1',
  ]);
  expect(json.results.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
    'applied',
    'rejected',
    'rejected',
    'rejected',
  ]);
  expect(json.results[1].reason).toMatch(/^perOrderMax: must be a whole number/);
  expect(await read('items/1')).toMatchObject({ name: '2', perOrderMax: 3 });
});

it('takes 10,000 rows and refuses more', async () => {
  const rows = Array.from({ length: 10_001 }, () => '{}');
  expect((await send('items', NDJSON, rows)).status).toBe(413);
  expect((await send('items', NDJSON, rows.slice(1))).json.rejected).toBe(10_000);
});

test('CSV read in any chunks gives back the cells that were written', async () => {
  const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', 'é', '😀', ' ') });
  const record = fc.array(cell, { minLength: 1, maxLength: 4 });
  const written = (cells: readonly string[]) =>
    cells.map((one) => `"${one.replaceAll('"', '""')}"`).join(',');
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { maxLength: 5 }),
      fc.integer({ min: 1, max: 9 }),
      async (records, size) => {
        const bytes = Buffer.from(records.map(written).join('\r\n'));
        const chunks = async function* () {
          for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
        };
        const found = [];
        for await (const cells of csvRecords(chunks())) found.push(cells);
        expect(found).toEqual(records);
      },
    ),
  );
});
