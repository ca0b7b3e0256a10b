import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../../activities/activities';

const { holdCredit, commitStock, decideOrder, releaseCredit, closeCommands } = proxyActivities<Activities>({
  startToCloseTimeout: '10 seconds',
});

/** Measures the bare cost of the engine: does nothing. */
export async function empty(): Promise<string> {
  return 'approved';
}

/** Runs the saga the plain way: one workflow for each recorded order, one regular activity for each step. */
export async function plainOrder(id: string): Promise<string> {
  const input = { workflowId: id, members: [{ id }] };
  const held = (await holdCredit(input))[id];
  const committed = held?.kind === 'done' ? (await commitStock(input))[id] : held;
  const refused = committed?.kind === 'refused' ? committed : undefined;
  const proposal = refused
    ? ({ kind: 'refuse', reason: refused.reason } as const)
    : ({ kind: 'go' } as const);
  await decideOrder({ workflowId: id, members: [{ id, proposal }] });
  if (!refused) return 'approved';
  await releaseCredit(input);
  await closeCommands({ ids: [id] });
  return 'rejected';
}
