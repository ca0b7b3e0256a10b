import { NEEDS_ATTENTION, ownIdOf } from '../../src/contracts/saga';
import { auditedClose } from '../support/audited-close';
import { orderOf } from '../support/new-commands';
import { carriedOut, closed, commandRowOf, given, inOneBatch, placed } from '../support/order-changes';
import { resolveOf, retried, untilAttention } from '../support/recovery';
import { holdingsOf } from '../support/saga-books';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { refusing } from '../support/saga-sabotage';

let fixture: SagaFixture;

beforeAll(async () => {
  fixture = await openSagaFixture();
});
afterAll(async () => expect(await auditedClose(fixture)).toEqual([]));

async function needingAttention() {
  const rows = await fixture.context.stores.commands.list({ state: 'needs_attention' }, 100);
  return rows.map(({ id }) => id);
}

/** Keeps an order's credit from being released. */
const keepCredit = (id: string) =>
  refusing(fixture.sql, {
    table: 'credit.hold',
    on: 'UPDATE',
    when: `NEW.order_id = '${id}'`,
    code: 'P0001',
  });

/**
 * Creates an order that is rejected after its credit hold and whose credit cannot be released, in a batch with two
 * sound orders.
 */
async function stuckOrder() {
  const order = orderOf([['RUG-03', 90_000, 1]]);
  const others = [orderOf([['RUG-03', 1]]), orderOf([['RUG-03', 91_000, 1]])];
  const mend = await keepCredit(order.id);
  const { ended, workflowId } = await inOneBatch(fixture, [order, ...others]);
  const ends = await ended;
  await untilAttention(fixture, order.id);
  return { order, others, ends, workflowId, mend };
}

const failureOf = (workflowId: string) =>
  fixture.context.temporal.client.workflow
    .getHandle(workflowId)
    .result()
    .then(
      () => null,
      (error: { readonly cause?: unknown }) => error.cause,
    );

test('a compensation that cannot succeed is detached: it stops no other, and no other workflow fails', async () => {
  const { order, others, ends, workflowId, mend } = await stuckOrder();
  expect(ends).toMatchObject([
    { id: order.id, reason: 'OUT_OF_STOCK', end: 'detached' },
    { id: others[0]?.id, decision: 'approved', end: 'closed' },
    { id: others[1]?.id, reason: 'OUT_OF_STOCK', end: 'closed' },
  ]);
  expect(await failureOf(workflowId)).toBeNull();
  const row = await commandRowOf(fixture, order.id);
  expect(row).toMatchObject({
    workflowId: ownIdOf('createOrders', { id: order.id, subject: order.id }),
    decision: { kind: 'rejected', reason: 'OUT_OF_STOCK' },
    attention: { remaining: ['releaseCredit'], failure: expect.stringContaining('sabotaged') },
  });
  expect(await failureOf(row.workflowId)).toMatchObject({
    type: NEEDS_ATTENTION,
    message: expect.stringContaining(`/v1/sagas/${order.id}`),
  });
  await mend();
  await retried(fixture, order.id);
  await closed(fixture, order.id);
});

test('a compensation that cannot succeed remains, and the other compensations run', async () => {
  const order = orderOf([['RUG-04', 2]]);
  fixture.interpose('decideOrder', (decide, input) => {
    const { members, ...rest } = input as { readonly members: readonly { readonly id: string }[] };
    const proposal = { kind: 'refuse', reason: 'PROCESSING_FAILED' };
    return decide({ ...rest, members: members.map(({ id }) => ({ id, proposal })) });
  });
  const mend = await refusing(fixture.sql, {
    table: 'inventory.reservation',
    on: 'UPDATE',
    when: `NEW.order_id = '${order.id}'`,
    code: 'P0001',
  });
  await given(fixture, order);
  const { attention } = await untilAttention(fixture, order.id);
  fixture.interpose('decideOrder', undefined);
  expect(attention).toMatchObject({ remaining: ['releaseStock'] });
  expect(await holdingsOf(fixture.sql, order.id)).toMatchObject({ reservation: 'COMMITTED', credit: 0 });
  await mend();
  expect(await retried(fixture, order.id)).toBe(true);
  await closed(fixture, order.id);
  expect(await holdingsOf(fixture.sql, order.id)).toMatchObject({ stock: [], credit: 0 });
});

