import { CancellationScope, continueAsNew, patched, proxyLocalActivities, sleep } from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { FinishUndo } from '../src/contracts/claim-undos';
import { faultOf } from './set-splitting';
import { FORWARD } from './step-options';
import { undoLedger } from './undo-ledger';
import type { UndoesClaim } from './until-heard';

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 600_000;
/** In one history: what nobody mends for months would outgrow it. Older ones had no limit. */
const MOST_ROUNDS = 5;
const HAS_LIMIT = 'undo-goes-on-as-new';

const undos: Readonly<Record<FinishUndo['undo'], UndoesClaim>> = proxyLocalActivities<Activities>(FORWARD);

/** Runs the undo of one claim, outside its set, until it was heard of: whatever it fails on has to be mended first. */
export async function finishUndo(left: FinishUndo): Promise<void> {
  const { undo, member, pauseMs = FIRST_PAUSE_MS, ...ofSaga } = left;
  const { commandId, orderId } = member.command;
  const ledger = undoLedger({ ...member, commandId, remaining: [...member.remaining, undo] });
  await CancellationScope.nonCancellable(async () => {
    let pause = pauseMs;
    for (let round = 1; ; round++) {
      await sleep(pause);
      try {
        await undos[undo].executeWithOptions({ summary: orderId }, [{ ...ofSaga, members: [member] }]);
        return ledger.undone(undo);
      } catch (error) {
        if (faultOf(error) === undefined) throw error;
      }
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
      if (round >= MOST_ROUNDS && patched(HAS_LIMIT))
        return continueAsNew<typeof finishUndo>({ ...left, pauseMs: pause });
    }
  });
}
