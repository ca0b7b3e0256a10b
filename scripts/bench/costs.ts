import type { BenchRow, Costs } from './bench-report';
import type { LoopResult } from './closed-loop';
import { cpuMsOf } from './process-cost';

/** Runs `work` and divides the CPU of all processes by the number of its calls. A pid of 0 stands for no process. */
export async function withCosts(
  what: string,
  pids: Readonly<Record<keyof Costs, number>>,
  work: () => Promise<LoopResult>,
): Promise<BenchRow> {
  const before = cpuOf(pids);
  const result = await work();
  const after = cpuOf(pids);
  const an = (who: keyof Costs) => (after[who] - before[who]) / Math.max(1, result.count);
  const costs = {
    driver: an('driver'),
    server: an('server'),
    temporal: an('temporal'),
    postgres: an('postgres'),
  };
  console.log(`${what}, ${result.inFlight} in flight: ${result.perSecond.toFixed(1)}/s`);
  return { what, ...result, costs };
}

function cpuOf(pids: Readonly<Record<keyof Costs, number>>): Costs {
  const cpu = (pid: number) => (pid === 0 ? 0 : cpuMsOf(pid));
  const { user, system } = process.cpuUsage();
  // The CPU of this process's children is not the driver's.
  const driver = pids.driver === process.pid ? (user + system) / 1_000 : 0;
  return { driver, server: cpu(pids.server), temporal: cpu(pids.temporal), postgres: cpu(pids.postgres) };
}
