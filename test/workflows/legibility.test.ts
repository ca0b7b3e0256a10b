import { LARGEST_BATCH } from '../../src/contracts/saga';
import { ORDER_ID, ORDER_STATE } from '../../src/contracts/search-attributes';
import { holdOf, orderOf } from '../support/new-commands';
import { closed, commandRowOf, decided, given, inOneBatch } from '../support/order-changes';
import { retried, untilAttention } from '../support/recovery';
import { holdingsOf } from '../support/saga-books';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { refusing } from '../support/saga-sabotage';

let fixture: SagaFixture;

beforeAll(async () => {
  fixture = await openSagaFixture();
});
afterAll(() => fixture.close());

const client = () => fixture.context.temporal.client;

async function found(query: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { workflowId } of client().workflow.list({ query })) ids.push(workflowId);
  return ids;
}

async function metadataOf(workflowId: string) {
  const handle = client().workflow.getHandle(workflowId);
  return handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
}

test('a running saga shows its current step and the state of each member', async () => {
  const orders = [orderOf([['MUG-01', 1]]), orderOf([['MUG-01', 1, 9_000_000]])];
  const [good, refused] = orders;
  const unlock = await fixture.locked(`SELECT 1 FROM inventory.stock WHERE sku = 'MUG-01' FOR UPDATE`);
  const { workflowId, ended } = await inOneBatch(fixture, orders);
  await eventually(async () => expect((await holdingsOf(fixture.sql, good?.id ?? '')).credit).toBe(100));
  await eventually(async () =>
    expect((await metadataOf(workflowId)).currentDetails).toMatch(
      /^Recorded .* UTC\. \*\*2 commands: 2 not decided yet\.\*\* Now: Commit stock\./,
    ),
  );
  await unlock();
  await ended;
  const { currentDetails } = await metadataOf(workflowId);
  expect(currentDetails).toMatch(/\*\*2 commands: 1 approved, 1 rejected\.\*\*\n/);
  expect(currentDetails).toMatch(
    new RegExp(
      `Order ${refused?.id}: .* \\| REJECTED: .*available credit does not cover the order .*EUR 90000\\.00`,
    ),
  );
});

test('the page of a lone order tells its story: what each step did, why it was refused, and what was undone', async () => {
  const approved = orderOf([['MUG-01', 2]]);
  const refused = orderOf([['MUG-01', 1, 9_000_000]]);
  const pages: string[] = [];
  for (const order of [approved, refused]) {
    const { workflowId, ended } = await inOneBatch(fixture, [order]);
    await ended;
    pages.push((await metadataOf(workflowId)).currentDetails);
  }
  const [good = '', bad = ''] = pages;
  expect(good).toMatch(/^Recorded .* UTC\. \*\*APPROVED\. .*Nothing is left to do here\.\*\*/);
  expect(good).toContain(`Order ${approved.id}: 2 x MUG-01 for ada, EUR 2.00`);
  expect(good).toContain('| Hold credit | EUR 2.00 held |');
  expect(good).toMatch(/\| Commit stock \| 2 x MUG-01 at wh-/);
  expect(bad).toMatch(
    /\*\*REJECTED: The customer's available credit does not cover the order \(EUR 90000\.00 asked, /,
  );
  expect(bad).toMatch(/\| Hold credit \| refused: .* \| done \|/);
});

test('the details of a saga describe its commands', async () => {
  const order = orderOf([['MUG-01', 2]]);
  const { workflowId, ended } = await inOneBatch(fixture, [order]);
  await ended;
  const { staticSummary, staticDetails } = await client().workflow.getHandle(workflowId).describe();
  const line = `Order ${order.id}: 2 x MUG-01 for ada, EUR 2.00`;
  expect([await staticSummary(), await staticDetails()]).toEqual([line, `- ${line}`]);
});

test('every member of the largest batch is findable by its id, and the batch by its decisions and reasons', async () => {
  const good = Array.from({ length: LARGEST_BATCH - 1 }, () => orderOf([['MUG-02', 1]]));
  const orders = [...good, orderOf([['MUG-02', 1]], { customerId: 'nobody' })];
  const { workflowId, ended } = await inOneBatch(fixture, orders);
  await ended;
  const queue = `TaskQueue = '${fixture.settings.taskQueue}'`;
  // Search attributes follow events with a delay.
  await eventually(async () => {
    for (const order of [orders[0], orders[42], orders[LARGEST_BATCH - 1]])
      expect(await found(`${ORDER_ID} = '${order?.id}'`)).toEqual([workflowId]);
    for (const state of ['APPROVED', 'REJECTED'])
      expect(await found(`${queue} AND ${ORDER_STATE} = '${state}'`)).toContain(workflowId);
    expect(await found(`${queue} AND RejectReason = 'UNKNOWN_CUSTOMER'`)).toEqual([workflowId]);
  });
});

