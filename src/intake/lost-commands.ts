import type { Command } from '../contracts/commands';
import type { OrderPosition } from '../stores/orders-reads';
import { LeftAlone } from './left-alone';
import type { Watch } from './watch';

const EVERY_MS = 5_000;
const PAGE = 100;

/** What sagas of a kind leave behind that were ended from outside. */
export interface LostCommands<Recorded extends OrderPosition, C extends Command> {
  readonly name: string;
  /** What was recorded and has been under way for too long, oldest first. */
  overdue(limit: number, after: Recorded | undefined): Promise<readonly Recorded[]>;
  /** Made for one look: whether somebody is at it. */
  caring(): (recorded: Recorded) => Promise<boolean>;
  finish(recorded: Recorded): Promise<void>;
  /** What was accepted, and is neither recorded nor an operator's task; page by page where it is kept. */
  unrecorded(limit: number, without: readonly string[]): Promise<readonly C[]>;
  startAgain(command: C): void;
}

/**
 * Has what was recorded brought to an end, and what was not started again. What has been seen to and is lost again is
 * left alone for a while, and hides nothing behind it.
 */
export function lostCommandsWatch<Recorded extends OrderPosition, C extends Command>(
  lost: LostCommands<Recorded, C>,
): Watch {
  const [finished, startedAgain] = [new LeftAlone(), new LeftAlone()];
  return {
    name: lost.name,
    everyMs: EVERY_MS,
    async look() {
      await finishRecorded(lost, finished);
      const leftAlone = startedAgain.at(performance.now());
      for (const command of await lost.unrecorded(PAGE, leftAlone)) {
        const { commandId } = command;
        if (leftAlone.includes(commandId)) continue;
        lost.startAgain(command);
        startedAgain.note(commandId, undefined, performance.now());
      }
    },
  };
}

/** Page by page: a hundred that are merely slow must not hide one that is lost behind them. */
async function finishRecorded<Recorded extends OrderPosition, C extends Command>(
  lost: LostCommands<Recorded, C>,
  finished: LeftAlone,
): Promise<void> {
  const isCaredFor = lost.caring();
  const leftAlone = new Set(finished.at(performance.now()));
  let last: Recorded | undefined;
  do {
    const overdue = await lost.overdue(PAGE, last);
    for (const recorded of overdue) {
      if (leftAlone.has(recorded.id) || (await isCaredFor(recorded))) continue;
      await lost.finish(recorded);
      finished.note(recorded.id, undefined, performance.now());
    }
    last = overdue.length === PAGE ? overdue.at(-1) : undefined;
  } while (last);
}
