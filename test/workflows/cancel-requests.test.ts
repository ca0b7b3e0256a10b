import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../activities/activities';
import { STEP_FAULTED } from '../../src/contracts/failures';
import { confirmationId, type WORKFLOWS } from '../../src/contracts/workflow-names';
import { WORKFLOW_TASK_TIMEOUT } from '../../src/contracts/workflow-task-timeout';
import type { Order } from '../../src/domain/order/order';
import { reclaimCommand } from '../../src/intake/lost-sagas-watch';
import { auditedClose } from '../support/audited-close';
import { approved, onOrder, onShipment, overdue, rowOf, shipmentAt, shipped } from '../support/order-changes';
import { stocked } from '../support/partner-orders';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { holdOf, orderOf } from '../support/saga-orders';

let fixture: SagaFixture;

beforeAll(async () => {
  fixture = await openSagaFixture();
});
afterAll(async () => expect(await auditedClose(fixture)).toEqual([]));

interface Ready {
  /** What the workflow is started with; a set where it carries one. */
  readonly argument: unknown;
  readonly commandId: string;
  /** Where it is not started by itself. */
  readonly begun?: () => Promise<WorkflowHandle>;
}

type Case = readonly [
  workflow: keyof typeof WORKFLOWS,
  /** At which it is when it is asked to stop. */
  step: keyof Activities,
  prepare: () => Promise<Ready>,
  result: unknown,
];

const one = <C extends { readonly commandId: string }>(command: C): Ready => ({
  argument: [command],
  commandId: command.commandId,
});
const onApproved = (commandOf: (order: Order) => { readonly commandId: string }) => async () =>
  one(commandOf(await approved(fixture)));
const to = (quantity: number) => (order: Order) => {
  const { lineId = '', sku = '' } = order.lines[0] ?? {};
  const lines = [{ lineId, sku, quantity, unitPrice: 100 }];
  return { ...onOrder(order), baseVersion: order.version, lines };
};

async function accepted(): Promise<Order> {
  const order = await approved(fixture);
  await (await fixture.context.starters.acceptShipments([onShipment(order)])).outcomes;
  return rowOf(fixture, order.id);
}

/** A shipment that has left, and of which nobody knows that it was captured. */
async function uncaptured(): Promise<Ready> {
  const order = await accepted();
  const command = onShipment(order);
  fixture.interpose('recordCaptured', () =>
    Promise.reject(ApplicationFailure.nonRetryable('a test', STEP_FAULTED)),
  );
  await (await fixture.context.starters.shipShipments([{ ...command, tracking: null }])).outcomes;
  fixture.interpose('recordCaptured', undefined);
  await overdue(fixture, shipmentAt(order));
  return one(command);
}

async function overdueOne(): Promise<Ready> {
  const order = await approved(fixture);
  await overdue(fixture, shipmentAt(order));
  return one(onShipment(order));
}

const booked = async () => ({ kind: 'booked', references: ['one'] });

/** Its partner agrees once it is let go on, or is looked up where that takes longer than a partner is waited for. */
async function atPartner(): Promise<Ready> {
  fixture.interpose('lookUpAtPartner', booked);
  const order = orderOf([[await stocked(fixture.context.stores, 'A', { 'pa-lumen': 2 }), 2]]);
  const begun = async () => {
    await (await fixture.context.starters.createOrder([order])).outcomes;
    return fixture.context.temporal.client.workflow.getHandle(confirmationId(order.commandId));
  };
  return { ...one(order), begun };
}

const DONE = [{ kind: 'done' }];
const MEMBER = { reason: 'PROCESSING_FAILED', undone: [], remaining: [] };

