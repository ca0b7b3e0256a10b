import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../activities/activities';
import type { CreateOrder } from '../../src/contracts/commands';
import { STEP_FAULTED } from '../../src/contracts/failures';
import { compensationId, confirmationId } from '../../src/contracts/workflow-names';
import type { Order } from '../../src/domain/order/order';
import { sagaId } from '../../src/temporal/saga-starter';
import { onOrder, onShipment, overdue, rowOf, shipmentAt } from '../support/order-changes';
import { confirmed, stocked } from '../support/partner-orders';
import type { SagaFixture } from '../support/saga-fixture';
import { operatorsOf } from '../support/saga-operators';
import { orderOf } from '../support/saga-orders';
import type { BranchName } from './branches';
import { run } from './fulfilment-plays';

/** How partners answer, call after call; the last answer stands for all that follow. */
type Answers = Partial<
  Record<'reserveAtPartner' | 'lookUpAtPartner' | 'cancelAtPartners', readonly Answer[]>
>;
type Answer = object | Error;
type Play = (fixture: SagaFixture) => Promise<string>;

const BOOKED = { kind: 'booked', references: ['one'] };
const TWICE = { kind: 'booked', references: ['one', 'two'] };
const NO = { kind: 'refused', reason: 'NO_CAPACITY' };
const UNKNOWN = { kind: 'unknown', detail: 'no answer' };
const ABSENT = { kind: 'absent' };
const NOT_NOW = new Error('not now');
const FAULT = ApplicationFailure.nonRetryable('a fault', STEP_FAULTED);

const PARTNER_ONLY = { 'pa-lumen': 2 };
const PARTNER_OR_OTHERS = { 'pa-lumen': 2, 'wh-north': 1, 'wh-south': 1 };

async function orderAt(fixture: SagaFixture, counts: Readonly<Record<string, number>>): Promise<CreateOrder> {
  return orderOf([[await stocked(fixture.context.stores, 'A', counts), 2]]);
}

/** Lets partners answer as they are told to, for as long as `during` takes. */
async function answering<T>(fixture: SagaFixture, answers: Answers, during: () => Promise<T>): Promise<T> {
  const steps = Object.entries(answers) as [keyof Activities, readonly Answer[]][];
  for (const [step, all] of steps) {
    let call = 0;
    fixture.interpose(step, async () => {
      const answer = all[Math.min(call++, all.length - 1)];
      if (answer instanceof Error) throw answer;
      return answer;
    });
  }
  try {
    return await during();
  } finally {
    for (const [step] of steps) fixture.interpose(step, undefined);
  }
}

/** Takes an order to its partner and to the end of that workflow. */
function asked(counts: Readonly<Record<string, number>>, answers: Answers): Play {
  return async (fixture) => {
    const order = await orderAt(fixture, counts);
    return answering(fixture, answers, async () => {
      await (await fixture.context.starters.createOrder([order])).outcomes;
      await confirmed(fixture, order.commandId);
      return confirmationId(order.commandId);
    });
  };
}

/** An order whose partner did it twice, and the workflow that cancels one of the two. */
function surplus(cancelling: Answer): Play {
  return async (fixture) => {
    const order = await orderAt(fixture, PARTNER_ONLY);
    const id = compensationId(order.commandId);
    const answers = {
      reserveAtPartner: [TWICE],
      cancelAtPartners: [cancelling instanceof Error ? cancelling : { [order.commandId]: cancelling }],
    };
    return answering(fixture, answers, async () => {
      await (await fixture.context.starters.createOrder([order])).outcomes;
      await confirmed(fixture, order.commandId);
      await fixture.context.temporal.client.workflow.getHandle(id).result();
      return id;
    });
  };
}

/** Changes an order that its partner has agreed to, and waits until what it gives up is cancelled there. */
function changed(change: (fixture: SagaFixture, order: Order) => Promise<string>): Play {
  return async (fixture) => {
    const command = await orderAt(fixture, PARTNER_OR_OTHERS);
    const { commandId } = command;
    const cancelled = { [commandId]: { kind: 'done' } };
    return answering(fixture, { reserveAtPartner: [BOOKED], cancelAtPartners: [cancelled] }, async () => {
      await (await fixture.context.starters.createOrder([command])).outcomes;
      await confirmed(fixture, commandId);
      const workflowId = await change(fixture, await rowOf(fixture, commandId));
      await fixture.context.temporal.client.workflow.getHandle(compensationId(commandId)).result();
      return workflowId;
    });
  };
}

/** As if the order were changed while what it gives up is being cancelled, for so many times. */
function changingMeanwhile(fixture: SagaFixture, id: string, times: number): void {
  let left = times;
  fixture.interpose('cancelAtPartners', async () => {
    if (left-- > 0)
      await fixture.sql(
        `UPDATE orders."order" SET updated_at = updated_at + interval '1 second' WHERE id = $1`,
        [id],
      );
    return { [id]: { kind: 'done' } };
  });
}

