import { execFile } from 'node:child_process';
import path from 'node:path';
import { ADMIN_KEY, type ApiUnderTest, startApi } from '../http/support/api-under-test';
import { setUpCatalogue } from '../http/support/catalogue';

const ROOT = path.resolve(__dirname, '..', '..');
let api: ApiUnderTest;

beforeAll(async () => {
  api = await startApi();
  await setUpCatalogue(api, 10);
});

afterAll(() => api.close());

function holdfast(args: readonly string[], environment: Record<string, string> = {}) {
  const env = { ...process.env, HOLDFAST_URL: api.url, HOLDFAST_KEY: ADMIN_KEY, ...environment };
  return new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const run = ['--import', 'tsx', path.join('src', 'main', 'holdfast-cli.ts'), ...args];
    execFile(process.execPath, run, { cwd: ROOT, env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

test('explains an item to a person', async () => {
  const { code, out } = await holdfast(['stock', 'explain', 'SKU-1']);
  expect(code).toBe(0);
  const [title, , headings, row] = out.split('\n');
  expect(title).toBe('SKU-1: 10 to promise');
  expect(headings).toMatch(
    /^node +supply +unavailable +safety stock +held +committed +to promise +supply is/,
  );
  expect(row).toMatch(/^wh-1 +10 +0 +0 +0 +0 +10 +fresh +2026-01-01T00:00:00.000Z +wms$/);
});

test('explains it as of a moment, and to a program', async () => {
  const then = await holdfast(['stock', 'explain', 'SKU-1', '--as-of', '2026-01-01']);
  expect(then.out).toBe('SKU-1: 0 to promise, as of 2026-01-01T00:00:00.000Z\nNo node has reported it.\n');
  const { out } = await holdfast(['stock', 'explain', 'SKU-1', '--json']);
  expect(JSON.parse(out)).toEqual((await api.call('GET', '/v1/stock/SKU-1')).json);
});

test.each([
  [[], {}, /^usage: holdfast/],
  [['stock', 'explain'], {}, /^usage: holdfast/],
  [['stock', 'explain', 'SKU-1', '--nonsense'], {}, /nonsense/],
  [['stock', 'explain', 'SKU-1', '--as-of', 'soon'], {}, /^soon is not a moment/],
  [['stock', 'explain', 'NO-SUCH'], {}, /item NO-SUCH does not exist/],
  [['stock', 'explain', 'SKU-1'], { HOLDFAST_KEY: '' }, /^HOLDFAST_KEY is required/],
  [['stock', 'explain', 'SKU-1'], { HOLDFAST_KEY: 'hf_wrong' }, /API key/],
  [['stock', 'explain', 'SKU-1'], { HOLDFAST_URL: 'http://127.0.0.1:9' }, /cannot be reached/],
] as const)('%p with %p fails with one message', async (args, environment, message) => {
  const { code, err, out } = await holdfast(args, environment);
  expect([code, out]).toEqual([1, '']);
  expect(err).toMatch(message);
  expect(err).not.toMatch(/ at .*\.ts/);
});
