import type { NewCommand } from '../../src/stores/command-rows';
import {
  acceptOf,
  cancelOf,
  commandOf,
  holdOf,
  orderOf,
  overdueOf,
  rejectOf,
  reviseOf,
  shipOf,
} from '../support/new-commands';
import {
  approved,
  carriedOut,
  given,
  inOneBatch,
  overdue,
  placed,
  rowOf,
  shipmentAt,
} from '../support/order-changes';
import { stocked } from '../support/partner-orders';
import type { SagaFixture } from '../support/saga-fixture';
import type { BranchName } from './branches';
import { ended, failing, fault, type Play, run } from './play';

const good = () => orderOf([['MUG-01', 1]]);
const short = () => orderOf([['MUG-01', 90_000, 1]]);
const poor = () => orderOf([['MUG-01', 1, 9_000_000]]);

/** An order whose workflow stands still before one of its steps until `during` is done. */
async function whileAt(
  fixture: SagaFixture,
  step: 'holdCredit' | 'commitStock',
  during: (order: NewCommand<'create'>, workflowId: string) => Promise<unknown>,
): Promise<string> {
  const order = good();
  let go = (): void => undefined;
  const going = new Promise<void>((resolve) => {
    go = resolve;
  });
  const arrived = new Promise<void>((resolve) => {
    fixture.interpose(step, async (real, input) => {
      resolve();
      await going;
      return real(input);
    });
  });
  const batch = await inOneBatch(fixture, [order]);
  await arrived;
  await during(order, batch.workflowId);
  go();
  await batch.ended;
  fixture.interpose(step, undefined);
  return batch.workflowId;
}

/** Starts the workflow of an order again that is over. */
async function again(fixture: SagaFixture, decision: string | null): Promise<string> {
  const order = good();
  await run(fixture, order);
  const workflowId = `createOrders/${order.id}/again`;
  const { id, subject } = order;
  const member = { id, subject, decision, line: 'again' };
  const start = { workflow: 'createOrders', workflowId, input: { members: [member] } };
  await fixture.context.sagas.startAgain({ ...start, lines: ['again'], subjects: [subject] });
  await ended(fixture, workflowId);
  return workflowId;
}

const createPlays = {
  'approved-alone': (fixture) => run(fixture, good()),
  'approved-together': (fixture) => run(fixture, good(), good(), good()),
  'rejected-at-credit': (fixture) => run(fixture, poor()),
  'rejected-at-stock': (fixture) => run(fixture, short()),
  'some-of-each': (fixture) => run(fixture, good(), short(), poor(), good()),
  'cancelled-meanwhile': (fixture) =>
    whileAt(fixture, 'commitStock', (order) =>
      given(fixture, cancelOf({ id: order.id, customerId: order.wanted.customerId })),
    ),
  'run-again': (fixture) => again(fixture, null),
  'run-again-decided': (fixture) => again(fixture, 'approved'),
  'split-by-a-fault': (fixture) => {
    const bad = good();
    const during = () => run(fixture, good(), good(), bad);
    return failing(fixture, 'commitStock', { ids: [bad.id], error: fault(true) }, during);
  },
  'fault-of-the-decision': async (fixture) => {
    const order = good();
    let calls = 0;
    fixture.interpose('decideOrder', async (decide, input) => {
      calls += 1;
      if (calls === 1) throw fault(true);
      return decide(input);
    });
    const workflowId = await run(fixture, order);
    fixture.interpose('decideOrder', undefined);
    return workflowId;
  },
  'undecided-left-to-an-operator': (fixture) => {
    const bad = good();
    return failing(fixture, 'holdCredit', { ids: [bad.id] }, () => run(fixture, bad));
  },
  'undecided-left-by-a-batch': (fixture) => {
    const bad = good();
    return failing(fixture, 'holdCredit', { ids: [bad.id] }, () => run(fixture, good(), bad));
  },
  'compensation-left-to-an-operator': (fixture) => {
    const bad = short();
    return failing(fixture, 'releaseStock', { ids: [bad.id] }, () => run(fixture, bad));
  },
  'compensation-leaves-its-batch': (fixture) => {
    const bad = short();
    return failing(fixture, 'releaseStock', { ids: [bad.id] }, async () => {
      const workflowId = await run(fixture, short(), good(), bad);
      await ended(fixture, `createOrders/${bad.id}/${bad.id}`);
      return workflowId;
    });
  },
  'waits-for-a-store': async (fixture) => {
    let attempts = 0;
    fixture.interpose('holdCredit', async (hold, input) => {
      attempts += 1;
      // Past two seconds between attempts a timer waits, not the worker.
      if (attempts <= 7) throw new Error('not now');
      return hold(input);
    });
    const workflowId = await run(fixture, good());
    fixture.interpose('holdCredit', undefined);
    return workflowId;
  },
  'asked-to-cancel': (fixture) =>
    whileAt(fixture, 'holdCredit', (_, workflowId) =>
      fixture.context.temporal.client.workflow.getHandle(workflowId).cancel(),
    ),
} satisfies Partial<Record<BranchName, Play>>;

