import { ApplicationFailure } from '@temporalio/common';
import { STEP_FAULTED } from '../../src/contracts/failures';
import { finishUndoId } from '../../src/contracts/workflow-names';
import type { Order } from '../../src/domain/order/order';
import { sagaId } from '../../src/temporal/saga-starter';
import { approved, onOrder, onShipment, overdue, rowOf, shipmentAt, shipped } from '../support/order-changes';
import type { SagaFixture } from '../support/saga-fixture';

type Starters = SagaFixture['context']['starters'];
type Carrying = 'acceptShipments' | 'deliverShipments' | 'shipShipments' | 'resumeShipments' | 'rejectUnits';
type Changing = 'expireShipments' | 'cancelOrders' | 'reviseOrders';

/** Starts a saga with one command, and says its id once it has ended. */
export async function run<Name extends Carrying | Changing>(
  { context }: SagaFixture,
  name: Name,
  command: Parameters<Starters[Name]>[0][number],
): Promise<string> {
  const start = context.starters[name] as (commands: readonly unknown[]) => ReturnType<Starters[Name]>;
  await (await start([command])).outcomes;
  return sagaId(name, [command.commandId]);
}

const faulted = ApplicationFailure.nonRetryable('a fault', STEP_FAULTED);

/** Lets a step fail for as long as `during` takes. */
async function failing(
  fixture: SagaFixture,
  step: Parameters<SagaFixture['interpose']>[0],
  during: () => Promise<string>,
): Promise<string> {
  fixture.interpose(step, () => Promise.reject(faulted));
  try {
    return await during();
  } finally {
    fixture.interpose(step, undefined);
  }
}

function revision(order: Order, quantity: number, unitPrice = 100) {
  const [line] = order.lines;
  const { lineId = '', sku = '' } = line ?? {};
  return { ...onOrder(order), baseVersion: order.version, lines: [{ lineId, sku, quantity, unitPrice }] };
}

async function accepted(fixture: SagaFixture): Promise<Order> {
  const order = await approved(fixture);
  await run(fixture, 'acceptShipments', onShipment(order));
  return rowOf(fixture, order.id);
}

/** A claim that meets a fault, and whose undo does so in its set and once outside of it. */
async function undoneLate(fixture: SagaFixture) {
  const command = onOrder(await approved(fixture));
  let attempts = 0;
  fixture.interpose('cutCancelShort', async (cut, input) => {
    attempts += 1;
    if (attempts <= 2) throw faulted;
    return cut(input);
  });
  const inSet = await failing(fixture, 'claimCancel', () => run(fixture, 'cancelOrders', command));
  const outside = finishUndoId(command.commandId);
  await fixture.context.temporal.client.workflow.getHandle(outside).result();
  fixture.interpose('cutCancelShort', undefined);
  return { inSet, outside };
}

/** An undo that nobody can run for longer than one history is to hold. */
async function undoneAsNew(fixture: SagaFixture): Promise<string> {
  const command = onOrder(await approved(fixture));
  let attempts = 0;
  fixture.interpose('cutCancelShort', async (cut, input) => {
    attempts += 1;
    if (attempts <= 5) throw faulted;
    return cut(input);
  });
  const workflowId = finishUndoId(command.commandId);
  const { workflow } = fixture.context.temporal.client;
  const member = { command, reason: 'PROCESSING_FAILED', undone: [], remaining: [] };
  const undo = await workflow.start('finishUndo', {
    workflowId,
    taskQueue: fixture.settings.taskQueue,
    args: [{ undo: 'cutCancelShort', saga: 'cancelOrders', member, pauseMs: 1 }],
  });
  await undo.result();
  fixture.interpose('cutCancelShort', undefined);
  return workflowId;
}

