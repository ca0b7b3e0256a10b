import { ApplicationFailure } from '@temporalio/common';
import { createActivities } from '../../activities/activities';
import type { CreateOrder, FinishCompensation } from '../../src/contracts/commands';
import { STEP_FAULTED, STEP_KEEPS_TIMING_OUT } from '../../src/contracts/failures';
import { compensationId } from '../../src/contracts/workflow-names';
import { sagaId } from '../../src/temporal/saga-starter';
import { eventually, type SagaFixture } from '../support/saga-fixture';
import { operatorsOf } from '../support/saga-operators';
import { holdOf, orderOf } from '../support/saga-orders';
import type { BranchName } from './branches';
import { fulfilmentPlays } from './fulfilment-plays';
import { partnerPlays } from './partner-plays';
import { tripPlays } from './trip-plays';

/** Takes a workflow down one branch on real servers, and says the id of the one that took it. */
type Play = (fixture: SagaFixture) => Promise<string>;

const good = () => orderOf([['MUG-01', 1]]);
const short = () => orderOf([['MUG-01', 90_000, 1]]);
const poor = () => orderOf([['MUG-01', 1, 9_000_000]]);

const faulted = ApplicationFailure.nonRetryable('a fault', STEP_FAULTED);

async function run({ context }: SagaFixture, ...orders: CreateOrder[]): Promise<string> {
  await (await context.starters.createOrder(orders)).outcomes;
  return sagaId(
    'createOrder',
    orders.map(({ commandId }) => commandId),
  );
}

/** Lets a step fail for whatever set holds one of these commands, for as long as `during` takes. */
async function failing<T>(
  fixture: SagaFixture,
  step: Parameters<SagaFixture['interpose']>[0],
  commandIds: readonly string[],
  during: () => Promise<T>,
  error: unknown = faulted,
): Promise<T> {
  fixture.interpose(step, async (real, input) => {
    if (commandIds.some((id) => JSON.stringify(input).includes(id))) throw error;
    return real(input);
  });
  try {
    return await during();
  } finally {
    fixture.interpose(step, undefined);
  }
}

async function compensated(fixture: SagaFixture, { commandId }: CreateOrder): Promise<string> {
  await fixture.context.temporal.client.workflow.getHandle(compensationId(commandId)).result();
  return compensationId(commandId);
}

/** An order whose credit could not be released, in the set and outside of it. */
async function stuck(fixture: SagaFixture): Promise<CreateOrder> {
  const order = short();
  await failing(fixture, 'releaseCredit', [order.commandId], async () => {
    await run(fixture, order);
    await compensated(fixture, order);
  });
  return order;
}

function reclaiming(
  order: CreateOrder,
  remaining: readonly string[] = ['releaseStock', 'releaseCredit'],
): FinishCompensation {
  const { commandId, caller, correlation, customerId, lines } = order;
  return { commandId, caller, correlation, customerId, lines, reason: 'RECLAIMED', undone: [], remaining };
}

