import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { archiveLogs } from '../../src/audit/archive/archive';
import { type AuditOptions, auditBooks } from '../../src/audit/audit';
import { LOGS } from '../../src/contracts/logs';
import type { Stores } from '../../src/stores/stores';
import { SeededRandom } from '../stores/seeded-random';
import { rebuildChanges } from './rebuilt-books';

/**
 * Makes events of the logs a hundred days older, so that they may be archived.
 * @param percent only the first events of each log, by position
 */
export async function age({ pools }: Pick<Stores, 'pools'>, percent = 100): Promise<void> {
  for (const log of LOGS)
    await pools[log].transaction(async (session) => {
      await session.$executeRaw`SET LOCAL session_replication_role = replica`;
      await session.$executeRaw`
        UPDATE event SET recorded_at = recorded_at - interval '100 days'
        WHERE recorded_at > now() - interval '50 days' AND position <= (
          SELECT min(position) + (max(position) - min(position)) * ${percent}::int / 100 FROM event)`;
    });
}

/** Archives what is older than 30 days. @returns the report, a line each */
export async function archive(stores: Stores, folder: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { text } of archiveLogs(stores, { olderThanDays: 30, folder })) lines.push(text);
  return lines;
}

/**
 * Archives a random part of the logs, of which no relay takes events any more. Returns the findings of an audit and the
 * rows that a rebuild changes afterwards: folds that begin at the states of archived events give the same rows.
 */
export async function archivedChanges(stores: Stores, options?: AuditOptions): Promise<readonly string[]> {
  const random = new SeededRandom();
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-archive-'));
  try {
    for (const log of LOGS) await stores.pools[log].$executeRaw`DELETE FROM subscription`;
    await age(stores, 20 + random.below(80));
    await archive(stores, folder);
    const found = [...(await auditBooks(stores, options)), ...(await rebuildChanges(stores))];
    return found.map((sentence) => `after an archive with the seed ${SeededRandom.seed}: ${sentence}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
