import { CancellationScope, proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { FinishCompensation } from '../src/contracts/commands';
import type { Attention } from '../src/domain/order/order';
import { faultOf } from './set-splitting';
import { FORWARD } from './step-options';

const { rejectOrder, releaseCredit, releaseStock, retryCompensation, settleCompensation } =
  proxyLocalActivities<Activities>(FORWARD);

const UNDOS = { releaseStock, releaseCredit };

/**
 * Runs the undos that one order has left, outside its set: the order is sealed first, transient trouble is retried
 * without end, and what cannot succeed is put before an operator. Reclaiming a dead saga's order, and an
 * operator's retry, are this workflow too.
 */
export async function finishCompensation(command: FinishCompensation): Promise<Attention | null> {
  return CancellationScope.nonCancellable(async () => {
    const { parent } = workflowInfo();
    const { reason, undone, remaining } = command;
    const left = Object.keys(UNDOS).filter((name) => remaining.includes(name)) as (keyof typeof UNDOS)[];
    const member = { command, reason, undone, remaining: left };
    const { [command.commandId]: sealed } = await rejectOrder({
      ...(parent ? { sagaId: parent.workflowId } : {}),
      members: [member],
    });
    // Its saga was alive after all, or its approval was heard of too late: the order keeps what it holds.
    if (sealed?.kind === 'already-approved') return null;
    if (command.retriedBy) await retryCompensation({ command, by: command.retriedBy });
    const failed: string[] = [];
    let failure = '';
    for (const name of left) {
      try {
        await UNDOS[name].executeWithOptions({ summary: `${name} ${command.commandId}` }, [
          { members: [member] },
        ]);
      } catch (error) {
        failed.push(name);
        failure ||= faultOf(error) ?? String(error);
      }
    }
    const attention = failed.length > 0 ? { remaining: failed, failure } : null;
    await settleCompensation({ command, attention });
    return attention;
  });
}
