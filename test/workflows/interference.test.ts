import { auditedClose } from '../support/audited-close';
import { cancelOf, orderOf, reviseOf } from '../support/new-commands';
import {
  carriedOut,
  closed,
  commandRowOf,
  decisionsOn,
  given,
  placed,
  rowOf,
} from '../support/order-changes';
import { eventTypesOf, holdingsOf } from '../support/saga-books';
import { openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { anotherRun, brokenWorkflows, SAGA_PLAYS, type SagaPlay, stoppedAt } from '../support/saga-runs';

let fixture: SagaFixture;

beforeAll(async () => {
  fixture = await openSagaFixture();
});
afterAll(async () => {
  expect(await brokenWorkflows(fixture)).toEqual([]);
  expect(await auditedClose(fixture)).toEqual([]);
});

const STEPS = SAGA_PLAYS.flatMap((play) => play.steps.map((step) => [play.name, step, play] as const));

const endOf = (workflowId: string) => fixture.context.temporal.client.workflow.getHandle(workflowId).result();

describe('two runs of one command end alike', () => {
  test.each(STEPS)('%s, where one stops at %s while the other ends', async (_name, step, play: SagaPlay) => {
    const command = await play.prepare(fixture);
    const stopped = stoppedAt(fixture, step, command, 'before');
    await given(fixture, command);
    await stopped.there;
    const [other] = await anotherRun(fixture, command);
    expect(other).toMatchObject({ decision: play.decision, end: 'closed' });
    const before = await eventTypesOf(fixture.sql, command.subject);
    const { workflowId } = await closed(fixture, command.id);
    stopped.goOn();
    expect(await endOf(workflowId)).toMatchObject([{ decision: play.decision, end: 'closed' }]);
    fixture.interpose(step, undefined);
    expect(await eventTypesOf(fixture.sql, command.subject)).toEqual(before);
    expect(await commandRowOf(fixture, command.id)).toMatchObject({ decision: { kind: play.decision } });
  });

  test.each(SAGA_PLAYS.map((play) => [play.name, play] as const))(
    '%s, side by side',
    async (_name, play: SagaPlay) => {
      const command = await play.prepare(fixture);
      await given(fixture, command);
      const ends = await Promise.all([anotherRun(fixture, command), anotherRun(fixture, command)]);
      const { workflowId } = await closed(fixture, command.id);
      const all = [...ends, await endOf(workflowId)];
      expect(all).toMatchObject(Array(3).fill([{ decision: play.decision, end: 'closed' }]));
    },
  );
});

describe('a late run changes nothing of the next command on its order', () => {
  const CHANGES = STEPS.filter(([name]) => !name.startsWith('an order that is rejected'));

  test.each(CHANGES)('%s, late at %s, beside a cancellation', async (_name, step, play: SagaPlay) => {
    const command = await play.prepare(fixture);
    const stopped = stoppedAt(fixture, step, command, 'before');
    await given(fixture, command);
    await stopped.there;
    await anotherRun(fixture, command);
    const { workflowId } = await closed(fixture, command.id);
    const order = await rowOf(fixture, command.subject);
    const answer = await given(fixture, cancelOf(order));
    stopped.goOn();
    await endOf(workflowId);
    fixture.interpose(step, undefined);
    if (answer.kind === 'recorded') await closed(fixture, answer.row.id);
    const { status, pending, total } = await rowOf(fixture, command.subject);
    expect(pending).toBeNull();
    if (answer.kind === 'recorded') expect(status).toBe('CANCELLED');
    const { credit } = await holdingsOf(fixture.sql, command.subject);
    expect(credit).toBe(status === 'CANCELLED' || status === 'SHIPPED' ? 0 : total);
  });

  test('also where the next command is a revision: neither takes the units of the other', async () => {
    const order = await placed(fixture, orderOf([['LAMP-01', 2]]));
    const to = (quantity: number, from: typeof order) =>
      reviseOf(from, [{ lineId: '1', sku: 'LAMP-01', quantity, unitPrice: 100 }]);
    const first = to(3, order);
    const stopped = stoppedAt(fixture, 'increaseCredit', first, 'before');
    await given(fixture, first);
    await stopped.there;
    await anotherRun(fixture, first);
    const second = to(5, await rowOf(fixture, order.id));
    await given(fixture, second);
    stopped.goOn();
    await closed(fixture, second.id);
    fixture.interpose('increaseCredit', undefined);
    expect(await decisionsOn(fixture, [first, second])).toEqual(['applied', 'applied']);
    const { stock, credit } = await holdingsOf(fixture.sql, order.id);
    const units = stock.map((one) => Number.parseInt(one, 10)).reduce((sum, quantity) => sum + quantity, 0);
    expect([units, credit]).toEqual([5, 500]);
  });
});

test('a run whose proposal comes second follows the decision of the first, and compensates', async () => {
  const order = orderOf([['MUG-05', 1]]);
  const stopped = stoppedAt(fixture, 'decideOrder', order, 'before');
  await given(fixture, order);
  await stopped.there;
  // The other run proposes to refuse what this one is about to approve.
  fixture.interpose('decideOrder', (decide, input) => {
    const { members, ...rest } = input as { readonly members: readonly { readonly id: string }[] };
    const proposal = { kind: 'refuse', reason: 'PROCESSING_FAILED' };
    return decide({ ...rest, members: members.map(({ id }) => ({ id, proposal })) });
  });
  await anotherRun(fixture, order);
  fixture.interpose('decideOrder', undefined);
  const { workflowId } = await closed(fixture, order.id);
  stopped.goOn();
  expect(await endOf(workflowId)).toMatchObject([{ decision: 'rejected', end: 'closed' }]);
  expect(await rowOf(fixture, order.id)).toMatchObject({ status: 'REJECTED' });
  expect(await holdingsOf(fixture.sql, order.id)).toMatchObject({ stock: [], credit: 0 });
});

test('a step of a terminated run that commits late changes nothing that was released', async () => {
  const order = orderOf([['MUG-02', 1]]);
  const stopped = stoppedAt(fixture, 'commitStock', order, 'before');
  const { workflowId } = await given(fixture, order).then((answer) => {
    if (answer.kind !== 'recorded') throw new Error('it was not recorded');
    return answer.row;
  });
  await stopped.there;
  await fixture.context.temporal.client.workflow.getHandle(workflowId).terminate('a test');
  await carriedOut(fixture, cancelOf({ id: order.id, customerId: 'ada' }));
  expect(await rowOf(fixture, order.id)).toMatchObject({ status: 'REJECTED', reason: 'CANCELLED' });
  await anotherRun(fixture, order);
  stopped.goOn();
  fixture.interpose('commitStock', undefined);
  await closed(fixture, order.id);
  expect(await holdingsOf(fixture.sql, order.id)).toMatchObject({ stock: [], credit: 0 });
});
