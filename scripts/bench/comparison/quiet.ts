import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMsOf } from '../process-cost';

const LOOK_MS = 250;
/** Idle servers still wake up for their timers. */
const QUIET_SHARE = 0.25;
const LONGEST_MS = 15_000;

/** Waits until these processes together use less than a quarter of one core, for 15 seconds at most. */
export async function untilQuiet(pids: readonly number[]): Promise<void> {
  const watched = [...new Set(pids)].filter((pid) => pid !== 0);
  const spent = () => watched.reduce((sum, pid) => sum + cpuMsOf(pid), 0);
  for (const giveUpAt = Date.now() + LONGEST_MS; Date.now() < giveUpAt; ) {
    const before = spent();
    await sleep(LOOK_MS);
    if (spent() - before < LOOK_MS * QUIET_SHARE) return;
  }
}

/** Returns the share of one core that an idle process and its children use, in per cent. */
export async function idlePercentOf(pid: number, seconds: number): Promise<number> {
  const before = cpuMsOf(pid);
  const begunAt = performance.now();
  await sleep(seconds * 1_000);
  return ((cpuMsOf(pid) - before) / (performance.now() - begunAt)) * 100;
}
