import { ApplicationFailure, Context } from '@temporalio/activity';
import type { Activities } from '../../activities/activities';
import type { Order } from '../../src/domain/order/order';
import { dueShipmentsWatch } from '../../src/intake/due-shipments-watch';
import { lostChangesWatch } from '../../src/intake/lost-changes-watch';
import { takenOrdersWatch } from '../../src/intake/taken-orders-watch';
import { sagaId } from '../../src/temporal/saga-starter';
import { sagaWitness } from '../../src/temporal/saga-witness';
import { auditedClose } from '../support/audited-close';
import { itemAtNodes } from '../support/item-at-nodes';
import { onOrder, onShipment, overdue, placed, rowOf, shipmentAt, shipped } from '../support/order-changes';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { orderOf } from '../support/saga-orders';

let fixture: SagaFixture;
interface Hold {
  readonly begin: () => void;
  /** Of the workflow that was lost. */
  runId?: string | undefined;
}

/** By step and order. */
const held = new Map<string, Hold>();
/** Rejects once all is over: till then what is lost is neither taken nor refused. */
let end: () => void = () => undefined;
const over = new Promise<never>((_, reject) => {
  end = () => reject(ApplicationFailure.nonRetryable('lost with its workflow'));
});
over.catch(() => undefined);

beforeAll(async () => {
  fixture = await openSagaFixture({ deadlines: { captureSeconds: 1 } });
});
afterAll(async () => {
  end();
  expect(await auditedClose(fixture)).toEqual([]);
});

type Start = (order: Order) => Promise<{ readonly workflow: string; readonly commandId: string }>;

/** Starts a saga with one command. */
function saga<C extends { readonly commandId: string }>(
  workflow: string,
  start: (commands: readonly C[]) => Promise<unknown>,
  commandOf: (order: Order) => C | Promise<C>,
): Start {
  return async (order) => {
    const command = await commandOf(order);
    const started = (await start([command])) as { outcomes: Promise<unknown> } | undefined;
    started?.outcomes.catch(() => undefined);
    return { workflow, commandId: command.commandId };
  };
}

const to = (quantity: number, unitPrice: number) => (order: Order) => {
  const { sku = '' } = order.lines[0] ?? {};
  const lines = [{ lineId: '1', sku, quantity, unitPrice }];
  return { ...onOrder(order), baseVersion: order.version, lines };
};

const DAMAGED = { lineId: '1', quantity: 1, reason: 'DAMAGED' } as const;

/** Every saga on an approved order, the step that it never came to, and where the order ends all the same. */
function cases(): readonly (readonly [
  name: string,
  step: keyof Activities,
  prepare: (order: Order) => Promise<Order>,
  start: Start,
  end: object,
])[] {
  const { starters } = fixture.context;
  const asIs = async (order: Order) => order;
  const accept = async (order: Order) => {
    await (await starters.acceptShipments([onShipment(order)])).outcomes;
    return rowOf(fixture, order.id);
  };
  const cancel = saga('cancelOrders', starters.cancelOrders, (order) => onOrder(order));
  const ship = saga('shipShipments', starters.shipShipments, (order) => ({
    ...onShipment(order),
    tracking: 'T',
  }));
  const rejection = saga('rejectUnits', starters.rejectUnits, (order) => ({
    ...onShipment(order),
    ...DAMAGED,
  }));
  const revise = (quantity: number, unitPrice = 100) =>
    saga('reviseOrders', starters.reviseOrders, to(quantity, unitPrice));
  const replaced = { status: 'APPROVED', lines: [{ refusals: 1, committed: [] }], total: 200 };
  return [
    ['cancel, unrecorded', 'claimCancel', asIs, cancel, { status: 'CANCELLED' }],
    ['cancel', 'releaseRest', asIs, cancel, { status: 'CANCELLED' }],
    ['cancel, all but over', 'finishCancel', asIs, cancel, { status: 'CANCELLED' }],
    ['revise, unrecorded', 'claimRevision', asIs, revise(1), { version: 2, total: 100 }],
    ['revise before its pivot', 'extendStock', asIs, revise(3), { version: 2, total: 300 }],
    ['revise at its pivot', 'applyRevision', asIs, revise(3), { version: 2, total: 300 }],
    ['revise after its pivot', 'shrinkStock', asIs, revise(1), { version: 2, total: 100 }],
    [
      'revise, going back',
      'revokeIncrease',
      asIs,
      revise(90),
      { version: 1, lastCommand: { outcome: 'refused' } },
    ],
    [
      'revise, all but back',
      'failRevision',
      asIs,
      revise(90),
      { version: 1, lastCommand: { outcome: 'refused' } },
    ],
    ['reject, unrecorded', 'claimRejection', asIs, rejection, replaced],
    ['reject', 'replaceUnits', asIs, rejection, replaced],
    ['reject, found', 'settleRejection', asIs, rejection, replaced],
    [
      'expire',
      'replaceUnits',
      async (order) => {
        await overdue(fixture, shipmentAt(order));
        return order;
      },
      saga('expireShipments', starters.expireShipments, (order) =>
        onShipment(order, 0, `${shipmentAt(order).id}/overdue/2026-01-01T00:00:00.000Z`),
      ),
      replaced,
    ],
    ['ship, unrecorded', 'shipShipment', accept, ship, { status: 'SHIPPED', payment: 'captured' }],
    ['ship', 'consumeStock', accept, ship, { status: 'SHIPPED', payment: 'captured' }],
    ['ship, captured', 'recordCaptured', accept, ship, { status: 'SHIPPED', payment: 'captured' }],
    [
      'accept',
      'acceptShipment',
      asIs,
      saga('acceptShipments', starters.acceptShipments, (order) => onShipment(order)),
      { shipments: [{ state: 'ACCEPTED' }] },
    ],
    [
      'deliver',
      'deliverShipment',
      (order) => shipped(fixture, order),
      saga('deliverShipments', starters.deliverShipments, (order) => onShipment(order)),
      { status: 'DELIVERED' },
    ],
  ];
}

