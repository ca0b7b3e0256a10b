import { sqltag as sql } from '@prisma/client/runtime/client';
import type { StoreSession } from '../postgres/store-session';

/** The kinds of stored answers, by step name. */
export type StepVerdicts = Readonly<Record<string, string>>;

interface VerdictRow {
  readonly commandId: string;
  readonly verdicts: StepVerdicts;
}

/** Reads the kinds of the stored answers of some commands, with one query to each store. */
export async function storedVerdicts(
  stores: readonly StoreSession[],
  commandIds: readonly string[],
): Promise<ReadonlyMap<string, StepVerdicts>> {
  const found = new Map<string, StepVerdicts>();
  if (commandIds.length === 0) return found;
  const rows = await Promise.all(stores.map((store) => verdictsIn(store, commandIds)));
  for (const { commandId, verdicts } of rows.flat())
    found.set(commandId, { ...found.get(commandId), ...verdicts });
  return found;
}

/** Reads the kinds of stored answers in one store: all stores have the same table. */
function verdictsIn(store: StoreSession, commandIds: readonly string[]): Promise<readonly VerdictRow[]> {
  return store.$queryRaw(sql`
    SELECT command_id AS "commandId", jsonb_object_agg(step, answer->>'kind') AS verdicts
    FROM step_answer WHERE command_id = ANY(${[...commandIds]}::text[]) GROUP BY command_id`);
}
