import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { STEP_FAULTED } from '../../src/contracts/saga';
import { decideHoldCredit } from '../../src/domain/credit/account';
import { createKey, listKeys, revokeKey } from '../../src/main/cli/api-key-commands';
import { RunningApi } from '../../src/main/cli/running-api';
import { ADMIN_KEY, type ApiUnderTest, startApi } from '../http/support/api-under-test';
import { openAccount, setUpCatalogue } from '../http/support/catalogue';
import { recordOrders } from '../http/support/recorded-orders';
import { age } from '../support/aged-logs';
import { runDirect } from '../support/direct-saga';
import { orderOf } from '../support/new-commands';

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
    /^node +supply +unavailable +safety stock +held +committed +to promise +freshness/,
  );
  expect(row).toMatch(/^wh-1 +10 +0 +0 +0 +0 +10 +fresh +2026-01-01T00:00:00.000Z +wms$/);
});

test('explains it as of a moment, and to a program', async () => {
  const then = await holdfast(['stock', 'explain', 'SKU-1', '--as-of', '2026-01-01']);
  expect(then.out).toBe(
    'SKU-1: 0 to promise, as of 2026-01-01T00:00:00.000Z\nNo source has reported this item.\n',
  );
  const { out } = await holdfast(['stock', 'explain', 'SKU-1', '--json']);
  expect(JSON.parse(out)).toEqual((await api.call('GET', '/v1/stock/SKU-1')).json);
});

test('reconciles the stores that the environment names', async () => {
  const environment = { DATABASE_URL: api.databaseUrl, HOLDFAST_KEY: '' };
  expect(await holdfast(['reconcile', '--older-than', '0'], environment)).toEqual({
    code: 0,
    out: 'The stores agree.\n',
    err: '',
  });
  const { id } = orderOf([['SKU-1', 1]]);
  await openAccount(api, 'ada');
  await api.stores.credit.step(
    'holdCredit',
    [{ commandId: id, caller: 'shop', correlation: id, orderId: id, customerId: 'ada' }],
    (account) => decideHoldCredit(account, { orderId: id, currency: 'EUR', amount: 100 }),
  );
  const found = `The account of ada holds EUR 1.00 for order ${id}, which does not exist`;
  expect(await holdfast(['reconcile', '--older-than', '0'], environment)).toMatchObject({
    code: 1,
    out: `${found}: --release gives it back.\n`,
  });
  const release = ['reconcile', '--release', '--by', 'anna', '--older-than', '0'];
  expect(await holdfast(release, environment)).toMatchObject({ code: 0, out: `${found}: released.\n` });
  expect((await holdfast(release, environment)).out).toBe('The stores agree.\n');
});

