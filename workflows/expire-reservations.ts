import { proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { ExpireReservation } from '../src/contracts/commands';
import { fromTheStart, sagaOver } from './saga-over-a-set';
import { FORWARD } from './step-options';

const { expireHold } = proxyLocalActivities<Activities>(FORWARD);

/** Tidies holds whose time has run out, and says how many. */
export async function expireReservations(commands: readonly ExpireReservation[]): Promise<number> {
  const saga = sagaOver(commands, fromTheStart({}), {
    steps: { expireHold },
    undos: {},
  });
  await saga.step('expireHold');
  return (await saga.ends()).filter(({ kind }) => kind === 'completed').length;
}