test('an operator retries it, first in vain and then with success', async () => {
  const { order, mend } = await stuckOrder();
  expect(await retried(fixture, order.id)).toBe(true);
  const { workflowId } = await untilAttention(fixture, order.id);
  expect(await failureOf(workflowId)).toMatchObject({ type: NEEDS_ATTENTION });
  await mend();
  expect(await retried(fixture, order.id)).toBe(true);
  expect(await closed(fixture, order.id)).toMatchObject({ attention: null });
  expect(await holdingsOf(fixture.sql, order.id)).toMatchObject({ credit: 0 });
  expect(await needingAttention()).not.toContain(order.id);
  expect(await retried(fixture, order.id)).toBe(false);
});

test('a refused compensation does not count as done', async () => {
  const order = orderOf([['RUG-03', 90_000, 1]]);
  const no = { kind: 'refused', reason: 'CREDIT_NOT_HELD', detail: 'less is held' };
  fixture.interpose('releaseCredit', async () => ({ [order.id]: no }));
  await given(fixture, order);
  const { attention } = await untilAttention(fixture, order.id);
  fixture.interpose('releaseCredit', undefined);
  expect(attention).toEqual({ remaining: ['releaseCredit'], failure: 'releaseCredit: less is held' });
  await retried(fixture, order.id);
  await closed(fixture, order.id);
  expect(await holdingsOf(fixture.sql, order.id)).toMatchObject({ credit: 0 });
});

test('a resolution closes it, and no remaining step runs', async () => {
  const { order, mend } = await stuckOrder();
  let tries = 0;
  fixture.interpose('releaseCredit', (run, input) => {
    tries += 1;
    return run(input);
  });
  const resolution = await carriedOut(fixture, resolveOf({ id: order.id, subject: order.id }));
  expect(resolution.decision).toMatchObject({ kind: 'by-hand' });
  expect(await closed(fixture, order.id)).toMatchObject({ attention: null });
  expect(await needingAttention()).not.toContain(order.id);
  expect(tries).toBe(0);
  fixture.interpose('releaseCredit', undefined);
  expect(await given(fixture, resolveOf({ id: order.id, subject: order.id }))).toMatchObject({
    kind: 'refused',
    reason: 'NOT_STUCK',
  });
  await mend();
  // Does by hand what the operator's note says, so that the books balance at the end of this file.
  await fixture.sql(`DELETE FROM credit.step_answer WHERE command_id = $1 AND step = 'releaseCredit'`, [
    order.id,
  ]);
  const { releaseCredit } = fixture.activities as Record<
    'releaseCredit',
    (input: object) => Promise<unknown>
  >;
  await releaseCredit({ workflowId: 'by hand', members: [{ id: order.id }] });
});

test('a command that does not need attention, or does not exist, is neither retried nor resolved', async () => {
  const order = await placed(fixture, orderOf([['RUG-05', 1]]));
  expect(await retried(fixture, order.id)).toBe(false);
  const nobody = { id: 'ord_aaaaaaaaaaaaaaaa', subject: 'ord_aaaaaaaaaaaaaaaa' };
  for (const target of [{ id: order.id, subject: order.id }, nobody])
    expect(await given(fixture, resolveOf(target))).toMatchObject({ kind: 'refused', reason: 'NOT_STUCK' });
});

test('a retry that comes while the attempt before it is still ending is not lost', async () => {
  const order = orderOf([['RUG-03', 90_000, 1]]);
  const mend = await keepCredit(order.id);
  const asked: Promise<unknown>[] = [];
  fixture.interpose('putBeforeOperator', async (put, input) => {
    const answer = await put(input);
    fixture.interpose('putBeforeOperator', undefined);
    await mend();
    // The workflow that has requested attention runs until this step has answered.
    asked.push(retried(fixture, order.id));
    await asked[0];
    return answer;
  });
  await given(fixture, order);
  await eventually(async () => expect(asked).toHaveLength(1));
  expect(await Promise.all(asked)).toEqual([true]);
  await closed(fixture, order.id);
  expect(await holdingsOf(fixture.sql, order.id)).toMatchObject({ credit: 0 });
});