const CASES: readonly Case[] = [
  ['createOrder', 'approveOrder', async () => one(orderOf([['MUG-03', 1]])), [{ kind: 'approved' }]],
  [
    'createOrder',
    'releaseCredit',
    async () => one(orderOf([['MUG-04', 90_000, 1]])),
    [{ kind: 'rejected', reason: 'OUT_OF_STOCK' }],
  ],
  ['confirmWithPartners', 'reserveAtPartner', atPartner, { kind: 'approved' }],
  ['cancelOrders', 'releaseRest', onApproved((order) => onOrder(order)), DONE],
  ['reviseOrders', 'applyRevision', onApproved(to(3)), DONE],
  ['reviseOrders', 'undoExtend', onApproved(to(90_000)), [{ kind: 'refused' }]],
  ['acceptShipments', 'acceptShipment', onApproved((order) => onShipment(order)), DONE],
  [
    'shipShipments',
    'consumeStock',
    async () => one({ ...onShipment(await accepted()), tracking: null }),
    DONE,
  ],
  ['resumeShipments', 'resumeShipment', uncaptured, DONE],
  [
    'deliverShipments',
    'deliverShipment',
    async () => one(onShipment(await shipped(fixture, await approved(fixture)))),
    DONE,
  ],
  [
    'rejectUnits',
    'replaceUnits',
    onApproved((order) => ({ ...onShipment(order), lineId: '1', quantity: 1, reason: 'DAMAGED' })),
    DONE,
  ],
  ['expireShipments', 'settleRejection', overdueOne, DONE],
  ['reserveInventory', 'holdStock', async () => one(holdOf([['MUG-02', 1]])), [{ kind: 'held' }]],
  [
    'finishCompensation',
    'settleCompensation',
    async () => {
      const command = reclaimCommand(await approved(fixture));
      return { argument: command, commandId: command.commandId };
    },
    null,
  ],
  [
    'finishUndo',
    'cutCancelShort',
    async () => {
      const command = onOrder(await approved(fixture));
      const argument = {
        undo: 'cutCancelShort',
        saga: 'cancelOrders',
        member: { ...MEMBER, command },
        pauseMs: 1,
      };
      return { argument, commandId: command.commandId };
    },
    undefined,
  ],
];

/** Keeps each of these commands at its step until they may go on. */
function holding(all: readonly { readonly step: keyof Activities; readonly commandId: string }[]) {
  let goOn: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const arrived = new Set<string>();
  for (const step of new Set(all.map((one) => one.step))) {
    fixture.interpose(step, async (run, input) => {
      const text = JSON.stringify(input);
      const found = all.find((one) => one.step === step && text.includes(one.commandId));
      if (found) arrived.add(found.commandId);
      if (found) await held;
      return step === 'reserveAtPartner' ? booked() : run(input);
    });
  }
  return {
    allArrived: () => eventually(async () => expect(arrived.size).toBe(all.length)),
    goOn() {
      for (const { step } of all) if (step !== 'reserveAtPartner') fixture.interpose(step, undefined);
      goOn();
    },
  };
}

async function begin(workflow: string, { argument, commandId, begun }: Ready): Promise<WorkflowHandle> {
  if (begun) return begun();
  return fixture.context.temporal.client.workflow.start(workflow, {
    workflowId: `asked-to-stop/${workflow}/${commandId}`,
    taskQueue: fixture.settings.taskQueue,
    args: [argument],
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
  });
}

/** Temporal keeps a request back while a workflow's own task is open. */
async function untilAsked(handle: WorkflowHandle): Promise<void> {
  await eventually(async () => {
    const { events } = await handle.fetchHistory();
    expect(events?.some((event) => event.workflowExecutionCancelRequestedEventAttributes)).toBe(true);
  });
}

test('a request to cancel stops no saga, whatever it carries and wherever it is', async () => {
  const ready: (Ready & { readonly step: keyof Activities })[] = [];
  for (const [, step, prepare] of CASES) ready.push({ ...(await prepare()), step });
  const { allArrived, goOn } = holding(ready);
  const handles = await Promise.all(CASES.map(([workflow], at) => begin(workflow, ready[at] as Ready)));
  await allArrived();
  await Promise.all(handles.map((handle) => handle.cancel()));
  for (const handle of handles) await untilAsked(handle);
  goOn();
  const ends = await Promise.all(handles.map((handle) => handle.result()));
  for (const [at, [workflow, step, , result]] of CASES.entries())
    expect({ workflow, step, end: ends[at] }).toMatchObject({ workflow, step, end: result });
});
