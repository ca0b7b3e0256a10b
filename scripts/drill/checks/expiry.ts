import { setTimeout as sleep } from 'node:timers/promises';
import type { DrillFindings } from '../findings';
import type { StoreReads } from './store-reads';

const POLLING_MS = 300;
const MOST_OVERDUE_MS = 5_000;

/** Watches, once the faults have stopped, that no hold is left five seconds past its expiry (and the faults' end). */
export async function watchExpiry(
  reads: StoreReads,
  findings: DrillFindings,
  stoppedAt: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const overdue = await reads.overdueHolds().catch(() => []);
    const sinceMs = Date.now() - stoppedAt;
    const left = overdue.filter(({ overdueMs }) => Math.min(overdueMs, sinceMs) > MOST_OVERDUE_MS);
    for (const { id } of left) findings.add('expiry', `the hold ${id} is left 5 s past its expiry`);
    await sleep(POLLING_MS, undefined, { signal }).catch(() => undefined);
  }
}
