import { z } from 'zod';

/** Returns the schema of NDJSON, with an example of one line. */
export function ndjsonText(description: string, row: object) {
  return z.string().meta({ description, example: `${JSON.stringify(row)}\n` });
}

/** Returns the schema of CSV, with an example of a header and one row, as `CsvFields` reads them. */
export function csvText(description: string, row: object) {
  const cells = cellsOf(row, '');
  const lines = [cells.map(([name]) => name), cells.map(([, cell]) => cell)];
  return z.string().meta({ description, example: lines.map((line) => `${line.join(',')}\n`).join('') });
}

/** Writes the fields as cells: a name for each field of an inner object, and semicolons between the parts of a list. */
function cellsOf(fields: object, path: string): [name: string, cell: string][] {
  return Object.entries(fields).flatMap(([field, value]): [string, string][] => {
    const name = `${path}${field}`;
    if (Array.isArray(value)) return [[name, value.join(';')]];
    return typeof value === 'object' ? cellsOf(value, `${name}.`) : [[name, String(value)]];
  });
}
