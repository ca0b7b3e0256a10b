import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchLog } from './bench-log';
import { Follower } from './follower';

const ROUNDS = 3;
const APPEND_EVERY_MS = 20;

/**
 * Kills the relay that owns a subscription while events are appended all the time, and measures the seconds until the
 * relay beside it has handled its first event.
 */
export async function measureTakeover(log: BenchLog): Promise<readonly number[]> {
  const traffic = new AbortController();
  const appending = append(log, traffic.signal);
  const seconds: number[] = [];
  let owner = new Follower(log.url);
  await owner.handled(1);
  for (let round = 0; round < ROUNDS; round++) {
    const next = new Follower(log.url);
    // It asks for its memory only to know that it runs.
    await next.memory();
    const killedAt = performance.now();
    await owner.kill();
    await next.handled(1);
    seconds.push((performance.now() - killedAt) / 1_000);
    owner = next;
  }
  await owner.kill();
  traffic.abort();
  await appending;
  return seconds;
}

async function append(log: BenchLog, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await log.append(1);
    await sleep(APPEND_EVERY_MS);
  }
}
