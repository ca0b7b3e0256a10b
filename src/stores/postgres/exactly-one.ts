/**
 * Returns the row of a statement that always gives one.
 * @throws Error when it gave none or several
 */
export function exactlyOne<Row>(rows: readonly Row[]): Row {
  const [row, ...more] = rows;
  if (row === undefined || more.length > 0)
    throw new Error(`a statement returned ${rows.length} rows instead of one`);
  return row;
}
