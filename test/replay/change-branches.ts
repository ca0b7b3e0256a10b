import type { Order } from '../../src/domain/order/order';
import type { NewCommand } from '../../src/stores/orders/command-rows';
import { itemAtNodes } from '../support/item-at-nodes';
import {
  acceptOf,
  cancelOf,
  commandOf,
  holdOf,
  orderOf,
  overdueOf,
  randomId,
  rejectOf,
  returnOf,
  reviseOf,
  shipOf,
} from '../support/new-commands';
import { approved, carriedOut, overdue, placed, rowOf, shipmentAt } from '../support/order-changes';
import type { SagaFixture } from '../support/saga-fixture';
import type { Branches, Play } from './branch';
import { failing, faultOf, run, runAgain } from './plays';

function resized({ lines, ...order }: Order, quantity: number, unitPrice = 100): NewCommand<'revise'> {
  return reviseOf(
    order,
    lines.map(({ lineId, sku }) => ({ lineId, sku, quantity, unitPrice })),
  );
}

function givenBack(order: Order): NewCommand<'reject'> {
  return rejectOf(order, shipmentAt(order), { lineId: '1', quantity: 1, reason: 'MISMATCH' });
}

async function accepted(fixture: SagaFixture): Promise<Order> {
  const order = await approved(fixture);
  await carriedOut(fixture, acceptOf(order, shipmentAt(order)));
  return rowOf(fixture, order.id);
}

async function shipping(fixture: SagaFixture): Promise<NewCommand<'ship'>> {
  const order = await accepted(fixture);
  return shipOf(order, shipmentAt(order), { tracking: 'T-1' });
}

async function returning(fixture: SagaFixture): Promise<NewCommand<'return'>> {
  const command = await shipping(fixture);
  await carriedOut(fixture, command);
  const order = await rowOf(fixture, command.subject);
  return returnOf(order, [{ lineId: '1', quantity: 1, condition: 'DAMAGED' }]);
}

async function passed(fixture: SagaFixture): Promise<NewCommand<'reject'>> {
  const order = await approved(fixture);
  await overdue(fixture, shipmentAt(order));
  return overdueOf(order, shipmentAt(await rowOf(fixture, order.id)));
}

function resolving({ id, subject }: NewCommand): NewCommand<'resolve'> {
  return commandOf('resolve', subject, { target: id, note: 'put right by hand' });
}

/** Returns a play in which a step fails for a command until an operator resolves it. */
function resolved(
  step: 'commitStock' | 'releaseRest',
  command: (fixture: SagaFixture) => Promise<NewCommand>,
): Play {
  return async (fixture) => {
    const target = await command(fixture);
    await failing(fixture, { step, id: target.id }, () => run(fixture, target));
    return run(fixture, resolving(target));
  };
}