const lookedAtAgain = changed(async (fixture, order) => {
  changingMeanwhile(fixture, order.id, 1);
  await run(fixture, 'cancelOrders', onOrder(order));
  return compensationId(order.id);
});

/** More often than one history is to hold, and at the wish of an operator. */
const lookedAtAsNew = changed(async (fixture, order) => {
  const workflowId = compensationId(order.id);
  fixture.interpose('cancelAtPartners', () => Promise.reject(FAULT));
  await run(fixture, 'cancelOrders', onOrder(order));
  await fixture.context.temporal.client.workflow.getHandle(workflowId).result();
  changingMeanwhile(fixture, order.id, 5);
  await operatorsOf(fixture).retry(order.id, 'operator');
  return workflowId;
});

export const partnerPlays = {
  'left-for-partners': async (fixture) => {
    const orders = [await orderAt(fixture, PARTNER_ONLY), orderOf([['MUG-01', 1]])];
    await answering(fixture, { reserveAtPartner: [BOOKED] }, async () => {
      await (await fixture.context.starters.createOrder(orders)).outcomes;
      await confirmed(fixture, orders[0]?.commandId ?? '');
    });
    return sagaId(
      'createOrder',
      orders.map(({ commandId }) => commandId),
    );
  },
  'left-for-partners-before': async (fixture) => {
    const order = await orderAt(fixture, PARTNER_ONLY);
    const { taskQueue } = fixture.settings;
    const before = { command: order, given: {}, done: [], undos: [] };
    // It finds an order that nobody has recorded, and stands still before it says so.
    fixture.interpose('approveOrder', () => Promise.reject(NOT_NOW));
    await fixture.context.temporal.client.workflow.start('confirmWithPartners', {
      workflowId: confirmationId(order.commandId),
      taskQueue,
      args: [before],
    });
    await (await fixture.context.starters.createOrder([order])).outcomes;
    fixture.interpose('approveOrder', undefined);
    return sagaId('createOrder', [order.commandId]);
  },
  'partner-agrees': asked(PARTNER_ONLY, { reserveAtPartner: [BOOKED] }),
  'partner-agrees-unheard': asked(PARTNER_ONLY, { reserveAtPartner: [UNKNOWN], lookUpAtPartner: [BOOKED] }),
  'partner-is-asked-again': asked(PARTNER_ONLY, {
    reserveAtPartner: [NOT_NOW, BOOKED],
    lookUpAtPartner: [ABSENT],
  }),
  'partner-has-cancelled': asked(PARTNER_OR_OTHERS, {
    reserveAtPartner: [UNKNOWN],
    lookUpAtPartner: [{ kind: 'cancelled' }],
  }),
  'partner-refuses': asked(PARTNER_OR_OTHERS, { reserveAtPartner: [NO] }),
  'partner-refuses-for-all': asked(PARTNER_ONLY, { reserveAtPartner: [NO] }),
  'partner-out-of-reach': asked(PARTNER_OR_OTHERS, {
    reserveAtPartner: [UNKNOWN],
    lookUpAtPartner: [NOT_NOW],
  }),
  'partner-does-it-twice': asked(PARTNER_ONLY, { reserveAtPartner: [TWICE] }),
  'partner-cannot-be-told': asked(PARTNER_ONLY, { reserveAtPartner: [NO], cancelAtPartners: [NOT_NOW] }),
  'fault-while-re-sourcing': async (fixture) => {
    fixture.interpose('notePartnerReply', () => Promise.reject(FAULT));
    try {
      return await asked(PARTNER_OR_OTHERS, { reserveAtPartner: [NO] })(fixture);
    } finally {
      fixture.interpose('notePartnerReply', undefined);
    }
  },
  'cancelled-at-a-partner': changed((fixture, order) => run(fixture, 'cancelOrders', onOrder(order))),
  'given-back-by-a-partner': changed((fixture, order) => {
    const units = { lineId: '1', quantity: 2, reason: 'NO_CAPACITY' } as const;
    return run(fixture, 'rejectUnits', { ...onShipment(order), ...units });
  }),
  'overdue-at-a-partner': changed(async (fixture, order) => {
    const command = onShipment(order);
    await overdue(fixture, shipmentAt(order));
    return run(fixture, 'expireShipments', command);
  }),
  'revised-at-a-partner': changed((fixture, order) => {
    const lines = [{ sku: 'MUG-01', quantity: 1, unitPrice: 100 }];
    return run(fixture, 'reviseOrders', { ...onOrder(order), baseVersion: order.version, lines });
  }),
  'bookings-looked-at-again': lookedAtAgain,
  'bookings-looked-at-as-new': lookedAtAsNew,
  'surplus-cancelled': surplus({ kind: 'done' }),
  'surplus-needs-attention': surplus(FAULT),
} satisfies Partial<Record<BranchName, Play>>;
