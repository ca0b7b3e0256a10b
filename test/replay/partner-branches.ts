import { ownIdOf } from '../../src/contracts/saga';
import type { Order } from '../../src/domain/order/order';
import type { NewCommand } from '../../src/stores/orders/command-rows';
import { cancelOf, orderOf, rejectOf, reviseOf } from '../support/new-commands';
import { placed, shipmentAt } from '../support/order-changes';
import { stocked } from '../support/partner-orders';
import type { SagaFixture } from '../support/saga-fixture';
import type { Branches, Play } from './branch';
import { type Answer, answering, FAULT, run, runAgain, runToTheEnd } from './plays';

type Answers = Parameters<typeof answering>[1];

const BOOKED = { kind: 'booked', references: ['one'] };
const TWICE = { kind: 'booked', references: ['one', 'two'] };
const NO = { kind: 'refused', reason: 'NO_STOCK' };
const UNKNOWN = { kind: 'unknown', detail: 'no answer' };
const ABSENT = { kind: 'absent' };
const NOT_NOW = new Error('not now');
const CANCELLED: readonly Answer[] = [{}];

const PARTNER_ONLY = { 'pa-lumen': 2 };
const PARTNER_OR_OTHERS = { 'pa-lumen': 2, 'wh-north': 1, 'wh-south': 1 };

async function orderAt(
  fixture: SagaFixture,
  counts: Readonly<Record<string, number>>,
): Promise<NewCommand<'create'>> {
  return orderOf([[await stocked(fixture.context.stores, 'A', counts), 2]]);
}

/** Returns a play of an order at its partner, which gives these answers. */
function asked(counts: Readonly<Record<string, number>>, answers: Answers): Play {
  return async (fixture) => {
    const order = await orderAt(fixture, counts);
    return answering(fixture, { cancelAtPartners: CANCELLED, ...answers }, () => run(fixture, order));
  };
}

/** Returns a play that changes an order which its partner has confirmed. */
function changed(change: (order: Order) => NewCommand, cancelling = CANCELLED): Play {
  return async (fixture) => {
    const create = await orderAt(fixture, PARTNER_OR_OTHERS);
    return answering(fixture, { reserveAtPartner: [BOOKED], cancelAtPartners: cancelling }, async () =>
      run(fixture, change(await placed(fixture, create))),
    );
  };
}

