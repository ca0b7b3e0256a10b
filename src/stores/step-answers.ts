import { sqltag as sql } from '@prisma/client/runtime/client';

/** The answers of one step that were stored earlier, by command id. */
export function storedAnswers(step: string, commandIds: readonly string[]) {
  return sql`(
    SELECT coalesce(jsonb_object_agg(command_id, answer), '{}')
    FROM step_answer WHERE step = ${step} AND command_id = ANY(${[...commandIds]}))`;
}

/** The part of a save statement that stores what a step has answered, so that the same command gets it again. */
export function insertAnswers(step: string, answers: ReadonlyMap<string, object>) {
  const rows = [...answers].map(([command_id, answer]) => ({ command_id, answer }));
  return sql`
    INSERT INTO step_answer (command_id, step, answer)
    SELECT command_id, ${step}, answer
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS a(command_id text, answer jsonb)
    ORDER BY command_id`;
}
