import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { createActivities } from '../../activities/activities';
import { STEP_FAULTED } from '../../src/contracts/failures';
import { finishUndoId } from '../../src/contracts/workflow-names';
import { WORKFLOW_TASK_TIMEOUT } from '../../src/contracts/workflow-task-timeout';
import { lostChangesWatch } from '../../src/intake/lost-changes-watch';
import { orderIdKey } from '../../src/temporal/saga-look';
import { sagaWitness } from '../../src/temporal/saga-witness';
import { auditedClose } from '../support/audited-close';
import { approved, onOrder, rowOf } from '../support/order-changes';
import { eventTypesOf, holdingsOf } from '../support/saga-books';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { operatorsOf } from '../support/saga-operators';
import { orderOf } from '../support/saga-orders';
import { refusing } from '../support/saga-sabotage';

let fixture: SagaFixture;

beforeAll(async () => {
  fixture = await openSagaFixture();
});
afterAll(async () => expect(await auditedClose(fixture)).toEqual([]));

const orderRow = (id: string) => fixture.context.stores.ordersReads.order(id);

function operations() {
  return operatorsOf(fixture);
}

async function needingAttention() {
  const orders = await fixture.context.stores.ordersReads.openSagas('needs_attention', 100);
  return orders.map(({ id }) => id);
}

/** An order that was refused after its credit was held, whose credit cannot be released, beside one that is well. */
async function stuckOrder() {
  const order = orderOf([['RUG-03', 90_000, 1]]);
  const mend = await refusing(fixture.sql, {
    table: 'credit.hold',
    on: 'UPDATE',
    when: `NEW.order_id = '${order.commandId}'`,
    code: 'P0001',
  });
  const others = [orderOf([['RUG-03', 1]]), orderOf([['RUG-03', 91_000, 1]])];
  const saga = await fixture.context.starters.createOrder([order, ...others]);
  const outcomes = await saga.outcomes;
  await eventually(async () => expect(await needingAttention()).toContain(order.commandId));
  return { order, others, outcomes, mend };
}

test('an undo that cannot succeed stops no other, and puts the order before an operator', async () => {
  const { order, others, outcomes, mend } = await stuckOrder();
  expect(outcomes).toMatchObject([
    { kind: 'rejected', reason: 'OUT_OF_STOCK' },
    { kind: 'approved' },
    { kind: 'rejected', reason: 'OUT_OF_STOCK' },
  ]);
  expect(await orderRow(order.commandId)).toMatchObject({
    status: 'REJECTED',
    reason: 'OUT_OF_STOCK',
    compensation: 'needs_attention',
    attention: { remaining: ['releaseCredit'], failure: expect.stringContaining('sabotaged') },
  });
  expect(await orderRow(others[1]?.commandId ?? '')).toMatchObject({ compensation: 'done' });
  await mend();
});

test('of several undos the one that cannot succeed is left, and the others are done', async () => {
  const order = orderOf([['RUG-04', 2]]);
  const mendOrder = await refusing(fixture.sql, {
    table: 'orders."order"',
    on: 'UPDATE',
    when: `NEW.id = '${order.commandId}' AND NEW.status = 'APPROVED'`,
    code: 'P0001',
  });
  const mendStock = await refusing(fixture.sql, {
    table: 'inventory.reservation',
    on: 'UPDATE',
    when: `NEW.order_id = '${order.commandId}'`,
    code: 'P0001',
  });
  await (await fixture.context.starters.createOrder([order])).outcomes;
  await eventually(async () => expect(await needingAttention()).toContain(order.commandId));
  expect(await orderRow(order.commandId)).toMatchObject({ attention: { remaining: ['releaseStock'] } });
  expect(await holdingsOf(fixture.sql, order.commandId)).toMatchObject({
    reservation: 'COMMITTED',
    credit: 0,
  });
  await mendOrder();
  await mendStock();
  await operations().retry(order.commandId, 'operator');
  await eventually(async () =>
    expect(await orderRow(order.commandId)).toMatchObject({ compensation: 'done' }),
  );
  expect(await holdingsOf(fixture.sql, order.commandId)).toMatchObject({ stock: [], credit: 0 });
});