describe('sagas', () => {
  const stuck = orderOf([['SKU-1', 11]], { customerId: 'cust-1' });
  const running = orderOf([['SKU-1', 1]], { customerId: 'cust-1' });
  const { id } = stuck;

  beforeAll(async () => {
    await openAccount(api, 'cust-1');
    await recordOrders(api.stores, [running, stuck]);
    // Makes the release fail as if the account had been deleted after the rejection.
    const row = (await api.stores.commands.commands([id])).get(id);
    if (!row) throw new Error('the order was not recorded');
    const around = async <T>(step: string, _: readonly string[], take: () => Promise<T>): Promise<T> => {
      if (step === 'releaseCredit')
        throw ApplicationFailure.nonRetryable('the account is gone', STEP_FAULTED);
      return take();
    };
    await runDirect(api.stores, [row], { around });
  });

  test('that need attention are listed where no state is named, others where one is', async () => {
    const [headings, row, ...rest] = (await holdfast(['saga', 'list'])).out.trim().split('\n');
    expect(headings).toMatch(/^saga +subject +decision +command +done +undone +left +since$/);
    expect(row).toMatch(
      new RegExp(
        `^${id} +${id} +rejected OUT_OF_STOCK +create +holdCredit, decideOrder +releaseStock +releaseCredit +20`,
      ),
    );
    expect(rest).toEqual([]);
    expect((await holdfast(['saga', 'list', '--state', 'running'])).out).toContain(running.id);
    expect((await holdfast(['saga', 'list', '--state', 'stuck'])).out).toBe('No saga: stuck\n');
    const { out } = await holdfast(['saga', 'list', '--json']);
    expect(JSON.parse(out)).toEqual((await api.call('GET', '/v1/sagas?state=needs_attention')).json);
  });

  test('are listed beyond the first page', async () => {
    const many = Array.from({ length: 205 }, () => orderOf([['SKU-1', 1]], { customerId: 'cust-1' }));
    await recordOrders(api.stores, many);
    const { out } = await holdfast(['saga', 'list', '--state', 'running', '--json']);
    const listed: readonly { readonly id: string }[] = JSON.parse(out).items;
    expect(listed.map((one) => one.id).sort()).toEqual([running, ...many].map((one) => one.id).sort());
  });

  test('are shown with what is done, what is left and why', async () => {
    const { out } = await holdfast(['saga', 'show', id]);
    expect(out).toMatch(new RegExp(`^${id}: needs_attention\n`));
    expect(out).toMatch(
      /^command +done +undone +left\ncreate +holdCredit, decideOrder +releaseStock +releaseCredit$/m,
    );
    expect(out).toMatch(/^decision +rejected, OUT_OF_STOCK$/m);
    expect(out).toMatch(/^attention +releaseCredit$/m);
    expect(out).toMatch(/^failure +the account is gone$/m);
    expect(out).toMatch(/^workflow +\S+$/m);
  });

  test('are retried and resolved with a note, and refused where nothing is left', async () => {
    expect((await holdfast(['saga', 'retry', id])).out).toMatch(`${id}: the remaining steps are retried`);
    expect((await api.call('GET', `/v1/sagas/${id}`)).json.state).toBe('running');
    const refused = await holdfast(['saga', 'retry', id]);
    expect([refused.code, refused.out]).toEqual([1, '']);
    expect(refused.err).toMatch(/does not need attention/);
    const { workflowId = '' } = (await api.stores.commands.listed(id)) ?? {};
    const attention = { remaining: ['releaseCredit'], failure: 'the account is gone' };
    await api.stores.commands.requireAttention(workflowId, id, attention);
    api.stand.sagas = 'direct';
    const { out, code } = await holdfast(['saga', 'resolve', id, '--note', 'released by hand']);
    expect([code, out]).toEqual([0, `${id}: resolved\n`]);
    expect((await api.call('GET', `/v1/sagas/${id}`)).json.state).toBe('finished');
    const undecided = await api.stores.commands.listed(running.id);
    await api.stores.commands.requireAttention(undecided?.workflowId ?? '', running.id, attention);
    const against = await holdfast(['saga', 'resolve', running.id, '--note', 'told by telephone']);
    expect(against.out).toMatch(`${running.id}: the resolution is recorded and still running`);
    expect((await api.call('GET', `/v1/orders/${running.id}`)).json).toMatchObject({
      status: 'REJECTED',
      reason: 'PROCESSING_FAILED',
    });
    const [resolution] = (await api.stores.commands.bySubject([id])).filter(({ kind }) => kind === 'resolve');
    expect(resolution?.wanted).toMatchObject({ target: id, note: 'released by hand' });
  });
});

test('makes, lists and revokes keys', async () => {
  const made = await holdfast(['key', 'create', 'till', 'orders:read', 'orders:write']);
  expect(made.out).toMatch(/^hf_\S+\n$/);
  // The functions behind the other commands, which saves the start of a process for each.
  const running = new RunningApi({ HOLDFAST_URL: api.url, HOLDFAST_KEY: ADMIN_KEY });
  const { text } = await listKeys(running, [], { caller: 'till' });
  expect(text).toMatch(/^key +caller .*\nkey_[0-9a-f]{16} +till +orders:read orders:write +20\S+$/);
  const id = text.split('\n')[1]?.split(' ')[0] ?? '';
  expect((await revokeKey(running, [id])).text).toContain(`revoked ${id}`);
  expect(await api.stores.apiKeys.find(made.out.trim())).toBeUndefined();
  await expect(createKey(running, ['till', 'admin'], { expires: 'soon' })).rejects.toThrow('expiresAt: ');
  await expect(revokeKey(running, ['key_0000000000000000'])).rejects.toThrow('does not exist');
});