/** Every branch of orders with third parties. */
export const partnerBranches = {
  'left-for-partners': {
    workflow: 'createOrders',
    shows: /handOver.*START_CHILD_WORKFLOW_EXECUTION_INITIATED.*"decision":"approved"/s,
    play: async (fixture) => {
      const order = await orderAt(fixture, PARTNER_ONLY);
      return answering(fixture, { reserveAtPartner: [BOOKED] }, () =>
        runToTheEnd(fixture, order, orderOf([['MUG-01', 1]])),
      );
    },
  },
  'left-for-partners-before': {
    workflow: 'createOrders',
    shows: /handOver.*START_CHILD_WORKFLOW_EXECUTION_FAILED/s,
    play: async (fixture) => {
      const order = await orderAt(fixture, PARTNER_ONLY);
      let goOn = () => {};
      const held = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      fixture.interpose('reserveAtPartner', async () => {
        await held;
        return BOOKED;
      });
      // An earlier run detached the order and was lost before it could say so.
      fixture.interpose('handOver', async (handOver, input) => {
        const answer = await handOver(input);
        void runAgain(fixture, 'createOrders', { ...order, decision: null });
        return answer;
      });
      const workflowId = await run(fixture, order, orderOf([['MUG-01', 1]]));
      goOn();
      fixture.interpose('handOver', undefined);
      await fixture.context.temporal.client.workflow.getHandle(ownIdOf('createOrders', order)).result();
      fixture.interpose('reserveAtPartner', undefined);
      return workflowId;
    },
  },
  'partner-agrees': {
    workflow: 'createOrders',
    shows: /askPartners.*"kind":"booked".*notePartnerReply.*decideOrder.*"decision":"approved"/s,
    play: asked(PARTNER_ONLY, { reserveAtPartner: [BOOKED] }),
  },
  'partner-agrees-unheard': {
    workflow: 'createOrders',
    shows: /"kind":"unknown".*lookUpAtPartner.*"kind":"booked".*"decision":"approved"/s,
    play: asked(PARTNER_ONLY, { reserveAtPartner: [UNKNOWN], lookUpAtPartner: [BOOKED] }),
  },
  'partner-is-asked-again': {
    workflow: 'createOrders',
    shows: /ACTIVITY_TASK_FAILED.*"kind":"absent".*TIMER_FIRED.*"kind":"booked".*"decision":"approved"/s,
    play: asked(PARTNER_ONLY, { reserveAtPartner: [NOT_NOW, BOOKED], lookUpAtPartner: [ABSENT] }),
  },
  'partner-has-cancelled': {
    workflow: 'createOrders',
    shows: /"kind":"cancelled".*notePartnerReply.*"decision":"approved"/s,
    play: asked(PARTNER_OR_OTHERS, {
      reserveAtPartner: [UNKNOWN],
      lookUpAtPartner: [{ kind: 'cancelled' }],
    }),
  },
  'partner-refuses': {
    workflow: 'createOrders',
    shows: /"kind":"refused".*notePartnerReply.*"decision":"approved".*cancelAtPartners.*closeCommands/s,
    play: asked(PARTNER_OR_OTHERS, { reserveAtPartner: [NO] }),
  },
  'partner-refuses-for-all': {
    workflow: 'createOrders',
    shows: /"decision":"rejected".*releaseStock.*releaseCredit.*cancelAtPartners.*closeCommands/s,
    play: asked(PARTNER_ONLY, { reserveAtPartner: [NO] }),
  },
  'partner-out-of-reach': {
    workflow: 'createOrders',
    shows: /lookUpAtPartner.*not now.*notePartnerReply.*"decision":"approved".*cancelAtPartners/s,
    play: asked(PARTNER_OR_OTHERS, { reserveAtPartner: [UNKNOWN], lookUpAtPartner: [NOT_NOW] }),
  },
  'partner-does-it-twice': {
    workflow: 'createOrders',
    shows: /"references":\["one","two"\].*"decision":"approved".*cancelAtPartners/s,
    play: asked(PARTNER_ONLY, { reserveAtPartner: [TWICE] }),
  },
  'partner-cannot-be-told': {
    workflow: 'createOrders',
    shows: /cancelAtPartners.*ACTIVITY_TASK_FAILED.*putBeforeOperator.*WORKFLOW_EXECUTION_FAILED/s,
    play: asked(PARTNER_ONLY, { reserveAtPartner: [NO], cancelAtPartners: [FAULT] }),
  },
  'fault-at-a-partners-reply': {
    workflow: 'createOrders',
    shows: /StepFaulted.*putBeforeOperator.*needs a person\. Left to do: Confirm at partners/s,
    play: asked(PARTNER_OR_OTHERS, { reserveAtPartner: [NO], notePartnerReply: [FAULT] }),
  },
  'cancelled-at-a-partner': {
    workflow: 'cancelOrders',
    shows: /hasSurplus.*cancelAtPartners.*closeCommands/s,
    play: changed((order) => cancelOf(order)),
  },
  'cancelled-at-partners-together': {
    workflow: 'cancelOrders',
    shows: /hasSurplus.*handOver.*START_CHILD_WORKFLOW_EXECUTION_INITIATED/s,
    play: async (fixture) => {
      const orders = [await orderAt(fixture, PARTNER_ONLY), await orderAt(fixture, PARTNER_ONLY)];
      return answering(fixture, { reserveAtPartner: [BOOKED], cancelAtPartners: CANCELLED }, async () => {
        const cancels = [];
        for (const order of orders) cancels.push(cancelOf(await placed(fixture, order)));
        return runToTheEnd(fixture, ...cancels);
      });
    },
  },
  'given-back-by-a-partner': {
    workflow: 'rejectUnits',
    shows: /hasSurplus.*cancelAtPartners.*closeCommands/s,
    play: changed((order) =>
      rejectOf(order, shipmentAt(order), { lineId: '1', quantity: 2, reason: 'NO_CAPACITY' }),
    ),
  },
  'revised-at-a-partner': {
    workflow: 'reviseOrders',
    shows: /hasSurplus.*cancelAtPartners.*closeCommands/s,
    play: changed((order) => reviseOf(order, [{ sku: 'MUG-01', quantity: 1, unitPrice: 100 }])),
  },
} as const satisfies Branches;
