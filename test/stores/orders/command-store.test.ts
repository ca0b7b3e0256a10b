import type { SagaState } from '../../../src/contracts/saga-states';
import type { Attention } from '../../../src/domain/command/recorded-command';
import { record } from '../../support/direct-saga';
import { withServer } from '../../support/test-database';
import { openShops, order, type Shop } from '../shop';

let shops: Awaited<ReturnType<typeof openShops>>;
let one: Shop;

beforeEach(async () => {
  shops = await openShops(2);
  [one] = shops.shops as [Shop];
});

afterEach(() => shops.close());

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const commands = () => one.stores.commands;
const sql = (text: string, values: unknown[] = []) =>
  withServer(shops.database.url, (client) => client.query(text, values));

/** Records orders under a saga's id. */
async function saga(workflowId: string, ...ids: string[]): Promise<void> {
  await record(
    one.stores,
    ids.map((id) => order(id, [['apple', 1]])),
    workflowId,
  );
}

/** Makes every saga due for its first check. */
const allDue = () => sql(`UPDATE orders.command SET look_at = 'epoch'`);

/** Returns the time until the check of a command's saga, in seconds. */
async function lookIn(id: string): Promise<number> {
  const [row] = await one.stores.orders.client.$queryRaw<{ seconds: number }[]>`
    SELECT extract(epoch FROM look_at - clock_timestamp())::float AS seconds FROM command WHERE id = ${id}`;
  return row?.seconds ?? Number.NaN;
}

const ATTENTION: Attention = { remaining: ['releaseStock'], failure: 'it broke' };

describe('sagas that are due', () => {
  test('a saga is looked at five seconds after its record, with all its open commands', async () => {
    await saga('s1', 'a', 'b', 'c');
    expect(await commands().takeDue(10)).toEqual([]);
    const seconds = await lookIn('ord_a');
    expect(seconds).toBeGreaterThan(2);
    expect(seconds).toBeLessThanOrEqual(5);
    await commands().close(['ord_a']);
    await sql(`UPDATE orders.command SET decision = '{"kind": "approved"}' WHERE id = 'ord_c'`);
    await allDue();
    const common = {
      kind: 'create',
      caller: 'shop',
      wanted: expect.anything(),
      recordedAt: expect.any(String),
    };
    expect(await commands().takeDue(10)).toEqual([
      {
        workflowId: 's1',
        starts: 0,
        commands: [
          { ...common, id: 'ord_b', subject: 'ord_b', decision: null },
          { ...common, id: 'ord_c', subject: 'ord_c', decision: { kind: 'approved' } },
        ],
      },
    ]);
  });

  test('a saga that the relay has taken is due again ten seconds later', async () => {
    await saga('s1', 'a');
    await allDue();
    expect(await commands().takeDue(10)).toHaveLength(1);
    expect(await commands().takeDue(10)).toEqual([]);
    expect(await lookIn('ord_a')).toBeGreaterThan(7);
    expect(await lookIn('ord_a')).toBeLessThanOrEqual(10);
  });

  test('commands that need attention are not due, and the others of their saga are', async () => {
    await saga('s1', 'a', 'b');
    await saga('s2', 'c');
    await commands().requireAttention('s1', 'ord_a', ATTENTION);
    await commands().requireAttention('s2', 'ord_c', ATTENTION);
    await allDue();
    expect(await commands().takeDue(10)).toMatchObject([{ workflowId: 's1', commands: [{ id: 'ord_b' }] }]);
  });

  test('a round takes a limited number of whole sagas, the longest due first', async () => {
    for (const index of range(4)) {
      await saga(`s${index}`, ...range(20).map((at) => `${index}-${at}`));
      await sql(
        `UPDATE orders.command SET look_at = now() - make_interval(mins => $1::int) WHERE workflow_id = $2`,
        [10 - index, `s${index}`],
      );
    }
    const taken = await commands().takeDue(3);
    expect(taken.map(({ workflowId }) => workflowId).sort()).toEqual(['s0', 's1', 's2']);
    for (const each of taken) expect(each.commands).toHaveLength(20);
  });

  test('two relays at once take each saga once, with all its commands', async () => {
    for (const round of range(5)) {
      for (const index of range(6))
        await saga(`s${round}-${index}`, ...range(20).map((at) => `${round}-${index}-${at}`));
      await sql(`UPDATE orders.command SET look_at = 'epoch' WHERE workflow_id LIKE $1`, [`s${round}-%`]);
      const looks = await Promise.all(
        [...shops.shops, ...shops.shops].map(({ stores }) => stores.commands.takeDue(50)),
      );
      const taken = looks.flat();
      expect(taken.map(({ workflowId }) => workflowId).sort()).toEqual(
        range(6).map((index) => `s${round}-${index}`),
      );
      for (const each of taken) expect(each.commands).toHaveLength(20);
    }
  });
});

describe('the next look at a saga', () => {
  test('each restart puts the next look off twice as long, five minutes at most', async () => {
    await saga('s1', 'a', 'b');
    const looks: number[] = [];
    for (const _ of range(8)) {
      await commands().noteRestart('s1');
      looks.push(Math.round((await lookIn('ord_b')) / 5) * 5);
    }
    expect(looks).toEqual([10, 20, 40, 80, 160, 300, 300, 300]);
    await allDue();
    expect(await commands().takeDue(10)).toMatchObject([{ workflowId: 's1', starts: 8 }]);
  });

  test('a saga whose look is undone is due at once', async () => {
    await saga('s1', 'a', 'b');
    await allDue();
    await commands().takeDue(10);
    await commands().undoLook('s1');
    expect(await commands().takeDue(10)).toMatchObject([{ workflowId: 's1', starts: 0, commands: [{}, {}] }]);
  });
});

