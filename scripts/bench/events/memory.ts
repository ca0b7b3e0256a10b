import { memoryMbOf } from '../process-cost';
import type { BenchLog } from './bench-log';
import { Follower } from './follower';

const STEPS = 10;

/** Appends events in ten steps, and measures the memory of a relay that has followed each of them, and of PostgreSQL. */
export async function measureFollowerMemory(log: BenchLog, events: number, postgresPid: number) {
  const follower = new Follower(log.url);
  await follower.handled(log.count);
  const before = log.count;
  const row = async (seconds: number) => ({
    events: log.count - before,
    'events/s': seconds === 0 ? '' : Math.round(events / STEPS / seconds),
    ...(await follower.memory()),
    'PostgreSQL MB': memoryMbOf(postgresPid),
  });
  const rows = [await row(0)];
  for (let step = 0; step < STEPS; step++) {
    await log.append(Math.ceil(events / STEPS));
    const begunAt = performance.now();
    await follower.handled(log.count);
    rows.push(await row((performance.now() - begunAt) / 1_000));
    console.log(`memory: ${JSON.stringify(rows.at(-1))}`);
  }
  await follower.kill();
  return rows;
}
