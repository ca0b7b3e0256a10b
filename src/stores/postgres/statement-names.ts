import { createHash } from 'node:crypto';

/** More different statements than a store has; what comes after is not prepared, so that no session fills up. */
const MOST_NAMES = 100;

/** Names a statement by its text; empty: it is not prepared. */
export type StatementNamer = (query: { readonly sql: string }) => string;

/**
 * Names statements by their text, so that a connection parses and plans each one once: planning was half the time of
 * a step for one order (docs/decisions/0006-what-a-step-costs.md).
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
