import { proxyLocalActivities, upsertSearchAttributes } from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { CreateOrder, OrderOutcome } from '../src/contracts/commands';
import type { OrderGiven } from '../src/contracts/steps';
import { leaveForPartners, leaveWithUndos } from './leaving-a-set';
import { milestoneOf } from './milestones';
import { orderOutcomeOf } from './order-outcome';
import { fromTheStart, sagaOver } from './saga-over-a-set';
import { FORWARD, UNDO } from './step-options';

const { recordOrder, holdCredit, commitStock, approveOrder } = proxyLocalActivities<Activities>(FORWARD);
const { rejectOrder, releaseCredit, releaseStock } = proxyLocalActivities<Activities>(UNDO);

const definition = {
  steps: { recordOrder, holdCredit, commitStock, approveOrder },
  undos: { rejectOrder, releaseCredit, releaseStock },
  leave: leaveWithUndos,
};

/** Takes orders to APPROVED, or to REJECTED with everything undone; those that partners deliver go on elsewhere. */
export async function createOrder(commands: readonly CreateOrder[]): Promise<OrderOutcome[]> {
  const saga = sagaOver<
    keyof typeof definition.steps,
    keyof typeof definition.undos,
    CreateOrder,
    OrderGiven
  >(commands, fromTheStart({}), definition);
  await saga.step('recordOrder', { undo: 'rejectOrder' });
  await saga.step('holdCredit', { undo: 'releaseCredit' });
  await saga.step('commitStock', { undo: 'releaseStock' });
  await saga.continueElsewhere(hasPartners, (command, progress) =>
    leaveForPartners({ command, ...progress }),
  );
  await saga.step('approveOrder', { isPivot: true });
  const outcomes = (await saga.ends()).map(orderOutcomeOf);
  upsertSearchAttributes(milestoneOf(outcomes));
  return outcomes;
}

function hasPartners({ partners = [] }: OrderGiven): boolean {
  return partners.length > 0;
}
