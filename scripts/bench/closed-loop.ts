import { setTimeout as sleep } from 'node:timers/promises';

/** The result of a closed loop: a fixed number of callers, each of which asks again as soon as it has its answer. */
export interface LoopResult {
  /** The number of callers; 0 for a steady rate. */
  readonly inFlight: number;
  readonly count: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The number of answers of each kind. */
  readonly answers: Readonly<Record<string, number>>;
}

/**
 * Runs a closed loop for some seconds. The measured time includes `settled`, so that accepted work counts only once it
 * is finished.
 */
export async function closedLoop(
  inFlight: number,
  seconds: number,
  call: () => Promise<string>,
  settled: () => Promise<void> = async () => undefined,
): Promise<LoopResult> {
  const latencies: number[] = [];
  const answers: Record<string, number> = {};
  const begunAt = performance.now();
  const endAt = begunAt + seconds * 1_000;
  const caller = async () => {
    while (performance.now() < endAt) {
      const startedAt = performance.now();
      const answer = await call();
      latencies.push(performance.now() - startedAt);
      answers[answer] = (answers[answer] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  await settled();
  return resultOf(inFlight, latencies, answers, (performance.now() - begunAt) / 1_000);
}

/**
 * Asks at a steady rate for some seconds, also while answers lag behind. A caller that waits for slow answers would not
 * meet the requests that queue behind them.
 */
export async function openLoop(
  perSecond: number,
  seconds: number,
  call: () => Promise<string>,
): Promise<LoopResult> {
  const latencies: number[] = [];
  const answers: Record<string, number> = {};
  const begunAt = performance.now();
  const asked: Promise<void>[] = [];
  const ask = async (dueAt: number) => {
    const answer = await call();
    latencies.push(performance.now() - dueAt);
    answers[answer] = (answers[answer] ?? 0) + 1;
  };
  for (let index = 0; index < perSecond * seconds; index++) {
    const dueAt = begunAt + (index * 1_000) / perSecond;
    const early = dueAt - performance.now();
    if (early > 1) await sleep(early);
    asked.push(ask(dueAt));
  }
  await Promise.all(asked);
  return resultOf(0, latencies, answers, (performance.now() - begunAt) / 1_000);
}

function resultOf(
  inFlight: number,
  latencies: number[],
  answers: Readonly<Record<string, number>>,
  took: number,
): LoopResult {
  latencies.sort((a, b) => a - b);
  const at = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return {
    inFlight,
    count: latencies.length,
    perSecond: latencies.length / took,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    answers,
  };
}