const orderPlays = {
  'approved-alone': (fixture) => run(fixture, good()),
  'approved-together': (fixture) => run(fixture, good(), good(), good()),
  'refused-at-record': async (fixture) => {
    const first = good();
    await run(fixture, first);
    return run(fixture, { ...good(), idempotencyKey: first.idempotencyKey });
  },
  'refused-at-credit': (fixture) => run(fixture, poor()),
  'refused-at-stock': (fixture) => run(fixture, short()),
  'refused-at-the-pivot': async (fixture) => {
    const order = good();
    const undo = { command: order, reason: 'RECLAIMED', undone: [], remaining: [] } as const;
    fixture.interpose('approveOrder', async (approve, input) => {
      await createActivities(fixture.context.stores, fixture.context.parties).rejectOrder({
        members: [undo],
      });
      return approve(input);
    });
    const id = await run(fixture, order);
    fixture.interpose('approveOrder', undefined);
    return id;
  },
  'some-of-each': (fixture) => run(fixture, good(), short(), poor(), good()),
  'owned-elsewhere': async (fixture) => {
    const order = good();
    await run(fixture, order);
    return run(fixture, order, good());
  },
  'fault-at-record': (fixture) => {
    const order = good();
    return failing(fixture, 'recordOrder', [order.commandId], () => run(fixture, order));
  },
  'fault-of-one-in-a-set': (fixture) => {
    const bad = good();
    return failing(fixture, 'commitStock', [bad.commandId], () => run(fixture, good(), good(), bad));
  },
  'timeouts-of-one-in-a-set': (fixture) => {
    const bad = good();
    const error = ApplicationFailure.nonRetryable('too slow', STEP_KEEPS_TIMING_OUT);
    return failing(fixture, 'holdCredit', [bad.commandId], () => run(fixture, good(), bad), error);
  },
  'fault-at-the-pivot': (fixture) => {
    const bad = good();
    return failing(fixture, 'approveOrder', [bad.commandId], async () => {
      const id = await run(fixture, good(), bad);
      await compensated(fixture, bad);
      return id;
    });
  },
  'undo-fails-for-one-in-a-set': (fixture) => {
    const bad = short();
    return failing(fixture, 'releaseCredit', [bad.commandId], () => run(fixture, short(), good(), bad));
  },
  'undo-does-not-succeed-soon': (fixture) => {
    const order = short();
    const error = new Error('not now');
    return failing(fixture, 'releaseCredit', [order.commandId], () => run(fixture, order), error);
  },
  'undo-is-taken-care-of-already': async (fixture) => {
    const order = short();
    // Whoever took the saga for dead is at it, and does not get on either.
    fixture.interpose('settleCompensation', () => Promise.reject(new Error('not now')));
    await fixture.context.starters.finishCompensation(reclaiming(order, []));
    return failing(fixture, 'releaseCredit', [order.commandId], async () => {
      const id = await run(fixture, order);
      fixture.interpose('settleCompensation', undefined);
      return id;
    });
  },
  'waits-for-a-server': async (fixture) => {
    const order = good();
    let attempts = 0;
    fixture.interpose('holdCredit', async (hold, input) => {
      attempts += 1;
      // Past two seconds between attempts a timer waits, not the worker.
      if (attempts <= 7) throw new Error('not now');
      return hold(input);
    });
    const id = await run(fixture, order);
    fixture.interpose('holdCredit', undefined);
    return id;
  },
  'asked-to-cancel': async (fixture) => {
    const order = good();
    const unlock = await fixture.locked(`SELECT 1 FROM inventory.stock WHERE sku = 'MUG-01' FOR UPDATE`);
    const saga = await fixture.context.starters.createOrder([order]);
    const id = sagaId('createOrder', [order.commandId]);
    await fixture.context.temporal.client.workflow.getHandle(id).cancel();
    await unlock();
    await saga.outcomes;
    return id;
  },
} satisfies Partial<Record<BranchName, Play>>;

const compensationPlays = {
  'undos-finished': async (fixture) => {
    const order = short();
    await failing(
      fixture,
      'releaseCredit',
      [order.commandId],
      () => run(fixture, order),
      new Error('not now'),
    );
    return compensated(fixture, order);
  },
  'undos-need-attention': async (fixture) => compensationId((await stuck(fixture)).commandId),
  'undos-retried': async (fixture) => {
    const order = await stuck(fixture);
    await operatorsOf(fixture).retry(order.commandId, 'operator');
    return compensated(fixture, order);
  },
  'undos-come-too-late': async (fixture) => {
    const order = good();
    await run(fixture, order);
    await fixture.context.starters.finishCompensation(reclaiming(order));
    return compensated(fixture, order);
  },
  'lost-order-reclaimed': async (fixture) => {
    const order = good();
    const unlock = await fixture.locked(`SELECT 1 FROM inventory.stock WHERE sku = 'MUG-01' FOR UPDATE`);
    const { outcomes } = await fixture.context.starters.createOrder([order]);
    outcomes.catch(() => undefined);
    const { workflow } = fixture.context.temporal.client;
    await eventually(async () => {
      if (!(await fixture.context.stores.ordersReads.order(order.commandId))) throw new Error('not recorded');
    });
    await workflow.getHandle(sagaId('createOrder', [order.commandId])).terminate('a test');
    await fixture.context.starters.finishCompensation(reclaiming(order));
    await eventually(async () => {
      if ((await fixture.context.stores.ordersReads.order(order.commandId))?.status !== 'REJECTED')
        throw new Error('not sealed');
    });
    await unlock();
    return compensated(fixture, order);
  },
} satisfies Partial<Record<BranchName, Play>>;

async function reserve(fixture: SagaFixture, ...holds: ReturnType<typeof holdOf>[]): Promise<string> {
  await (await fixture.context.starters.reserveInventory(holds)).outcomes;
  return sagaId(
    'reserveInventory',
    holds.map(({ commandId }) => commandId),
  );
}

const reservationPlays = {
  held: (fixture) => reserve(fixture, holdOf([['MUG-02', 1]])),
  'not-held': (fixture) => reserve(fixture, holdOf([['MUG-02', 90_000]])),
  'fault-of-one-hold-in-a-set': (fixture) => {
    const bad = holdOf([['MUG-02', 1]]);
    return failing(fixture, 'holdStock', [bad.commandId], () =>
      reserve(fixture, holdOf([['MUG-02', 1]]), bad),
    );
  },
} satisfies Partial<Record<BranchName, Play>>;

export const PLAYS: Readonly<Record<BranchName, Play>> = {
  ...orderPlays,
  ...compensationPlays,
  ...fulfilmentPlays,
  ...partnerPlays,
  ...reservationPlays,
  ...tripPlays,
};