test('an operator has it run again, in vain first and then to its end', async () => {
  const { order, mend } = await stuckOrder();
  expect(await operations().retry(order.commandId, 'operator')).toMatchObject({ kind: 'done' });
  await eventually(async () => {
    const types = await eventTypesOf(fixture.sql, order.commandId);
    expect(types.filter((type) => type === 'orders.attention-needed.v1')).toHaveLength(2);
  });
  await mend();
  expect(await operations().retry(order.commandId, 'operator')).toMatchObject({ kind: 'done' });
  await eventually(async () =>
    expect(await orderRow(order.commandId)).toMatchObject({ compensation: 'done', attention: null }),
  );
  expect(await holdingsOf(fixture.sql, order.commandId)).toMatchObject({ credit: 0 });
  expect(await needingAttention()).not.toContain(order.commandId);
  expect(await operations().retry(order.commandId, 'operator')).toEqual({
    kind: 'not-stuck',
    compensation: 'done',
  });
});

test('an undo that is refused is not done, outside its set either', async () => {
  const order = orderOf([['RUG-03', 90_000, 1]]);
  const no = { kind: 'refused', reason: 'CREDIT_NOT_HELD', detail: 'less is held' };
  fixture.interpose('releaseCredit', async () => ({ [order.commandId]: no }));
  await (await fixture.context.starters.createOrder([order])).outcomes;
  await eventually(async () => expect(await needingAttention()).toContain(order.commandId));
  fixture.interpose('releaseCredit', undefined);
  expect(await orderRow(order.commandId)).toMatchObject({
    attention: { remaining: ['releaseCredit'], failure: 'releaseCredit: less is held' },
  });
  await operations().retry(order.commandId, 'operator');
  await eventually(async () =>
    expect(await orderRow(order.commandId)).toMatchObject({ compensation: 'done' }),
  );
});

test('an operator closes it with a note', async () => {
  const { order, mend } = await stuckOrder();
  const note = 'released by hand';
  expect(await operations().resolve(order.commandId, 'operator', note)).toMatchObject({ kind: 'done' });
  expect(await orderRow(order.commandId)).toMatchObject({ compensation: 'done', attention: null });
  expect(await needingAttention()).not.toContain(order.commandId);
  const [event] = await fixture.sql(
    `SELECT data FROM orders.event WHERE stream = $1 AND type = 'orders.attention-resolved.v1'`,
    [`order/${order.commandId}`],
  );
  expect(event).toEqual({ data: { by: 'operator', note } });
  expect(await operations().resolve(order.commandId, 'operator', note)).toMatchObject({ kind: 'not-stuck' });
  await mend();
  // What the note says was done, so that the books balance again at the end of this file.
  const undo = { command: order, reason: 'PROCESSING_FAILED', undone: [], remaining: [] } as const;
  const { stores, parties } = fixture.context;
  await createActivities(stores, parties).releaseCredit({ members: [undo] });
});

test('a retry that comes while the attempt before it is still ending is not lost', async () => {
  const retried: Promise<unknown>[] = [];
  fixture.interpose('settleCompensation', async (settle, input) => {
    const answer = await settle(input);
    fixture.interpose('settleCompensation', undefined);
    await mendOrder?.();
    retried.push(operations().retry(order.commandId, 'operator'));
    // Until its retry has reached Temporal, this workflow is the one that is running.
    await sleep(200);
    return answer;
  });
  let mendOrder: (() => Promise<void>) | undefined;
  const order = orderOf([['RUG-03', 90_000, 1]]);
  mendOrder = await refusing(fixture.sql, {
    table: 'credit.hold',
    on: 'UPDATE',
    when: `NEW.order_id = '${order.commandId}'`,
    code: 'P0001',
  });
  await (await fixture.context.starters.createOrder([order])).outcomes;
  await eventually(async () =>
    expect(await orderRow(order.commandId)).toMatchObject({ compensation: 'done' }),
  );
  expect(await Promise.all(retried)).toMatchObject([{ kind: 'done' }]);
});

test('an order that is not there, or needs nothing, is left alone', async () => {
  const nobody = 'ord_aaaaaaaaaaaaaaaa';
  await expect(operations().retry(nobody, 'operator')).rejects.toThrow(nobody);
  await expect(operations().resolve(nobody, 'operator', 'x')).rejects.toThrow(nobody);
  const order = orderOf([['RUG-05', 1]]);
  await (await fixture.context.starters.createOrder([order])).outcomes;
  expect(await operations().retry(order.commandId, 'operator')).toEqual({
    kind: 'not-stuck',
    compensation: 'none',
  });
});

