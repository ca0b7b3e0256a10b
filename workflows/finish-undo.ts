import { CancellationScope, proxyLocalActivities, sleep } from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { FinishUndo } from '../src/contracts/claim-undos';
import { faultOf } from './set-splitting';
import { FORWARD } from './step-options';
import { undoLedger } from './undo-ledger';
import type { UndoesClaim } from './until-heard';

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 600_000;

const undos: Readonly<Record<FinishUndo['undo'], UndoesClaim>> = proxyLocalActivities<Activities>(FORWARD);

/** Runs the undo of one claim, outside its set, until it was heard of: whatever it fails on has to be mended first. */
export async function finishUndo({ undo, member, ...ofSaga }: FinishUndo): Promise<void> {
  const { commandId, orderId } = member.command;
  const ledger = undoLedger({ ...member, commandId, remaining: [...member.remaining, undo] });
  await CancellationScope.nonCancellable(async () => {
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      await sleep(pause);
      try {
        await undos[undo].executeWithOptions({ summary: orderId }, [{ ...ofSaga, members: [member] }]);
        return ledger.undone(undo);
      } catch (error) {
        if (faultOf(error) === undefined) throw error;
      }
    }
  });
}