/** Every way the sagas of an approved order can go. */
export const fulfilmentPlays = {
  'shipment-accepted': async (fixture: SagaFixture) =>
    run(fixture, 'acceptShipments', onShipment(await approved(fixture))),
  'shipment-not-accepted': async (fixture: SagaFixture) =>
    run(fixture, 'acceptShipments', onShipment(await accepted(fixture))),
  'shipment-delivered': async (fixture: SagaFixture) =>
    run(fixture, 'deliverShipments', onShipment(await shipped(fixture, await approved(fixture)))),
  'shipment-shipped': async (fixture: SagaFixture) =>
    run(fixture, 'shipShipments', { ...onShipment(await accepted(fixture)), tracking: 'T-1' }),
  'shipment-not-shipped': async (fixture: SagaFixture) =>
    run(fixture, 'shipShipments', { ...onShipment(await approved(fixture)), tracking: null }),
  'shipment-resumed': async (fixture: SagaFixture) => {
    const order = await accepted(fixture);
    const command = { ...onShipment(order), tracking: null };
    await failing(fixture, 'captureCredit', () => run(fixture, 'shipShipments', command));
    await overdue(fixture, shipmentAt(order));
    return run(fixture, 'resumeShipments', command);
  },
  'units-found-elsewhere': async (fixture: SagaFixture) => {
    const order = await approved(fixture);
    const units = { lineId: '1', quantity: 1, reason: 'MISMATCH' } as const;
    return run(fixture, 'rejectUnits', { ...onShipment(order), ...units });
  },
  'units-cannot-be-rejected': async (fixture: SagaFixture) => {
    const order = await shipped(fixture, await approved(fixture));
    const units = { lineId: '1', quantity: 1, reason: 'DAMAGED' } as const;
    return run(fixture, 'rejectUnits', { ...onShipment(order), ...units });
  },
  'shipment-overdue': async (fixture: SagaFixture) => {
    const order = await approved(fixture);
    await overdue(fixture, shipmentAt(order));
    return run(fixture, 'expireShipments', onShipment(order));
  },
  cancelled: async (fixture: SagaFixture) => run(fixture, 'cancelOrders', onOrder(await approved(fixture))),
  'not-cancelled': async (fixture: SagaFixture) =>
    run(fixture, 'cancelOrders', onOrder(await shipped(fixture, await approved(fixture)))),
  revised: async (fixture: SagaFixture) => run(fixture, 'reviseOrders', revision(await approved(fixture), 1)),
  'not-revised': async (fixture: SagaFixture) =>
    run(fixture, 'reviseOrders', revision(await approved(fixture), 900_000, 1)),
  'revision-refused-at-credit': async (fixture: SagaFixture) =>
    run(fixture, 'reviseOrders', revision(await approved(fixture), 3, 900_000_000)),
  'shipment-stopped': async (fixture: SagaFixture) => {
    const command = { ...onShipment(await accepted(fixture)), tracking: null };
    const refusal = { kind: 'refused', reason: 'RESERVATION_MISMATCH', detail: 'there is no such stock' };
    fixture.interpose('consumeStock', async () => ({ [command.commandId]: refusal }));
    const id = await run(fixture, 'shipShipments', command);
    fixture.interpose('consumeStock', undefined);
    return id;
  },
  'fault-at-accept': async (fixture: SagaFixture) => {
    const command = onShipment(await approved(fixture));
    return failing(fixture, 'acceptShipment', () => run(fixture, 'acceptShipments', command));
  },
  'fault-after-cancel-claim': async (fixture: SagaFixture) => {
    const command = onOrder(await approved(fixture));
    return failing(fixture, 'releaseRest', () => run(fixture, 'cancelOrders', command));
  },
  'cancel-undone-elsewhere': async (fixture: SagaFixture) => (await undoneLate(fixture)).inSet,
  'undo-goes-on-as-new': undoneAsNew,
  'cancel-undone-late': async (fixture: SagaFixture) => (await undoneLate(fixture)).outside,
  'revision-turned-back-too-late': async (fixture: SagaFixture) => {
    const command = revision(await approved(fixture), 1);
    fixture.interpose('turnRevisionBack', async () => ({ [command.commandId]: { kind: 'unfinished' } }));
    const id = await failing(fixture, 'extendStock', () => run(fixture, 'reviseOrders', command));
    fixture.interpose('turnRevisionBack', undefined);
    return id;
  },
  'revision-cannot-be-turned-back': async (fixture: SagaFixture) => {
    const command = revision(await approved(fixture), 1);
    return failing(fixture, 'turnRevisionBack', () =>
      failing(fixture, 'extendStock', () => run(fixture, 'reviseOrders', command)),
    );
  },
  'fault-after-revision': async (fixture: SagaFixture) => {
    const command = revision(await approved(fixture), 1);
    return failing(fixture, 'shrinkStock', () => run(fixture, 'reviseOrders', command));
  },
};