test('of two claims that are undone the one that cannot be heard leaves the set, and holds up no other', async () => {
  const [poisoned, other] = [await approved(fixture), await approved(fixture)];
  const commands = [onOrder(poisoned), onOrder(other)];
  const mend = await refusing(fixture.sql, {
    table: 'orders."order"',
    on: 'UPDATE',
    when: `NEW.id = '${poisoned.id}'`,
    code: 'P0001',
  });
  fixture.interpose('claimCancel', () =>
    Promise.reject(ApplicationFailure.nonRetryable('a fault', STEP_FAULTED)),
  );
  const { outcomes } = await fixture.context.starters.cancelOrders(commands);
  const commandId = commands[0]?.commandId ?? '';
  expect(await outcomes).toEqual([
    { kind: 'unfinished', commandId },
    { kind: 'refused', commandId: commands[1]?.commandId, reason: 'PROCESSING_FAILED' },
  ]);
  fixture.interpose('claimCancel', undefined);
  const late = { outcome: 'refused', reason: 'PROCESSING_FAILED' };
  expect(await rowOf(fixture, other.id)).toMatchObject({ status: 'APPROVED', lastCommand: late });

  const { client } = fixture.context.temporal;
  const undo = client.workflow.getHandle(finishUndoId(commandId));
  expect(await undo.query('ledger')).toMatchObject([
    { id: commandId, undone: [], remaining: ['cutCancelShort'] },
  ]);
  await mend();
  await undo.result();
  expect(await rowOf(fixture, poisoned.id)).toMatchObject({ status: 'APPROVED', lastCommand: late });
  await eventually(async () =>
    expect(await client.workflow.count(`OrderId = '${poisoned.id}'`)).toMatchObject({ count: 3 }),
  );
});

test('the undo of a claim that is lost outside its set leaves its command to be given again', async () => {
  const order = await approved(fixture);
  const command = onOrder(order);
  const fault = ApplicationFailure.nonRetryable('a fault', STEP_FAULTED);
  const steps = ['claimCancel', 'cutCancelShort'] as const;
  for (const step of steps) fixture.interpose(step, () => Promise.reject(fault));
  const { stores, starters, temporal, settings } = fixture.context;
  await (await starters.cancelOrders([command])).outcomes;
  await temporal.client.workflow.getHandle(finishUndoId(command.commandId)).terminate('a test');
  for (const step of steps) fixture.interpose(step, undefined);
  const watch = lostChangesWatch({
    unrecorded: fixture.context.stores.unrecorded,
    reads: stores.ordersReads,
    witness: sagaWitness(temporal.client, settings.taskQueue),
    intakes: fixture.intakes,
  });
  await eventually(async () => {
    await watch.look();
    expect((await rowOf(fixture, order.id)).status).toBe('CANCELLED');
  });
});

test('an undo that is not heard for long goes on as new, and is as well known and as quick as before', async () => {
  const { id, customerId } = await approved(fixture);
  const command = onOrder({ id, customerId });
  const fault = ApplicationFailure.nonRetryable('a fault', STEP_FAULTED);
  fixture.interpose('cutCancelShort', () => Promise.reject(fault));
  const { workflow } = fixture.context.temporal.client;
  const member = { command, reason: 'PROCESSING_FAILED', undone: [], remaining: [] };
  const undo = await workflow.start('finishUndo', {
    workflowId: finishUndoId(command.commandId),
    taskQueue: fixture.settings.taskQueue,
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
    typedSearchAttributes: [{ key: orderIdKey, value: [id] }],
    args: [{ undo: 'cutCancelShort', saga: 'cancelOrders', member, pauseMs: 1 }],
  });
  const latest = workflow.getHandle(undo.workflowId);
  await eventually(async () => expect((await latest.describe()).runId).not.toBe(undo.firstExecutionRunId));
  fixture.interpose('cutCancelShort', undefined);
  const { raw, typedSearchAttributes } = await latest.describe();
  expect(raw.executionConfig?.defaultWorkflowTaskTimeout?.seconds?.toString()).toBe('2');
  expect(typedSearchAttributes.get(orderIdKey)).toEqual([id]);
  await undo.result();
  expect(await rowOf(fixture, id)).toMatchObject({
    lastCommand: { outcome: 'refused', reason: member.reason },
  });
});
