import type { Findings } from './audit-findings';
import type { StoreSession } from './store-session';
import { isUnrecorded } from './unrecorded-commands';

/** Commands that were accepted, of which the books say nothing, and which nobody has dealt with. */
export async function auditUnrecorded(session: StoreSession, findings: Findings): Promise<void> {
  const open = await session.$queryRaw<{ id: string; kind: string }[]>`
    SELECT id, kind FROM unrecorded_command WHERE resolution IS NULL AND ${isUnrecorded}
    ORDER BY noted_at, id LIMIT 100`;
  for (const { id, kind } of open)
    findings.add(
      `Command ${id} (${kind}) was accepted and could not be recorded: an operator has to see to it.`,
    );
}
