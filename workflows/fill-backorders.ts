import { proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { FillBackorder } from '../src/contracts/commands';
import type { FillGiven } from '../src/domain/inventory/fill-backorder';
import { fromTheStart, sagaOver } from './saga-over-a-set';
import { FORWARD } from './step-options';

const { fillBackorder, recordFill } = proxyLocalActivities<Activities>(FORWARD);

/**
 * Gives new stock to the orders that wait for it, and says how many got some. Units that an order has got are its
 * own: there is nothing to undo, and telling the order is repeated until it is done.
 */
export async function fillBackorders(commands: readonly FillBackorder[]): Promise<number> {
  const saga = sagaOver(commands, fromTheStart<Partial<FillGiven>>({}), {
    steps: { fillBackorder, recordFill },
    undos: {},
  });
  await saga.step('fillBackorder');
  await saga.step('recordFill');
  return (await saga.ends()).filter(({ kind }) => kind === 'completed').length;
}