/** Has a saga come to a step for an order, and terminates it. Its worker, which hears of that later, never takes it. */
async function terminated(step: keyof Activities, order: Order, start: Start): Promise<void> {
  const key = `${step}/${order.id}`;
  const begun = new Promise<void>((begin) => held.set(key, { begin }));
  fixture.interpose(step, (run, input) => {
    const { runId } = Context.current().info.workflowExecution ?? {};
    const text = JSON.stringify(input);
    const hold = [...held].find(
      ([of]) => of.startsWith(`${step}/`) && text.includes(of.slice(step.length + 1)),
    );
    if (!hold || (hold[1].runId ?? runId) !== runId) return run(input);
    hold[1].runId = runId;
    hold[1].begin();
    return over;
  });
  const { workflow, commandId } = await start(order);
  await begun;
  await fixture.context.temporal.client.workflow.getHandle(sagaId(workflow, [commandId])).terminate('a test');
}

async function look(orderIds: readonly string[]): Promise<void> {
  const { stores, starters, temporal, settings } = fixture.context;
  const { ordersReads: reads } = stores;
  await fixture.sql(
    `UPDATE orders."order" SET updated_at = updated_at - interval '31 s' WHERE id = ANY($1) AND pending IS NOT NULL`,
    [orderIds],
  );
  await takenOrdersWatch(reads, fixture.intakes).look();
  await dueShipmentsWatch({
    reads,
    expire: starters.expireShipments,
    resume: starters.resumeShipments,
  }).look();
  await lostChangesWatch({
    unrecorded: fixture.context.stores.unrecorded,
    reads,
    witness: sagaWitness(temporal.client, settings.taskQueue),
    intakes: fixture.intakes,
  }).look();
}

test('whatever saga of an approved order is terminated, wherever it is: its command is carried out all the same', async () => {
  const lost = await Promise.all(
    cases().map(async ([name, step, prepare, start, end]) => {
      const sku = await itemAtNodes(fixture, { 'wh-north': 3, 'wh-south': 3 });
      const order = await prepare(await placed(fixture, orderOf([[sku, 2]], { customerId: sku })));
      await terminated(step, order, start);
      return { name, id: order.id, end };
    }),
  );
  const ids = lost.map(({ id }) => id);
  await eventually(async () => {
    await look(ids);
    for (const { name, id, end } of lost)
      expect({ name, ...(await rowOf(fixture, id)) }).toMatchObject({ name, ...end, pending: null });
  });
});

test('who was away for long finds what was lost meanwhile, and reads of each saga once what it carried', async () => {
  const sku = await itemAtNodes(fixture, { 'wh-north': 3 });
  const order = await placed(fixture, orderOf([[sku, 2]], { customerId: sku }));
  const { stores, starters, temporal, settings } = fixture.context;
  const command = onOrder(order);
  await terminated(
    'claimCancel',
    order,
    saga('cancelOrders', starters.cancelOrders, () => command),
  );
  const dead = `WorkflowId = '${sagaId('cancelOrders', [command.commandId])}' AND ExecutionStatus = 'Terminated'`;
  await eventually(async () =>
    expect(await temporal.client.workflow.count(dead)).toMatchObject({ count: 1 }),
  );
  const reads = jest.spyOn(temporal.client.connection.workflowService, 'getWorkflowExecutionHistory');
  const watch = lostChangesWatch({
    unrecorded: fixture.context.stores.unrecorded,
    reads: stores.ordersReads,
    witness: sagaWitness(temporal.client, settings.taskQueue),
    intakes: fixture.intakes,
  });
  const aWeekLater = Date.now() + 7 * 24 * 60 * 60_000;
  const clock = jest.spyOn(Date, 'now').mockReturnValue(aWeekLater);
  await watch.look().finally(() => clock.mockRestore());
  await eventually(async () => expect(await rowOf(fixture, order.id)).toMatchObject({ status: 'CANCELLED' }));
  await watch.look();
  // A starter asks for the end of its saga in the same way, but not for one event.
  const inputsRead = () => reads.mock.calls.filter(([asked]) => asked.maximumPageSize === 1).length;
  const before = inputsRead();
  expect(before).toBeGreaterThan(0);
  await watch.look();
  expect(inputsRead()).toBe(before);
  reads.mockRestore();
});
