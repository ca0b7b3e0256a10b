import { ORDER_ID, ORDER_STATE } from '../../src/contracts/search-attributes';
import { compensationId } from '../../src/contracts/workflow-names';
import { LARGEST_SET } from '../../src/temporal/saga-look';
import { sagaId } from '../../src/temporal/saga-starter';
import { sagaWitness } from '../../src/temporal/saga-witness';
import { holdingsOf } from '../support/saga-books';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { holdOf, orderOf } from '../support/saga-orders';

let fixture: SagaFixture;

beforeAll(async () => {
  fixture = await openSagaFixture();
});
afterAll(() => fixture.close());

const client = () => fixture.context.temporal.client;

const idOf = (orders: readonly { readonly commandId: string }[]) =>
  sagaId(
    'createOrder',
    orders.map(({ commandId }) => commandId),
  );

async function found(query: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { workflowId } of client().workflow.list({ query })) ids.push(workflowId);
  return ids;
}

async function currentDetails(workflowId: string): Promise<string> {
  const handle = client().workflow.getHandle(workflowId);
  return (await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata')).currentDetails;
}

test('a running saga shows its ledger and its details', async () => {
  const orders = [orderOf([['MUG-01', 1]]), orderOf([['MUG-01', 1, 9_000_000]])];
  const unlock = await fixture.locked(`SELECT 1 FROM inventory.stock WHERE sku = 'MUG-01' FOR UPDATE`);
  const { outcomes } = await fixture.context.starters.createOrder(orders);
  const [good, refused] = orders.map(({ commandId }) => commandId);
  await eventually(async () => expect((await holdingsOf(fixture.sql, good ?? '')).credit).toBe(100));
  const witness = sagaWitness(client(), fixture.settings.taskQueue);
  await eventually(async () =>
    expect(await witness.ledger(idOf(orders))).toEqual([
      expect.objectContaining({ id: good, done: ['recordOrder', 'holdCredit'], ended: null }),
      expect.objectContaining({
        id: refused,
        done: ['recordOrder'],
        undone: [],
        remaining: ['rejectOrder'],
        ended: 'refused',
        reason: 'CREDIT_LIMIT_EXCEEDED',
      }),
    ]),
  );
  expect(await witness.isUnderWay(idOf(orders))).toBe(true);
  const details = await currentDetails(idOf(orders));
  expect(details).toMatch(/^2 in the set: 1 going or done, 1 refused/);
  expect(details).toContain(`| ${refused} | recordOrder | CREDIT_LIMIT_EXCEEDED |  | rejectOrder |`);
  await unlock();
  await outcomes;
  expect(await witness.isUnderWay(idOf(orders))).toBe(false);
  expect(await witness.isUnderWay('createOrder/nobody')).toBe(false);
  await eventually(async () =>
    expect(await witness.ledger(idOf(orders))).toEqual([
      expect.objectContaining({ undone: [], remaining: [], ended: null }),
      expect.objectContaining({ undone: ['rejectOrder'], remaining: [] }),
    ]),
  );
});

test('every member of the largest set is findable by its id, and the set by its final states and reasons', async () => {
  const good = Array.from({ length: LARGEST_SET - 1 }, () => orderOf([['MUG-02', 1]]));
  const orders = [...good, orderOf([['MUG-02', 1]], { customerId: 'nobody' })];
  await (await fixture.context.starters.createOrder(orders)).outcomes;
  const queue = `TaskQueue = '${fixture.settings.taskQueue}'`;
  // What can be searched for follows what has happened.
  await eventually(async () => {
    for (const order of [orders[0], orders[42], orders[LARGEST_SET - 1]])
      expect(await found(`${ORDER_ID} = '${order?.commandId}'`)).toEqual([idOf(orders)]);
    for (const state of ['APPROVED', 'REJECTED'])
      expect(await found(`${queue} AND ${ORDER_STATE} = '${state}'`)).toContain(idOf(orders));
    expect(await found(`${queue} AND RejectReason = 'UNKNOWN_CUSTOMER'`)).toEqual([idOf(orders)]);
    expect(await found(`${queue} AND ${ORDER_STATE} = 'PENDING'`)).toEqual([]);
  });
});

test('undos outside the set are findable by their order, and show what is undone', async () => {
  const order = orderOf([['MUG-03', 90_000, 1]]);
  let attempts = 0;
  fixture.interpose('releaseCredit', async (step, input) => {
    attempts += 1;
    // As often as a set tries before it lets a member go.
    if (attempts <= 5) throw new Error('not now');
    return step(input);
  });
  await (await fixture.context.starters.createOrder([order])).outcomes;
  const sagas = [compensationId(order.commandId), idOf([order])];
  await eventually(async () =>
    expect((await found(`${ORDER_ID} = '${order.commandId}'`)).sort()).toEqual(sagas.sort()),
  );
  await client().workflow.getHandle(compensationId(order.commandId)).result();
  const witness = sagaWitness(client(), fixture.settings.taskQueue);
  await eventually(async () =>
    expect(await witness.ledger(compensationId(order.commandId))).toEqual([
      expect.objectContaining({
        undone: expect.arrayContaining(['releaseCredit']),
        remaining: [],
        reason: 'OUT_OF_STOCK',
      }),
    ]),
  );
  expect(await currentDetails(compensationId(order.commandId))).toMatch(
    /OUT_OF_STOCK \| .*releaseCredit.* \| {2}\|/,
  );
  expect(await holdingsOf(fixture.sql, order.commandId)).toMatchObject({ credit: 0 });
});

const LONG = 'X'.repeat(64);

test('the largest commands that the contract lets through are accepted in the largest set', async () => {
  const lines = Array.from(
    { length: 100 },
    (_, index) => [`${'S'.repeat(61)}${String(index).padStart(3, '0')}`, 1_000_000, 10_000] as const,
  );
  const orders = Array.from({ length: LARGEST_SET }, (_, index) =>
    orderOf(lines, {
      customerId: LONG,
      region: LONG,
      channel: LONG,
      idempotencyKey: `${'K'.repeat(253)}${index}`,
    }),
  );
  const outcomes = await (await fixture.context.starters.createOrder(orders)).outcomes;
  expect(outcomes).toMatchObject(Array(LARGEST_SET).fill({ reason: 'UNKNOWN_CUSTOMER' }));
  const [one] = orders;
  const alone = orderOf(lines, { customerId: LONG });
  expect(one && (await (await fixture.context.starters.createOrder([alone])).outcomes)).toMatchObject([
    { reason: 'UNKNOWN_CUSTOMER' },
  ]);
  const holds = Array.from({ length: LARGEST_SET }, () => holdOf(lines, { region: LONG, channel: LONG }));
  const refused = await (await fixture.context.starters.reserveInventory(holds)).outcomes;
  expect(refused).toMatchObject(Array(LARGEST_SET).fill({ reason: 'UNKNOWN_SKU' }));
});

test('a set whose answers are as large as they can be is carried to its end', async () => {
  const { stores } = fixture.context;
  const cause = { commandId: 'test', correlation: 'test' };
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
      { sku, name: sku, backorder: { mode: 'none' }, perOrderMax: null },
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
  const orders = Array.from({ length: LARGEST_SET }, () => orderOf(lines));
  const { outcomes } = await fixture.context.starters.createOrder(orders);
  expect((await outcomes).map(({ kind }) => kind)).toEqual(Array(LARGEST_SET).fill('approved'));
});

describe('an eager start', () => {
  async function isEager(eagerFixture: SagaFixture): Promise<boolean> {
    const order = orderOf([['MUG-04', 1]]);
    const { outcomes } = await eagerFixture.context.starters.createOrder([order]);
    expect(await outcomes).toMatchObject([{ kind: 'approved' }]);
    const handle = eagerFixture.context.temporal.client.workflow.getHandle(idOf([order]));
    const { events } = await handle.fetchHistory();
    return events?.[0]?.workflowExecutionStartedEventAttributes?.eagerExecutionAccepted === true;
  }

  test('is had where the worker shares the process, and a start without it comes to the same', async () => {
    expect(await isEager(fixture)).toBe(true);
    const other = await openSagaFixture({ eager: false });
    expect(await isEager(other)).toBe(false);
    await other.close();
  });
});
