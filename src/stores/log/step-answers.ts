import { sqltag as sql } from '@prisma/client/runtime/client';
import type { StoreSession } from '../postgres/store-session';

/** Selects the stored answers of one step, by command id. */
export function storedAnswers(step: string, commandIds: readonly string[]) {
  return sql`(
    SELECT coalesce(jsonb_object_agg(command_id, answer), '{}')
    FROM step_answer WHERE step = ${step} AND command_id = ANY(${[...commandIds]}))`;
}

/**
 * Builds the part of a save statement that stores a step's answers, so that a repeated command gets the same answer.
 */
export function insertAnswers(step: string, answers: ReadonlyMap<string, object>) {
  const rows = [...answers].map(([command_id, answer]) => ({ command_id, answer }));
  return sql`
    INSERT INTO step_answer (command_id, step, answer)
    SELECT command_id, ${step}, answer
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS a(command_id text, answer jsonb)
    ORDER BY command_id`;
}

/** The most answers kept: more than the steps of one process store before a later step reads them. */
const MOST_REMEMBERED = 5_000;

/**
 * The stored answers of one store's steps, for later steps on other stores. A committed answer never changes, so this
 * process caches the answers it committed last and reads the others from the store.
 */
export class StepAnswers {
  readonly #recent = new Map<string, object>();

  constructor(private readonly store: StoreSession) {}

  /** Caches committed answers. */
  remember(step: string, answers: ReadonlyMap<string, object>): void {
    for (const [id, answer] of answers) this.#recent.set(keyOf(step, id), answer);
    for (const key of this.#recent.keys()) {
      if (this.#recent.size <= MOST_REMEMBERED) return;
      this.#recent.delete(key);
    }
  }

  /** Returns the stored answers of a step by command id, without commands that it has not answered. */
  async of<Answer extends object>(
    step: string,
    commandIds: readonly string[],
  ): Promise<ReadonlyMap<string, Answer>> {
    const found = new Map<string, Answer>();
    for (const id of commandIds) {
      const answer = this.#recent.get(keyOf(step, id));
      if (answer) found.set(id, answer as Answer);
    }
    const missing = commandIds.filter((id) => !found.has(id));
    if (missing.length === 0) return found;
    const [row] = await this.store.$queryRaw<{ answers: Record<string, Answer> }[]>(
      sql`SELECT ${storedAnswers(step, missing)} AS answers`,
    );
    for (const [id, answer] of Object.entries(row?.answers ?? {})) found.set(id, answer);
    return found;
  }

  /**
   * Deletes the stored answers of a step, so that the step decides anew. For commands that no saga runs: a saga that
   * has the answer goes on by it.
   */
  async forget(step: string, commandIds: readonly string[]): Promise<void> {
    for (const id of commandIds) this.#recent.delete(keyOf(step, id));
    await this.store.$executeRaw(sql`
      DELETE FROM step_answer WHERE step = ${step} AND command_id = ANY(${[...commandIds]}::text[])`);
  }

  /** Removes all stored answers of commands that are closed for good. */
  async remove(commandIds: readonly string[]): Promise<void> {
    await this.store.$executeRaw(
      sql`DELETE FROM step_answer WHERE command_id = ANY(${[...commandIds]}::text[])`,
    );
  }

  /** Stores `done`, marked as by hand, as the answer of the steps that have none yet. */
  async answerByHand(commandId: string, steps: readonly string[]): Promise<void> {
    const answer = JSON.stringify({ kind: 'done', isByHand: true });
    await this.store.$executeRaw(sql`
      INSERT INTO step_answer (command_id, step, answer)
      SELECT ${commandId}, step, ${answer}::jsonb FROM unnest(${[...steps]}::text[]) AS s(step)
      ON CONFLICT (command_id, step) DO NOTHING`);
  }
}

function keyOf(step: string, commandId: string): string {
  return `${step} ${commandId}`;
}
