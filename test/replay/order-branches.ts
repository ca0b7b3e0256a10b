import { itemAtNodes } from '../support/item-at-nodes';
import { orderOf } from '../support/new-commands';
import { inOneBatch } from '../support/order-changes';
import type { SagaFixture } from '../support/saga-fixture';
import { holdBack } from '../support/saga-sabotage';
import type { Branches } from './branch';
import { answering, failing, faultOf, run, runAgain, runToTheEnd } from './plays';

const good = () => orderOf([['MUG-01', 1]]);
const short = () => orderOf([['MUG-01', 90_000, 1]]);
const poor = () => orderOf([['MUG-01', 1, 9_000_000]]);

const PROVEN = faultOf({ isProvable: true });
const NOT_NOW = new Error('not now');

async function backordered(fixture: SagaFixture) {
  return orderOf([[await itemAtNodes(fixture, { 'wh-north': 1 }, 'unlimited'), 3]]);
}

/** Every branch of new orders in our own stores. */
export const orderBranches = {
  'approved-alone': {
    workflow: 'createOrders',
    shows: /holdCredit.*commitStock.*decideOrder.*"decision":"approved"/s,
    play: (fixture) => run(fixture, good()),
  },
  'approved-together': {
    workflow: 'createOrders',
    shows: /("decision":"approved".*){3}/s,
    play: (fixture) => run(fixture, good(), good(), good()),
  },
  backordered: {
    workflow: 'createOrders',
    shows: /"decision":"backordered"/,
    play: async (fixture) => run(fixture, await backordered(fixture)),
  },
  'refused-at-credit': {
    workflow: 'createOrders',
    shows: /CREDIT_LIMIT_EXCEEDED(?!.*commitStock).*decideOrder.*releaseStock.*releaseCredit.*closeCommands/s,
    play: (fixture) => run(fixture, poor()),
  },
  'refused-at-stock': {
    workflow: 'createOrders',
    shows: /OUT_OF_STOCK.*decideOrder.*releaseStock.*releaseCredit.*closeCommands/s,
    play: (fixture) => run(fixture, short()),
  },
  'some-of-each': {
    workflow: 'createOrders',
    shows: /CREDIT_LIMIT_EXCEEDED.*OUT_OF_STOCK.*"decision":"approved"/s,
    play: (fixture) => run(fixture, good(), short(), poor(), good()),
  },
  'fault-proven-of-one-in-a-batch': {
    workflow: 'createOrders',
    shows: /StepFaulted.*StepFaulted.*PROCESSING_FAILED/s,
    play: (fixture) => {
      const bad = good();
      return failing(fixture, { step: 'commitStock', id: bad.id, error: PROVEN }, () =>
        run(fixture, good(), good(), bad),
      );
    },
  },
  'fault-not-proven-of-one-in-a-batch': {
    workflow: 'createOrders',
    shows: /StepFaulted.*putBeforeOperator.*"decision":"approved"/s,
    play: (fixture) => {
      const bad = good();
      return failing(fixture, { step: 'commitStock', id: bad.id }, () => run(fixture, good(), bad));
    },
  },
  'fault-not-proven-alone': {
    workflow: 'createOrders',
    shows: /StepFaulted.*putBeforeOperator.*WORKFLOW_EXECUTION_FAILED/s,
    play: (fixture) => {
      const bad = good();
      return failing(fixture, { step: 'holdCredit', id: bad.id }, () => run(fixture, bad));
    },
  },
  'fault-proven-at-the-decision': {
    workflow: 'createOrders',
    shows: /decideOrder.*decideOrder.*releaseStock.*PROCESSING_FAILED/s,
    play: (fixture) => {
      const bad = good();
      return failing(fixture, { step: 'decideOrder', id: bad.id, error: PROVEN, times: 1 }, () =>
        run(fixture, bad),
      );
    },
  },
  'compensation-fails-in-a-batch': {
    workflow: 'createOrders',
    shows: /StepFaulted.*handOver.*START_CHILD_WORKFLOW_EXECUTION_INITIATED/s,
    play: (fixture) => {
      const bad = short();
      return failing(fixture, { step: 'releaseCredit', id: bad.id }, () =>
        runToTheEnd(fixture, short(), good(), bad),
      );
    },
  },
  'compensation-fails-alone': {
    workflow: 'createOrders',
    shows: /StepFaulted.*releaseCredit.*putBeforeOperator.*WORKFLOW_EXECUTION_FAILED/s,
    play: (fixture) => {
      const bad = short();
      return failing(fixture, { step: 'releaseStock', id: bad.id }, () => run(fixture, bad));
    },
  },
  'another-workflow-has-it': {
    workflow: 'createOrders',
    shows: /StepFaulted.*handOver(?!.*START_CHILD_WORKFLOW_EXECUTION_INITIATED).*"end":"dropped"/s,
    play: (fixture) => {
      const bad = short();
      return failing(fixture, { step: 'releaseCredit', id: bad.id }, () =>
        answering(fixture, { handOver: [[]] }, () => run(fixture, good(), bad)),
      );
    },
  },
  'decided-by-an-earlier-run': {
    workflow: 'createOrders',
    shows:
      /^(?!.*holdCredit)(?!.*decideOrder).*releaseStock.*releaseCredit.*cancelAtPartners|^(?!.*holdCredit)(?!.*decideOrder).*releaseStock.*releaseCredit.*closeCommands/s,
    play: async (fixture) => {
      const order = short();
      await run(fixture, order);
      return runAgain(fixture, 'createOrders', { ...order, decision: 'rejected' });
    },
  },
  'waits-for-a-server': {
    workflow: 'createOrders',
    shows: /TIMER_STARTED.*"decision":"approved"/s,
    play: (fixture) => {
      const order = good();
      // Beyond two seconds between attempts a timer waits instead of the worker.
      const outage = { step: 'holdCredit', id: order.id, error: NOT_NOW, times: 7 } as const;
      return failing(fixture, outage, () => run(fixture, order));
    },
  },
  'asked-to-cancel': {
    workflow: 'createOrders',
    shows: /CANCEL_REQUESTED.*"decision":"approved"/s,
    play: async (fixture) => {
      const held = holdBack(fixture, 'commitStock');
      const { workflowId, ended } = await inOneBatch(fixture, [good()]);
      await held.begun;
      await fixture.context.temporal.client.workflow.getHandle(workflowId).cancel();
      held.goOn();
      await ended;
      return workflowId;
    },
  },
} as const satisfies Branches;
