import { sqltag as sql } from '@prisma/client/runtime/client';
import type { StoreSession } from '../stores/postgres/store-session';
import type { Findings } from './audit-findings';

const MOST_FINDINGS = 100;

/** Reports PENDING orders and trips without an open command to decide them, and orders locked by a command not open. */
export async function auditCommands(session: StoreSession, findings: Findings): Promise<void> {
  const lost = await session.$queryRaw<{ id: string; what: string }[]>(sql`
    SELECT id, 'is PENDING, and no open command creates it' AS what FROM "order" o
    WHERE status = 'PENDING' AND NOT EXISTS (
      SELECT 1 FROM command WHERE id = o.id AND decision IS NULL AND closed_at IS NULL)
    UNION ALL
    SELECT id, 'is locked by ' || (pending->>'commandId') || ', which is not open' FROM "order" o
    WHERE pending IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM command WHERE id = pending->>'commandId' AND closed_at IS NULL)
    UNION ALL
    SELECT id, 'is PENDING, and no open command books it' FROM trip t
    WHERE status = 'PENDING' AND NOT EXISTS (SELECT 1 FROM command WHERE id = t.id AND closed_at IS NULL)
    LIMIT ${MOST_FINDINGS}::int`);
  for (const { id, what } of lost) findings.add(`${id} ${what}.`);
}

/**
 * Reports open commands, for use when no saga runs. It skips commands that need attention: they wait for an operator.
 */
export async function auditOpenCommands(session: StoreSession, findings: Findings): Promise<void> {
  const open = await session.$queryRaw<{ id: string; kind: string }[]>(sql`
    SELECT id, kind FROM command WHERE closed_at IS NULL AND attention IS NULL
    ORDER BY recorded_at LIMIT ${MOST_FINDINGS}::int`);
  for (const { id, kind } of open) findings.add(`Command ${id} (${kind}) is open, and nothing is under way.`);
}
