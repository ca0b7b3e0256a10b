import { z } from 'zod';
import { invalid } from './problem';

type FieldType = 'string' | 'number' | 'boolean' | 'list';

interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly anyOf?: readonly JsonSchema[];
  readonly $ref?: string;
}

/** Converts the cells of CSV rows to the values of a schema: names with a dot are fields of an inner object. */
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
   * Checks the header of a file.
   * @param key the field that must be there
   * @throws Problem invalid-request
   */
  check(header: readonly string[], key: string): void {
    const unknown = header.find((name) => name !== key && !this.#types.has(name));
    if (unknown !== undefined)
      throw invalid('header', `"${unknown.slice(0, 100)}" is not one of ${[key, ...this.names].join(', ')}`);
    if (new Set(header).size < header.length) throw invalid('header', 'must not name a field twice');
    if (!header.includes(key)) throw invalid('header', `must name ${key}`);
  }

  /** Returns the object of a row. An empty cell is a field that is left out. */
  valueOf(header: readonly string[], cells: readonly string[]): Record<string, unknown> {
    const value: Record<string, unknown> = {};
    for (const [at, name] of header.entries()) {
      const cell = cells[at] ?? '';
      if (cell !== '') put(value, name.split('.'), converted(cell, this.#types.get(name) ?? 'string'));
    }
    return value;
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
  if (type === 'list') return cell.split(';');
  if (type === 'boolean' && (cell === 'true' || cell === 'false')) return cell === 'true';
  if (type === 'number' && /^-?\d{1,20}(\.\d{1,20})?$/.test(cell)) return Number(cell);
  return cell;
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
