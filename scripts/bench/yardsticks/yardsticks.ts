import type { ChildProcess } from 'node:child_process';
import type { BenchRow } from '../bench-report';
import { type BenchServers, forkYardsticks } from '../bench-servers';
import { messageOf } from '../child-message';
import type { LoopResult } from '../closed-loop';
import { withCosts } from '../costs';
import type { YardstickJob } from './yardstick-process';

const WARM_UP_SECONDS = 2;

/** A yardstick and its name in the report. */
export interface Yardstick extends Omit<YardstickJob, 'seconds'> {
  readonly what: string;
  /** Runs before the yardstick. */
  readonly prepare?: () => Promise<void>;
}

/** Runs yardsticks one after the other on the servers of the bench, in a process of their own, after a warm-up. */
export async function measureYardsticks(
  servers: BenchServers,
  yardsticks: readonly Yardstick[],
  seconds: number,
  warmUp: YardstickJob['yardstick'] = 'sagasInBatches',
): Promise<BenchRow[]> {
  const child = forkYardsticks(servers.environment);
  await messageOf<string>(child);
  const pids = { ...servers.pids, driver: 0, server: child.pid ?? 0 };
  const rows: BenchRow[] = [];
  await run(child, { yardstick: warmUp, inFlight: 50, seconds: WARM_UP_SECONDS * 5 });
  for (const { what, prepare, ...job } of yardsticks) {
    await prepare?.();
    await run(child, { ...job, seconds: WARM_UP_SECONDS });
    rows.push(await withCosts(what, pids, () => run(child, { ...job, seconds })));
  }
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.disconnect();
  await ended;
  return rows;
}

function run(child: ChildProcess, job: YardstickJob): Promise<LoopResult> {
  child.send(job);
  return messageOf<LoopResult>(child);
}
