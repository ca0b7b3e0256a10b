import { sleep } from '@temporalio/workflow';
import type { Labelled } from './saga-over-a-set';
import { faultOf } from './set-splitting';

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 600_000;

/**
 * The undo of a claim is run until it was heard of: it alone says whether anybody goes on with the command. A member
 * that it fails for keeps its set's outcomes waiting, but nothing else.
 */
export function untilHeard<Input extends { readonly members: readonly unknown[] }, Result>(
  undo: Labelled<Input, Result>,
): Labelled<Input, Result> {
  return {
    async executeWithOptions(options, args) {
      for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
        try {
          return await undo.executeWithOptions(options, args);
        } catch (error) {
          // A set is split first, so that only those wait whom it fails for.
          if (args[0].members.length > 1 || faultOf(error) === undefined) throw error;
        }
        await sleep(pause);
      }
    },
  };
}
