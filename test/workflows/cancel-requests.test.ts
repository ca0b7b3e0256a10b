import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../activities/activities';
import { STEP_FAULTED } from '../../src/contracts/saga';
import type { NewCommand } from '../../src/stores/orders/command-rows';
import { auditedClose } from '../support/audited-close';
import { holdOf, orderOf } from '../support/new-commands';
import { closed, commandRowOf, given } from '../support/order-changes';
import { stocked } from '../support/partner-orders';
import { lostSagas, resolveOf, untilAttention } from '../support/recovery';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { SAGA_PLAYS } from '../support/saga-runs';

let fixture: SagaFixture;

beforeAll(async () => {
  fixture = await openSagaFixture();
});
afterAll(async () => expect(await auditedClose(fixture)).toEqual([]));

/** A command, and the step of its saga at which the request to cancel arrives. */
interface Case {
  readonly step: keyof Activities;
  readonly command: NewCommand;
  readonly decision: string;
}

/** Steps of the plays above that only one of them runs. */
const AT: readonly (keyof Activities)[] = [
  'decideOrder',
  'releaseCredit',
  'releaseRest',
  'decideRevision',
  'shrinkStock',
  'undoExtend',
  'settleRejection',
  'consumeStock',
  'restockUnits',
];

const booked = async () => ({ kind: 'booked', references: ['one'] });

/** Returns the resolution of an undecided command. */
async function resolution(): Promise<NewCommand> {
  const order = orderOf([['MUG-01', 1]]);
  const fault = ApplicationFailure.create({ message: 'a test', type: STEP_FAULTED, nonRetryable: true });
  fixture.interpose('holdCredit', () => Promise.reject(fault));
  await given(fixture, order);
  await untilAttention(fixture, order.id);
  fixture.interpose('holdCredit', undefined);
  return resolveOf(order);
}

async function cases(): Promise<readonly Case[]> {
  const all: Case[] = [];
  for (const [at, play] of SAGA_PLAYS.entries())
    all.push({
      step: AT[at] ?? 'decideOrder',
      command: await play.prepare(fixture),
      decision: play.decision,
    });
  const sku = await stocked(fixture.context.stores, 'A', { 'pa-lumen': 2 });
  all.push({ step: 'reserveAtPartner', command: orderOf([[sku, 2]]), decision: 'approved' });
  all.push({ step: 'runTarget', command: await resolution(), decision: 'decided-against' });
  return all;
}

/** Holds each of these commands at its step until `goOn`. */
function holding(all: readonly Pick<Case, 'step' | 'command'>[]) {
  let goOn: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const arrived = new Set<string>();
  for (const step of new Set(all.map((one) => one.step))) {
    fixture.interpose(step, async (run, input) => {
      const text = JSON.stringify(input);
      const found = all.find((one) => one.step === step && text.includes(`"${one.command.id}"`));
      if (found) arrived.add(found.command.id);
      if (found) await held;
      return step === 'reserveAtPartner' ? booked() : run(input);
    });
  }
  return { allArrived: () => eventually(async () => expect(arrived.size).toBe(all.length)), goOn };
}

/** Waits for the cancel request in the history: Temporal delays it while a workflow task is open. */
async function untilAsked(handle: WorkflowHandle): Promise<void> {
  await eventually(async () => {
    const { events } = await handle.fetchHistory();
    expect(events?.some((event) => event.workflowExecutionCancelRequestedEventAttributes)).toBe(true);
  });
}

test('a Temporal cancel request stops no saga, of whatever kind and at whatever step', async () => {
  fixture.interpose('lookUpAtPartner', booked);
  const all = await cases();
  const { allArrived, goOn } = holding(all);
  for (const { command } of all) await given(fixture, command);
  await allArrived();
  const handles = await Promise.all(
    all.map(async ({ command }) => {
      const { workflowId } = await commandRowOf(fixture, command.id);
      return fixture.context.temporal.client.workflow.getHandle(workflowId);
    }),
  );
  await Promise.all(handles.map((handle) => handle.cancel()));
  for (const handle of handles) await untilAsked(handle);
  goOn();
  const ends = await Promise.all(handles.map((handle) => handle.result()));
  expect(ends).toMatchObject(
    all.map(({ command, decision }) => [{ id: command.id, decision, end: 'closed' }]),
  );
  await lostSagas(fixture).look();
  const target = all.find(({ command }) => command.kind === 'resolve')?.command.subject ?? '';
  await closed(fixture, target);
});

test('a Temporal cancel request stops no reservation', async () => {
  const command = holdOf([['MUG-02', 1]]);
  const { workflow } = fixture.context.temporal.client;
  let goOn: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  fixture.interpose('holdStock', async (run, input) => {
    await held;
    return run(input);
  });
  const handle = await workflow.start('reserveInventory', {
    workflowId: `asked-to-stop/${command.commandId}`,
    taskQueue: fixture.settings.taskQueue,
    args: [[command]],
  });
  await handle.cancel();
  goOn();
  expect(await handle.result()).toMatchObject([{ kind: 'held' }]);
});