/** Every branch of commands on orders in our own stores. */
export const changeBranches = {
  cancelled: {
    workflow: 'cancelOrders',
    shows: /releaseRest.*decreaseCredit.*freeCancelled/s,
    play: async (fixture) => run(fixture, cancelOf(await approved(fixture))),
  },
  'cancelled-together': {
    workflow: 'cancelOrders',
    shows: /("decision":"cancelled".*){2}/s,
    play: async (fixture) =>
      run(fixture, cancelOf(await approved(fixture)), cancelOf(await approved(fixture))),
  },
  'cancelled-before-the-decision': {
    workflow: 'cancelOrders',
    shows: /"rejected-order".*cancelAtPartners.*closeCommands/s,
    play: async (fixture) => {
      const { id } = await approved(fixture);
      return runAgain(fixture, 'cancelOrders', { id, subject: id, decision: 'rejected-order' });
    },
  },
  'cancel-needs-attention': {
    workflow: 'cancelOrders',
    shows: /StepFaulted(?!.*decreaseCredit"[^:]).*putBeforeOperator.*WORKFLOW_EXECUTION_FAILED/s,
    play: async (fixture) => {
      const command = cancelOf(await approved(fixture));
      return failing(fixture, { step: 'releaseRest', id: command.id }, () => run(fixture, command));
    },
  },
  revised: {
    workflow: 'reviseOrders',
    shows: /increaseCredit.*extendStock.*decideRevision.*shrinkStock.*decreaseCredit.*freeRevised/s,
    play: async (fixture) => run(fixture, resized(await approved(fixture), 3)),
  },
  'revision-turned-back': {
    workflow: 'reviseOrders',
    shows: /OUT_OF_STOCK.*"turned-back".*undoExtend.*revokeIncrease.*freeRevised/s,
    play: async (fixture) => run(fixture, resized(await approved(fixture), 90_000, 1)),
  },
  'revision-refused-at-credit': {
    workflow: 'reviseOrders',
    shows: /CREDIT_LIMIT_EXCEEDED(?!.*extendStock).*"turned-back".*undoExtend/s,
    play: async (fixture) => run(fixture, resized(await approved(fixture), 2, 9_000_000)),
  },
  'revision-meets-its-own-fault': {
    workflow: 'reviseOrders',
    shows: /StepFaulted.*"turned-back".*PROCESSING_FAILED.*undoExtend/s,
    play: async (fixture) => {
      const command = resized(await approved(fixture), 3);
      const error = faultOf({ isProvable: true });
      return failing(fixture, { step: 'extendStock', id: command.id, error }, () => run(fixture, command));
    },
  },
  'units-found-elsewhere': {
    workflow: 'rejectUnits',
    shows: /replaceUnits.*settleRejection(?!.*freeRejected)/s,
    play: async (fixture) => run(fixture, givenBack(await approved(fixture))),
  },
  'units-cancelled': {
    workflow: 'rejectUnits',
    shows: /replaceUnits.*settleRejection.*decreaseCredit.*freeRejected/s,
    play: async (fixture) => {
      const sku = await itemAtNodes(fixture, { 'wh-north': 2 });
      return run(fixture, givenBack(await placed(fixture, orderOf([[sku, 2]], { customerId: sku }))));
    },
  },
  'shipment-overdue': {
    workflow: 'rejectUnits',
    shows: /NO_RESPONSE.*settleRejection/s,
    play: async (fixture) => run(fixture, await passed(fixture)),
  },
  shipped: {
    workflow: 'shipShipments',
    shows: /consumeStock.*captureCredit.*noteCaptured/s,
    play: async (fixture) => run(fixture, await shipping(fixture)),
  },
  'shipped-together': {
    workflow: 'shipShipments',
    shows: /("decision":"shipped".*){2}/s,
    play: async (fixture) => run(fixture, await shipping(fixture), await shipping(fixture)),
  },
  'shipment-needs-attention': {
    workflow: 'shipShipments',
    shows: /StepFaulted.*putBeforeOperator.*WORKFLOW_EXECUTION_FAILED/s,
    play: async (fixture) => {
      const command = await shipping(fixture);
      return failing(fixture, { step: 'captureCredit', id: command.id }, () => run(fixture, command));
    },
  },
  returned: {
    workflow: 'returnUnits',
    shows: /restockUnits.*refundCredit.*noteRefunded/s,
    play: async (fixture) => run(fixture, await returning(fixture)),
  },
  'returned-together': {
    workflow: 'returnUnits',
    shows: /("decision":"returned".*){2}/s,
    play: async (fixture) => run(fixture, await returning(fixture), await returning(fixture)),
  },
  'return-needs-attention': {
    workflow: 'returnUnits',
    shows: /StepFaulted.*putBeforeOperator.*WORKFLOW_EXECUTION_FAILED/s,
    play: async (fixture) => {
      const command = await returning(fixture);
      return failing(fixture, { step: 'refundCredit', id: command.id }, () => run(fixture, command));
    },
  },
  'undecided-resolved': {
    workflow: 'resolveCommands',
    shows: /resolveTarget.*"decided-against"(?!.*closeByHand)/s,
    play: resolved('commitStock', async () => orderOf([['MUG-01', 1]])),
  },
  'decided-resolved': {
    workflow: 'resolveCommands',
    shows: /"by-hand".*answerInventoryByHand.*answerCreditByHand.*closeByHand/s,
    play: resolved('releaseRest', async (fixture) => cancelOf(await approved(fixture))),
  },
  'retried-before-it-is-resolved': {
    workflow: 'resolveCommands',
    shows: /resolveTarget.*"left-alone"(?!.*closeByHand)/s,
    play: async (fixture) => {
      const target = orderOf([['MUG-01', 1]]);
      await failing(fixture, { step: 'commitStock', id: target.id }, () => run(fixture, target));
      fixture.interpose('resolveTarget', async (resolve, input) => {
        await fixture.context.stores.commands.retry(target.id, `createOrders/${target.id}/retried`, {
          caller: 'tester',
        });
        return resolve(input);
      });
      try {
        return await run(fixture, resolving(target));
      } finally {
        fixture.interpose('resolveTarget', undefined);
      }
    },
  },
  held: {
    workflow: 'reserveInventory',
    shows: /"kind":"held"/,
    play: (fixture) => reserve(fixture, holdOf([['MUG-02', 1]])),
  },
  'not-held': {
    workflow: 'reserveInventory',
    shows: /OUT_OF_STOCK/,
    play: (fixture) => reserve(fixture, holdOf([['MUG-02', 90_000]])),
  },
  'fault-of-one-hold-in-a-batch': {
    workflow: 'reserveInventory',
    shows: /StepFaulted.*PROCESSING_FAILED/s,
    play: (fixture) => {
      const bad = holdOf([['MUG-02', 1]]);
      return failing(fixture, { step: 'holdStock', id: bad.commandId }, () =>
        reserve(fixture, holdOf([['MUG-02', 1]]), bad),
      );
    },
  },
} as const satisfies Branches;

async function reserve({ context }: SagaFixture, ...holds: ReturnType<typeof holdOf>[]): Promise<string> {
  const workflowId = `reserveInventory/${randomId()}`;
  const ids = holds.map(({ commandId }) => commandId);
  const start = { workflow: 'reserveInventory', workflowId, input: holds, lines: ids, subjects: ids };
  await (await context.sagas.start(start)).ended;
  return workflowId;
}
