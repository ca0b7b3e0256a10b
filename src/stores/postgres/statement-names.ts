import { createHash } from 'node:crypto';

/** The most statements prepared, above the number that a store has. It bounds the memory of a database session. */
const MOST_NAMES = 100;

/** A function that names a statement by its text; an empty name: the statement is not prepared. */
export type StatementNamer = (query: { readonly sql: string }) => string;

/**
 * Returns a function that names statements by their text, so that a connection parses and plans each one once. Planning
 * was half the time of a step for one order (docs/decisions/0006-what-a-step-costs.md).
 */
export function statementNames(): StatementNamer {
  const names = new Map<string, string>();
  return ({ sql }) => {
    const known = names.get(sql);
    if (known !== undefined || names.size >= MOST_NAMES) return known ?? '';
    const name = `s${createHash('sha1').update(sql).digest('hex').slice(0, 16)}`;
    names.set(sql, name);
    return name;
  };
}
