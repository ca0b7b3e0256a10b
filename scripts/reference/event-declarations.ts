import { readdirSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** An event type as the domain declares it. */
export interface DeclaredEvent {
  readonly type: string;
  readonly description: string;
  readonly data: ts.Type;
}

/** The events of one kind of stream, under the description of their union. */
export interface DeclaredStream {
  readonly description: string;
  readonly events: readonly DeclaredEvent[];
}

export interface Declarations {
  readonly checker: ts.TypeChecker;
  readonly streams: readonly DeclaredStream[];
}

const ROOT = path.resolve(__dirname, '..', '..');
/** The opening of the docstring of a union that holds all events of a stream. */
const WHOLE_STREAM = /^Every event of /;
const EVENT_TYPE = /^(orders|inventory|credit)[.][a-z-]+[.]v\d+$/;

/**
 * Reads all events from the types of src/domain: unions of `{ type, data }` with a docstring each.
 * @throws Error that names an event without docstring, or outside of every stream
 */
export function declaredEvents(): Declarations {
  const folder = path.join(ROOT, 'src', 'domain');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .map((file) => path.join(folder, file));
  const program = ts.createProgram(files, optionsOf(path.join(ROOT, 'tsconfig.json')));
  const checker = program.getTypeChecker();
  const sources = files.flatMap((file) => program.getSourceFile(file) ?? []);
  const streams = sources.flatMap((source) => streamsIn(source, checker));
  const shown = new Set(streams.flatMap(({ events }) => events.map(({ type }) => type)));
  const hidden = sources.flatMap((source) => typesIn(source)).find((type) => !shown.has(type));
  if (hidden !== undefined)
    throw new Error(`${hidden} is in no union with a docstring that begins "Every event of"`);
  return { checker, streams };
}

function optionsOf(file: string): ts.CompilerOptions {
  const { config } = ts.readConfigFile(file, ts.sys.readFile);
  return { ...ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT).options, noEmit: true };
}

function streamsIn(source: ts.SourceFile, checker: ts.TypeChecker): readonly DeclaredStream[] {
  return source.statements.flatMap((statement) => {
    if (!ts.isTypeAliasDeclaration(statement)) return [];
    const description = docstringIn(source.text.slice(statement.pos, statement.getStart(source)));
    if (!WHOLE_STREAM.test(description)) return [];
    const union = checker.getTypeAtLocation(statement.name);
    const members = union.isUnion() ? union.types : [union];
    return [{ description, events: members.map((member) => eventOf(member, checker)) }];
  });
}

function eventOf(member: ts.Type, checker: ts.TypeChecker): DeclaredEvent {
  const [declaration] = member.getProperty('type')?.declarations ?? [];
  const data = member.getProperty('data');
  if (!declaration || !data || !ts.isPropertySignature(declaration) || !declaration.type)
    throw new Error(`${checker.typeToString(member)} is no event`);
  const type = declaration.type.getText().slice(1, -1);
  const description = docstringIn(textBefore(declaration));
  if (description === '') throw new Error(`${type} has no docstring`);
  return { type, description, data: checker.getTypeOfSymbolAtLocation(data, declaration) };
}

/** Returns the text between the previous member of the union and the property `type` of this one. */
function textBefore(declaration: ts.PropertySignature): string {
  const literal = declaration.parent;
  const { parent } = literal;
  const before =
    ts.isUnionTypeNode(parent) && parent.types.find((_, at) => parent.types[at + 1] === literal)?.end;
  const from = typeof before === 'number' ? before : parent.pos;
  return declaration.getSourceFile().text.slice(from, declaration.getStart());
}

/** Returns the last docstring in a text, in one line. */
function docstringIn(text: string): string {
  const last = [...text.matchAll(/\/\*\*([\s\S]*?)\*\//g)].at(-1)?.[1] ?? '';
  return last.replace(/\s*\n\s*\*?\s*/g, ' ').trim();
}

/** Returns every type of event that the types of a file name. */
function typesIn(source: ts.SourceFile): readonly string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal) && EVENT_TYPE.test(node.literal.text))
      found.push(node.literal.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
