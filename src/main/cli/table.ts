/** A column: its heading, and the function that returns its cell for a row. */
export type Column<Row> = readonly [heading: string, of: (row: Row) => string | number];

/** Formats a text table: numbers are right-aligned, everything else is left-aligned. */
export function tableOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): readonly string[] {
  const cells = [
    columns.map(([heading]) => heading),
    ...rows.map((row) => columns.map(([, of]) => `${of(row)}`)),
  ];
  const widths = columns.map((_, at) => Math.max(...cells.map((line) => line[at]?.length ?? 0)));
  const isNumber = (cell: string) => /^-?\d+$/.test(cell);
  return cells.map((line) =>
    line
      .map((cell, at) => (isNumber(cell) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
