import { z } from 'zod';
import { type CsvRecord, csvRecords } from './csv';
import { invalid } from './problem';

type FieldType = 'string' | 'number' | 'boolean' | 'list';

interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly anyOf?: readonly JsonSchema[];
  readonly $ref?: string;
}

/** The object of a row, or the fault for which it cannot be read. */
export type CsvRow = { readonly value: object } | { readonly fault: string };

/** Reads CSV as the values of a schema: names with a dot are fields of an inner object. */
export class CsvFields {
  readonly #types: ReadonlyMap<string, FieldType>;

  constructor(schema: z.ZodType) {
    const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
    this.#types = new Map(typesIn(json as JsonSchema, '', (json.$defs ?? {}) as Definitions));
  }

  get names(): readonly string[] {
    return [...this.#types.keys()];
  }

  /**
   * Reads the rows of a file as they arrive, after its header. An empty cell is a field that is left out.
   * @param key the field that the header must name
   * @throws Problem invalid-request for a header that is missing or names unknown fields
   */
  async *rows(bytes: AsyncIterable<Buffer>, key: string): AsyncIterable<CsvRow> {
    let header: readonly string[] | undefined;
    for await (const cells of csvRecords(bytes)) {
      if (header) yield this.#rowOf(header, cells);
      else header = this.#headerOf(cells, key);
    }
    if (!header) throw invalid('header', 'is missing');
  }

  #headerOf(cells: CsvRecord, key: string): readonly string[] {
    if (!cells) throw invalid('header', 'is not CSV in UTF-8');
    const header = cells.map((name) => name.trim());
    const unknown = header.find((name) => name !== key && !this.#types.has(name));
    if (unknown !== undefined)
      throw invalid('header', `"${unknown.slice(0, 100)}" is not one of ${[key, ...this.names].join(', ')}`);
    if (new Set(header).size < header.length) throw invalid('header', 'must not name a field twice');
    if (!header.includes(key)) throw invalid('header', `must name ${key}`);
    return header;
  }

  #rowOf(header: readonly string[], cells: CsvRecord): CsvRow {
    if (!cells) return { fault: 'row: has quotes that do not match, or is not UTF-8' };
    if (cells.length > header.length)
      return { fault: `row: has ${cells.length} cells, and the header has ${header.length}` };
    const value: Record<string, unknown> = {};
    for (const [at, name] of header.entries()) {
      const cell = cells[at] ?? '';
      if (cell !== '') put(value, name.split('.'), converted(cell, this.#types.get(name) ?? 'string'));
    }
    return { value };
  }
}

type Definitions = Readonly<Record<string, JsonSchema>>;

function typesIn(schema: JsonSchema, path: string, named: Definitions): [string, FieldType][] {
  if (schema.$ref !== undefined)
    return typesIn(named[schema.$ref.split('/').at(-1) ?? ''] ?? {}, path, named);
  const of = schema.anyOf?.find(({ type }) => type !== 'null') ?? schema;
  if (of.properties)
    return Object.entries(of.properties).flatMap(([name, inner]) =>
      typesIn(inner, path === '' ? name : `${path}.${name}`, named),
    );
  if (of.type === 'integer' || of.type === 'number') return [[path, 'number']];
  if (of.type === 'boolean') return [[path, 'boolean']];
  return [[path, of.type === 'array' ? 'list' : 'string']];
}

/** Converts a cell; one that does not fit stays text, so that the schema says what it must be. */
function converted(cell: string, type: FieldType): unknown {
  if (type === 'list') return listIn(cell);
  if (type === 'boolean' && (cell === 'true' || cell === 'false')) return cell === 'true';
  if (type === 'number' && /^-?\d{1,20}(\.\d{1,20})?$/.test(cell)) return Number(cell);
  return cell;
}

/** Splits a list at its semicolons. A backslash takes the character after it as a part of the text. */
function listIn(cell: string): readonly string[] {
  const texts: string[] = [];
  let text = '';
  let isEscaped = false;
  for (const character of cell) {
    if (!isEscaped && character === '\\') {
      isEscaped = true;
      continue;
    }
    if (character === ';' && !isEscaped) {
      texts.push(text);
      text = '';
    } else text += character;
    isEscaped = false;
  }
  return [...texts, text];
}

function put(into: Record<string, unknown>, [name = '', ...inner]: readonly string[], value: unknown): void {
  if (inner.length === 0) {
    into[name] = value;
    return;
  }
  const object = (into[name] ?? {}) as Record<string, unknown>;
  into[name] = object;
  put(object, inner, value);
}
