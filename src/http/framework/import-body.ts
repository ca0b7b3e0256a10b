import { CsvFields } from './csv-fields';
import { faultText, fieldErrors } from './field-errors';
import { bodyTooLarge, Problem } from './problem';
import type { BodyFormat } from './request-body';
import type { ResourceSpec } from './resource-routes';
import { csvText, ndjsonText } from './rows-as-text';
import { parseStrictJson } from './strict-json';
import { textLines } from './text-lines';

export const MOST_IMPORT_ROWS = 10_000;
const LARGEST_IMPORT_BYTES = 8 * 1024 * 1024;

/** A row that could be read, or the fault that it has. */
export type ImportRow = { readonly key: string; readonly wanted: unknown } | { readonly fault: string };

/** The rows of an import, in portions as they arrive. */
export type ImportBody = AsyncIterable<ImportRow>;

/** Returns the format of an import: NDJSON or CSV, with the fields of a PUT and the key. A bad row is rejected alone. */
export function importBody(spec: ResourceSpec): BodyFormat<ImportBody> {
  const { key, request, collection } = spec;
  const fields = new CsvFields(request);
  const example = { [key.name]: key.schema.meta()?.example, ...Object(request.meta()?.example) };
  const csv =
    `the first row names the fields: \`${[key.name, ...fields.names].join(',')}\`. An empty cell is a field that is ` +
    'left out. A list has semicolons between its parts; a backslash before a semicolon or a backslash of a part keeps it';
  return {
    maxBytes: LARGEST_IMPORT_BYTES,
    parsers: {},
    streams: {
      'application/x-ndjson': (bytes) => counted(fromLines(spec, bytes)),
      'text/csv': (bytes) => counted(fromCsv(spec, fields, bytes)),
    },
    schemas: {
      // `/docs` offers the first media type; it would put quotes around the text of the other.
      'text/csv': csvText(csv, example),
      'application/x-ndjson': ndjsonText(
        `one of the ${collection} a line: the body of its PUT with \`${key.name}\``,
        example,
      ),
    },
  };
}

async function* counted(rows: ImportBody): ImportBody {
  let taken = 0;
  for await (const row of rows) {
    taken += 1;
    if (taken > MOST_IMPORT_ROWS) throw bodyTooLarge(`must have at most ${MOST_IMPORT_ROWS} rows`);
    yield row;
  }
}

async function* fromLines(spec: ResourceSpec, bytes: AsyncIterable<Buffer>): ImportBody {
  for await (const lines of textLines(bytes))
    for (const line of lines)
      yield line === undefined ? { fault: 'row: is not UTF-8' } : rowOf(spec, () => parseStrictJson(line));
}

async function* fromCsv(spec: ResourceSpec, fields: CsvFields, bytes: AsyncIterable<Buffer>): ImportBody {
  for await (const row of fields.rows(bytes, spec.key.name))
    yield 'fault' in row ? row : rowOf(spec, () => row.value);
}

/** Checks a row: its key, and the rest as the body of a PUT. */
function rowOf({ key, request }: ResourceSpec, read: () => unknown): ImportRow {
  try {
    const value = read();
    if (value === null || typeof value !== 'object' || Array.isArray(value))
      return { fault: 'row: must be an object' };
    const { [key.name]: id, ...content } = value as Record<string, unknown>;
    const named = key.schema.safeParse(id);
    const wanted = request.safeParse(content);
    if (named.success && wanted.success) return { key: named.data, wanted: wanted.data };
    const errors = [
      ...(named.error ? fieldErrors(named.error, key.name) : []),
      ...(wanted.error ? fieldErrors(wanted.error, 'row') : []),
    ];
    return { fault: faultText(errors) };
  } catch (error) {
    if (error instanceof Problem) return { fault: error.message };
    throw error;
  }
}
