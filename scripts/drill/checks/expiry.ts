import { setTimeout as sleep } from 'node:timers/promises';
import type { DrillFindings } from '../findings';
import type { StoreReads } from './store-reads';

const POLLING_MS = 300;
const MOST_OVERDUE_MS = 5_000;

/** Watches, once the faults have stopped, that no hold stays too long past its expiry (and past the faults' end). */
export async function watchExpiry(
  reads: StoreReads,
  findings: DrillFindings,
  { stoppedAt, patience }: { readonly stoppedAt: number; readonly patience: number },
  signal: AbortSignal,
): Promise<void> {
  const mostMs = MOST_OVERDUE_MS * patience;
  while (!signal.aborted) {
    const overdue = await reads.overdueHolds().catch(() => []);
    const sinceMs = Date.now() - stoppedAt;
    const left = overdue.filter(({ overdueMs }) => Math.min(overdueMs, sinceMs) > mostMs);
    for (const { id } of left)
      findings.add('expiry', `the hold ${id} is left ${mostMs / 1_000} s past its expiry`);
    await sleep(POLLING_MS, undefined, { signal }).catch(() => undefined);
  }
}