test('archives old events, and says what it wrote, removed and left', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-archive-'));
  await age(api.stores);
  const run = () =>
    holdfast(['archive', '--older-than-days', '30', '--to', folder], { DATABASE_URL: api.databaseUrl });
  const { code, out, err } = await run();
  expect([code, err]).toEqual([0, '']);
  for (const log of ['orders', 'inventory', 'credit'])
    expect(out).toMatch(
      new RegExp(
        `${log}: wrote (\\d+) events until \\S+Z to (${log}-\\S+\\.jsonl\\.gz)\n${log}: removed \\1 events`,
      ),
    );
  expect(readdirSync(folder)).toHaveLength(3);
  expect((await run()).out).toContain('orders: nothing is older than 30 days\n');
  await api.stores.subscriptions.inventory.register({ name: 'behind', kind: 'reaction', revision: 1 });
  const held = await run();
  expect([held.code, held.out]).toEqual([
    1,
    expect.stringContaining('inventory: older events stay, because of the subscription behind\n'),
  ]);
  rmSync(folder, { recursive: true, force: true });
});

test.each([
  [[], {}, /^usage: holdfast/],
  [['stock', 'explain'], {}, /^usage: holdfast/],
  [['stock', 'explain', 'SKU-1', '--nonsense'], {}, /nonsense/],
  [['stock', 'explain', 'SKU-1', '--as-of', 'soon'], {}, /^soon is not a moment/],
  [['stock', 'explain', 'SKU-1', '--note', 'x'], {}, /^stock explain has no option --note\nusage/],
  [['saga', 'show'], {}, /^usage: holdfast/],
  [['saga', 'list', 'ord_1'], {}, /^usage: holdfast/],
  [['saga', 'list', '--state', 'idle'], {}, /state: /],
  [['saga', 'show', 'ord_none'], {}, /saga ord_none does not exist/],
  [['saga', 'resolve', 'ord_none'], {}, /^--note is required/],
  [['saga', 'resolve', 'ord_none', '--note', ''], {}, /note: /],
  [['key', 'create', 'till'], {}, /^usage: holdfast/],
  [['stock', 'explain', 'NO-SUCH'], {}, /item NO-SUCH does not exist/],
  [['stock', 'explain', 'SKU-1'], { HOLDFAST_KEY: '' }, /^HOLDFAST_KEY is required/],
  [['stock', 'explain', 'SKU-1'], { HOLDFAST_KEY: 'hf_wrong' }, /API key/],
  [['stock', 'explain', 'SKU-1'], { HOLDFAST_URL: 'http://127.0.0.1:9' }, /no API answers at/],
  [['reconcile', 'ord_1'], {}, /ord_1[^\n]*\n+holdfast reconcile \[/],
  [['reconcile', '--release'], {}, /^--release and --by NAME go together/],
  [['reconcile', '--by', 'anna'], {}, /^--release and --by NAME go together/],
  [['reconcile', '--older-than', 'soon'], {}, /^--older-than must be a whole number of minutes/],
  [['reconcile'], { DATABASE_URL: '' }, /^DATABASE_URL is required/],
  [['reconcile'], { DATABASE_URL: 'postgresql://127.0.0.1:9/x' }, /^the stores cannot be compared: /],
  [
    ['archive', '--to', '/tmp/x'],
    {},
    /^--older-than-days must be a whole number of days, 1 to 36500\nholdfast archive/,
  ],
  [['archive', '--older-than-days', '0', '--to', '/tmp/x'], {}, /^--older-than-days must be a whole number/],
  [['archive', '--older-than-days', '9'], {}, /^--to must name the folder of the files/],
  [['archive', 'ord_1'], {}, /ord_1[^\n]*\n+holdfast archive --/],
  [
    ['archive', '--older-than-days', '9', '--to', '/tmp/x'],
    { DATABASE_URL: 'postgresql://127.0.0.1:9/x' },
    /^the archive is not complete: /,
  ],
] as const)('%p with %p fails with one message', async (args, environment, message) => {
  const { code, err, out } = await holdfast(args, environment);
  expect([code, out]).toEqual([1, '']);
  expect(err).toMatch(message);
  expect(err).not.toMatch(/ at .*\.ts/);
});
