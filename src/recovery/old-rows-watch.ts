import type { StepAnswers } from '../stores/log/step-answers';
import type { CommandStore } from '../stores/orders/command-store';
import type { Watch } from './watch';

const EVERY_MS = 60_000;
/** Rows per statement, and statements per look; both bound the duration. */
const MOST_AT_ONCE = 1_000;
const MOST_STATEMENTS = 50;

/** Rows that are kept for some days and are not the record of anything. */
export interface OldRows {
  readonly name: string;
  readonly keptDays: number;
  /** Removes the oldest rows that are older than some days, at most `limit`. @returns the number removed */
  removeOld(days: number, limit: number): Promise<number>;
}

/**
 * Creates the watch that removes such rows in small statements. Each commits alone and locks only rows that nothing
 * writes any more, so no writer waits for it.
 */
export function oldRowsWatch({ name, keptDays, removeOld }: OldRows): Watch {
  return {
    name,
    everyMs: EVERY_MS,
    async look() {
      for (let done = 0; done < MOST_STATEMENTS; done += 1) {
        if ((await removeOld(keptDays, MOST_AT_ONCE)) < MOST_AT_ONCE) return;
      }
    },
  };
}

/**
 * Returns the removal of the stored answers of commands that were closed some days ago, from every store. The commands
 * are marked last, so a removal that was cut off is done again. The answers of open commands stay, however old.
 */
export function oldAnswers(
  commands: Pick<CommandStore, 'withOldAnswers' | 'noteAnswersRemoved'>,
  stores: readonly { readonly answers: Pick<StepAnswers, 'remove'> }[],
): OldRows['removeOld'] {
  return async (days, limit) => {
    const ids = await commands.withOldAnswers(days, limit);
    if (ids.length === 0) return 0;
    for (const { answers } of stores) await answers.remove(ids);
    await commands.noteAnswersRemoved(ids);
    return ids.length;
  };
}