test('a detached workflow is found by its order, and shows the failure', async () => {
  const [order, other] = [orderOf([['MUG-03', 90_000, 1]]), orderOf([['MUG-03', 1]])];
  const mend = await refusing(fixture.sql, {
    table: 'credit.hold',
    on: 'UPDATE',
    when: `NEW.order_id = '${order.id}'`,
    code: 'P0001',
  });
  const { workflowId } = await inOneBatch(fixture, [order, other]);
  await untilAttention(fixture, order.id);
  const own = (await commandRowOf(fixture, order.id)).workflowId;
  await eventually(async () =>
    expect((await found(`${ORDER_ID} = '${order.id}'`)).sort()).toEqual([own, workflowId].sort()),
  );
  await eventually(async () =>
    expect(await found(`${ORDER_ID} = '${order.id}' AND ExecutionStatus = 'Failed'`)).toEqual([own]),
  );
  const { currentDetails } = await metadataOf(own);
  expect(currentDetails).toMatch(/\*\*NEEDS A PERSON\. REJECTED: .*Left to do: Release credit\. .*sabotaged/);
  expect(currentDetails).toContain(`retry or resolve the command at /v1/sagas/${order.id}`);
  await expect(client().workflow.getHandle(own).result()).rejects.toMatchObject({
    cause: { message: expect.stringMatching(/needs a person\. Left to do: Release credit\./) },
  });
  await mend();
  await retried(fixture, order.id);
  await closed(fixture, order.id);
});

const LONG = 'X'.repeat(64);

test('the largest commands that the contract lets through are accepted in the largest batch', async () => {
  const lines = Array.from(
    { length: 100 },
    (_, index) => [`${'S'.repeat(61)}${String(index).padStart(3, '0')}`, 1_000_000, 10_000] as const,
  );
  const orders = Array.from({ length: LARGEST_BATCH }, (_, index) =>
    orderOf(lines, {
      customerId: LONG,
      region: LONG,
      channel: LONG,
      key: `${'K'.repeat(253)}${index}`,
    }),
  );
  expect(await decided(fixture, orders)).toEqual(Array(LARGEST_BATCH).fill('UNKNOWN_CUSTOMER'));
  expect(await decided(fixture, [orderOf(lines, { customerId: LONG })])).toEqual(['UNKNOWN_CUSTOMER']);
  const holds = Array.from({ length: LARGEST_BATCH }, () => holdOf(lines, { region: LONG, channel: LONG }));
  const refused = await fixture.context.sagas.start({
    workflow: 'reserveInventory',
    workflowId: `reserveInventory/${holds[0]?.commandId}`,
    input: holds,
    lines: holds.map(({ commandId }) => commandId),
    subjects: holds.map(({ commandId }) => commandId),
  });
  expect(await refused.ended).toMatchObject(Array(LARGEST_BATCH).fill({ reason: 'UNKNOWN_SKU' }));
});

test('a batch whose answers are as large as they can be is carried to its end', async () => {
  const { stores } = fixture.context;
  const cause = { commandId: 'test', caller: 'set-up', correlation: 'test' };
  const nodeId = 'N'.repeat(64);
  const skus = Array.from(
    { length: 100 },
    (_, index) => `${'S'.repeat(61)}${String(index).padStart(3, '0')}`,
  );
  const node = await stores.inventorySetUp.node('wh-north');
  if (!node) throw new Error('the demo data has a northern warehouse');
  const nodes = ['A', 'B', 'C', 'D'].map((letter) => `${letter}${nodeId.slice(1)}`);
  for (const id of nodes) await stores.inventorySetUp.setNode({ ...node, id }, cause);
  const source = { id: 'big', name: 'Big', basis: 'on_hand' as const, authority: 1, nodes };
  await stores.inventorySetUp.setSource(source, cause);
  for (const sku of skus)
    await stores.inventorySetUp.setItem(
      { sku, name: sku, backorder: { mode: 'none' }, perOrderMax: null, tags: [] },
      cause,
    );
  const rows = skus.flatMap((sku) =>
    nodes.map((id) => ({
      messageId: `${id}/${sku}`,
      sku,
      nodeId: id,
      section: null,
      count: 1_000,
      sequence: 1,
      observedAt: new Date().toISOString(),
    })),
  );
  await stores.inventoryFeed.apply(source, rows, cause);
  const lines = skus.map((sku) => [sku, 40, 1] as const);
  const orders = Array.from({ length: LARGEST_BATCH }, () => orderOf(lines));
  expect(await decided(fixture, orders)).toEqual(Array(LARGEST_BATCH).fill('approved'));
});

describe('an eager start', () => {
  async function isEager(eagerFixture: SagaFixture): Promise<boolean> {
    const order = orderOf([['MUG-04', 1]]);
    await given(eagerFixture, order);
    const { workflowId } = await closed(eagerFixture, order.id);
    const handle = eagerFixture.context.temporal.client.workflow.getHandle(workflowId);
    const { events } = await handle.fetchHistory();
    return events?.[0]?.workflowExecutionStartedEventAttributes?.eagerExecutionAccepted === true;
  }

  test('happens where the worker shares the process, and has the same result as a start without it', async () => {
    expect(await isEager(fixture)).toBe(true);
    const other = await openSagaFixture({ eager: false });
    expect(await isEager(other)).toBe(false);
    await other.close();
  });
});
