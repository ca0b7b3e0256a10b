/** The most summaries kept, above the number of statements that a process has. */
const MOST_SUMMARIES = 500;
const LONGEST = 120;

const summaries = new Map<string, string>();

const NAME = '(?:"?[a-z_]+"?\\.)?("?[a-z_]+"?)(?!["\\w.])';
const LITERAL = /'[^']*'/g;
/** The tables of each operation. `FOR UPDATE` and `DO UPDATE` are no operations, and a call of a function is no table. */
const OPERATIONS = {
  INSERT: new RegExp(`\\bINSERT INTO ${NAME}`, 'gi'),
  UPDATE: new RegExp(`(?<!\\b(?:FOR|KEY|DO) )\\bUPDATE ${NAME}`, 'gi'),
  DELETE: new RegExp(`\\bDELETE FROM ${NAME}`, 'gi'),
  SELECT: new RegExp(`(?<!\\b(?:DELETE|DISTINCT) )\\b(?:FROM|JOIN) ${NAME}(?!\\s*\\()`, 'gi'),
};
const SUBQUERY = /\b([a-z_]+) AS (?:(?:NOT )?MATERIALIZED )?\(/gi;

/**
 * Summarises a statement as operations and tables, such as `INSERT command, event; SELECT account`; without a table by
 * its first word. It repeats nothing else of the statement, so it has no values.
 */
export function summaryOf(sql: string): string {
  const known = summaries.get(sql);
  if (known !== undefined) return known;
  const summary = summarised(sql.replaceAll(LITERAL, '').replaceAll(/\s+/g, ' '));
  if (summaries.size < MOST_SUMMARIES) summaries.set(sql, summary);
  return summary;
}

function summarised(sql: string): string {
  const subqueries = new Set([...sql.matchAll(SUBQUERY)].map(([, name]) => name));
  const parts = Object.entries(OPERATIONS).flatMap(([operation, pattern]) => {
    const names = [...sql.matchAll(pattern)].map(([, name = '']) => name.replaceAll('"', ''));
    const tables = [...new Set(names)].filter((name) => !subqueries.has(name));
    return tables.length === 0 ? [] : [`${operation} ${tables.join(', ')}`];
  });
  const [firstWord = ''] = /[a-z]+/i.exec(sql) ?? [];
  return (parts.length === 0 ? firstWord.toUpperCase() : parts.join('; ')).slice(0, LONGEST);
}