describe('detached commands', () => {
  const to = (id: string) => ({ id: `ord_${id}`, workflowId: `own/${id}` });
  const workflowOf = async (id: string) =>
    (await commands().commands([`ord_${id}`])).get(`ord_${id}`)?.workflowId;

  test('only the workflow that a row names detaches it, and a repeat has no effect', async () => {
    await saga('s1', 'a', 'b', 'c');
    expect(await commands().detach('other', [to('a')])).toEqual([]);
    expect(await commands().detach('s1', [to('a')])).toEqual(['ord_a']);
    expect(await commands().detach('s1', [to('a')])).toEqual(['ord_a']);
    expect(await commands().detach('s1', [{ id: 'ord_a', workflowId: 'elsewhere' }])).toEqual([]);
    await commands().close(['ord_b']);
    expect(await commands().detach('s1', [to('b'), to('c')])).toEqual(['ord_c']);
    expect([await workflowOf('a'), await workflowOf('b'), await workflowOf('c')]).toEqual([
      'own/a',
      's1',
      'own/c',
    ]);
    expect(await lookIn('ord_a')).toBeGreaterThan(2);
  });
});

describe('commands that need attention', () => {
  test('only the workflow that an open row names can require attention', async () => {
    await saga('s1', 'a', 'b');
    expect(await commands().requireAttention('other', 'ord_a', ATTENTION)).toBe(false);
    expect(await commands().requireAttention('s1', 'ord_a', ATTENTION)).toBe(true);
    expect((await commands().listed('ord_a'))?.attention).toEqual(ATTENTION);
    await commands().close(['ord_b']);
    expect(await commands().requireAttention('s1', 'ord_b', ATTENTION)).toBe(false);
  });

  test('the text of a failure is truncated to the size of the column', async () => {
    await saga('s1', 'a');
    const failure = `a\0b${'x'.repeat(5_000)}`;
    await commands().requireAttention('s1', 'ord_a', { ...ATTENTION, failure });
    await commands().noteFailure(['ord_a'], failure);
    const row = await commands().listed('ord_a');
    expect(row?.attention?.failure).toBe(`a b${'x'.repeat(997)}`);
    expect(row?.failure).toBe(`a b${'x'.repeat(997)}`);
  });

  test('a retry gets a fresh workflow id, is due at once, and is refused without attention', async () => {
    await saga('s1', 'a');
    expect(await commands().retry('ord_a', 'fresh', { caller: 'tester' })).toBe(false);
    await commands().noteRestart('s1');
    await commands().noteFailure(['ord_a'], 'it broke');
    await commands().requireAttention('s1', 'ord_a', ATTENTION);
    let isTold = false;
    const stop = one.stores.orders.pool.saved.listen(() => {
      isTold = true;
    });
    expect(await commands().retry('ord_a', 'fresh', { caller: 'tester' })).toBe(true);
    stop();
    expect(isTold).toBe(true);
    expect(await commands().retry('ord_a', 'fresher', { caller: 'tester' })).toBe(false);
    expect(await commands().listed('ord_a')).toMatchObject({
      attention: null,
      failure: null,
      workflowId: 'fresh',
    });
    expect(await commands().takeDue(10)).toMatchObject([{ workflowId: 'fresh', starts: 0 }]);
  });

  test('closing a command clears its attention', async () => {
    await saga('s1', 'a');
    await commands().requireAttention('s1', 'ord_a', ATTENTION);
    await commands().close(['ord_a']);
    expect(await commands().listed('ord_a')).toMatchObject({ attention: null, isClosed: true });
    expect(await commands().retry('ord_a', 'fresh', { caller: 'tester' })).toBe(false);
  });
});

describe('lists of open commands', () => {
  const list = async (state: SagaState, limit = 10, after?: readonly [string, string]) =>
    (await commands().list({ state }, limit, after)).map(({ id }) => id);

  beforeEach(async () => {
    for (const id of ['a', 'b', 'c', 'd', 'e']) await saga(`s-${id}`, id);
    await sql(
      `UPDATE orders.command SET recorded_at = now() - interval '1 hour' WHERE id IN ('ord_c', 'ord_d', 'ord_e')`,
    );
    await commands().requireAttention('s-e', 'ord_e', ATTENTION);
    await commands().close(['ord_b']);
  });

  test('an open command is running, stuck after 30 s, or needs attention', async () => {
    expect(await list('running')).toEqual(['ord_a']);
    expect(await list('stuck')).toEqual(['ord_c', 'ord_d']);
    expect(await list('needs_attention')).toEqual(['ord_e']);
  });

  test('a list continues after the last command of the previous page', async () => {
    const [first] = await commands().list({ state: 'stuck' }, 1);
    expect(first?.id).toBe('ord_c');
    const after = [first?.recordedAt ?? '', first?.id ?? ''] as const;
    expect(await list('stuck', 10, after)).toEqual(['ord_d']);
  });

  test('open commands without attention are counted up to a limit', async () => {
    expect(await commands().countOpen(10)).toBe(3);
    expect(await commands().countOpen(2)).toBe(2);
  });

  test('the commands on some orders are given oldest first', async () => {
    const rows = await commands().bySubject(['ord_a', 'ord_b', 'ord_none']);
    expect(rows.map(({ id }) => id)).toEqual(['ord_a', 'ord_b']);
  });
});