const changePlays = {
  cancelled: async (fixture) => run(fixture, cancelOf(await approved(fixture))),
  'cancel-left-to-an-operator': async (fixture) => {
    const order = await approved(fixture);
    return failing(fixture, 'releaseRest', { ids: [order.id, 'cmd_'] }, () => run(fixture, cancelOf(order)));
  },
  revised: async (fixture) => {
    const order = await approved(fixture);
    const lines = [{ lineId: '1', sku: 'MUG-01', quantity: 3, unitPrice: 1_200 }];
    return run(fixture, reviseOf(order, lines));
  },
  'turned-back-at-credit': async (fixture) => {
    const order = await approved(fixture);
    return run(fixture, reviseOf(order, [{ lineId: '1', sku: 'MUG-01', quantity: 2, unitPrice: 9_000_000 }]));
  },
  'turned-back-at-stock': async (fixture) => {
    const order = await approved(fixture);
    return run(fixture, reviseOf(order, [{ lineId: '1', sku: 'MUG-01', quantity: 90_000, unitPrice: 1 }]));
  },
  'units-found-elsewhere': async (fixture) => {
    const order = await approved(fixture);
    const units = { lineId: '1', quantity: 1, reason: 'NO_CAPACITY' } as const;
    return run(fixture, rejectOf(order, shipmentAt(order), units));
  },
  'units-found-nowhere': async (fixture) => {
    const order = await placed(
      fixture,
      orderOf([[await stocked(fixture.context.stores, 'A', { 'wh-north': 2 }), 2]]),
    );
    const units = { lineId: '1', quantity: 1, reason: 'NO_CAPACITY' } as const;
    return run(fixture, rejectOf(order, shipmentAt(order), units));
  },
  'shipment-overdue': async (fixture) => {
    const order = await approved(fixture);
    await overdue(fixture, shipmentAt(order));
    const late = await rowOf(fixture, order.id);
    return run(fixture, overdueOf(late, shipmentAt(late)));
  },
  shipped: async (fixture) => {
    const order = await accepted(fixture);
    return run(fixture, shipOf(order, shipmentAt(order)));
  },
  'shipping-left-to-an-operator': async (fixture) => (await stuckShipping(fixture)).workflowId,
  'resolved-by-hand': async (fixture) => {
    const { command } = await stuckShipping(fixture);
    return run(fixture, resolveOf(command));
  },
  'resolved-against': async (fixture) => {
    const order = good();
    await failing(fixture, 'holdCredit', { ids: [order.id] }, () => run(fixture, order));
    return run(fixture, resolveOf(order));
  },
} satisfies Partial<Record<BranchName, Play>>;

function resolveOf({ id, subject }: Pick<NewCommand, 'id' | 'subject'>): NewCommand<'resolve'> {
  return commandOf('resolve', subject, { target: id, note: 'put right by hand' });
}

async function accepted(fixture: SagaFixture) {
  const order = await approved(fixture);
  await carriedOut(fixture, acceptOf(order, shipmentAt(order)));
  return rowOf(fixture, order.id);
}

async function stuckShipping(fixture: SagaFixture) {
  const order = await accepted(fixture);
  const command = shipOf(order, shipmentAt(order));
  const workflowId = await failing(fixture, 'consumeStock', { ids: [command.id] }, () =>
    run(fixture, command),
  );
  return { command, workflowId };
}

async function reserve(fixture: SagaFixture, ...holds: ReturnType<typeof holdOf>[]): Promise<string> {
  const workflowId = `reserveInventory/${holds[0]?.commandId}/play`;
  await fixture.context.temporal.client.workflow.execute('reserveInventory', {
    taskQueue: fixture.settings.taskQueue,
    workflowId,
    args: [holds],
  });
  return workflowId;
}

const reservationPlays = {
  held: (fixture) => reserve(fixture, holdOf([['MUG-02', 1]])),
  'not-held': (fixture) => reserve(fixture, holdOf([['MUG-02', 90_000]])),
  'fault-of-one-hold-in-a-batch': (fixture) => {
    const bad = holdOf([['MUG-02', 1]]);
    return failing(fixture, 'holdStock', { ids: [bad.commandId] }, () =>
      reserve(fixture, holdOf([['MUG-02', 1]]), bad),
    );
  },
} satisfies Partial<Record<BranchName, Play>>;

export const orderPlays = { ...createPlays, ...changePlays, ...reservationPlays };
