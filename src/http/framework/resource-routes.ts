import { z } from 'zod';
import { pastMoment } from '../../contracts/api/fields';
import { pageOf, pageQuery } from '../../contracts/api/paging';
import type { Scope } from '../../contracts/api/scopes';
import type { Removal } from '../../domain/removal';
import type { Cause } from '../../stores/log/event-log';
import { type Operation, operation } from './operation';
import { pageFrom, positionAt } from './page-cursor';
import { notFound, Problem } from './problem';
import { jsonBody } from './request-body';

/** Enough for a source of 1,000 nodes, or a cap of 1,000 items, whose ids are long and not ASCII. */
const LARGEST_RESOURCE_BYTES = 1024 * 1024;

/** A resource that a caller replaces as a whole under an id of its choice, reads, lists, imports and removes. */
export interface ResourceSpec<Request extends z.ZodType = z.ZodType, Row = unknown> {
  /** The name of the collection in paths. */
  readonly collection: string;
  readonly tag: string;
  /** The noun for summaries and problems, without an article: `node`. */
  readonly noun: string;
  readonly scopes: { readonly read: Scope; readonly write: Scope };
  /** The field that identifies it, and its schema. */
  readonly key: { readonly name: string; readonly schema: z.ZodType<string> };
  /** The schema of its content, without the key. */
  readonly request: Request;
  readonly view: z.ZodType;
  /** The id of the schema of a page. */
  readonly pageId: string;
  /** The statuses of problems that PUT can meet beyond a bad request. */
  readonly putProblems?: readonly number[];
  /**
   * Creates or changes it.
   * @throws Problem when it is refused; nothing is changed
   */
  put(key: string, wanted: z.output<Request>, cause: Cause): Promise<void>;
  /** Reads it; undefined when it does not exist. */
  read(key: string): Promise<Row | undefined>;
  /**
   * Reads it as of a past moment; undefined when it did not exist then. Left out where the past cannot be read.
   * @throws Problem when the moment lies in the future
   */
  readAt?(key: string, moment: string, caller: string): Promise<Row | undefined>;
  /** Reads the next resources after a key, in order of their keys. */
  list(after: string, limit: number): Promise<readonly Row[]>;
  show(row: Row): object;
  /** Removes it, unless something refers to it. */
  remove(key: string, cause: Cause): Promise<Removal>;
}

/** Declares a resource; without this function the types of its request and of its rows would have to be repeated. */
export function resource<Request extends z.ZodType, Row>(spec: ResourceSpec<Request, Row>): ResourceSpec {
  return spec as unknown as ResourceSpec;
}

/** Declares the operations of a resource. A repeated PUT or DELETE changes nothing, so no idempotency key is needed. */
export function resourceRoutes(spec: ResourceSpec): Operation[] {
  return [putOne(spec), getOne(spec), listAll(spec), removeOne(spec)];
}

/** Returns the parts that all operations on one resource have in common. */
function commonOf({ collection, tag, key }: ResourceSpec) {
  const params: z.ZodObject = z.object({ [key.name]: key.schema });
  return { path: `/v1/${collection}/{${key.name}}`, tag, params };
}

function keyIn({ key }: ResourceSpec, params: Readonly<Record<string, unknown>>): string {
  return params[key.name] as string;
}

async function found(spec: ResourceSpec, key: string) {
  const row = await spec.read(key);
  if (row === undefined) throw notFound(`${spec.noun} ${key}`);
  return { status: 200, json: spec.show(row) };
}

/** Returns the noun as a part of an operation id: `CreditAccount`. An `s` makes its plural. */
export function inOperationId({ noun }: Pick<ResourceSpec, 'noun'>): string {
  return noun.replace(/(?:^| )([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function withArticle(noun: string): string {
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
}

function putOne(spec: ResourceSpec): Operation {
  return operation({
    ...commonOf(spec),
    method: 'put',
    operationId: `put${inOperationId(spec)}`,
    summary: `Create or replace ${withArticle(spec.noun)}`,
    scope: spec.scopes.write,
    body: jsonBody(spec.request, LARGEST_RESOURCE_BYTES),
    answers: { 200: { description: `the ${spec.noun} in its new state`, schema: spec.view } },
    problems: spec.putProblems ?? [],
    async handle({ params, body, cause }) {
      const key = keyIn(spec, params);
      await spec.put(key, body, cause);
      return found(spec, key);
    },
  });
}

function getOne(spec: ResourceSpec): Operation {
  const common = {
    ...commonOf(spec),
    method: 'get',
    operationId: `get${inOperationId(spec)}`,
    scope: spec.scopes.read,
    problems: [404],
  } as const;
  const { noun, view: schema } = spec;
  if (!spec.readAt)
    return operation({
      ...common,
      summary: `Read ${withArticle(noun)}`,
      answers: { 200: { description: `the ${noun} in its present state`, schema } },
      handle: ({ params }) => found(spec, keyIn(spec, params)),
    });
  return operation({
    ...common,
    problems: [404, 410],
    summary: `Read ${withArticle(noun)}, now or as of a moment in the past`,
    query: z.strictObject({ asOf: pastMoment(`the ${noun}`) }),
    answers: { 200: { description: `the ${noun} in its present state, or as of \`asOf\``, schema } },
    handle: ({ params, query: { asOf }, caller }) =>
      asOf === undefined
        ? found(spec, keyIn(spec, params))
        : foundAt(spec, keyIn(spec, params), asOf, caller),
  });
}

async function foundAt(spec: ResourceSpec, key: string, asOf: string, caller: string) {
  const row = await spec.readAt?.(key, asOf, caller);
  if (row === undefined) throw notFound(`${spec.noun} ${key} as of ${asOf}`);
  return { status: 200, json: { ...spec.show(row), asOf } };
}

function listAll(spec: ResourceSpec): Operation {
  const { collection, tag, key, view, pageId } = spec;
  return operation({
    method: 'get',
    path: `/v1/${collection}`,
    operationId: `list${inOperationId(spec)}s`,
    tag,
    summary: `List ${collection}, in order of \`${key.name}\``,
    scope: spec.scopes.read,
    query: z.strictObject(pageQuery),
    answers: { 200: { description: `a page of ${collection}`, schema: pageOf(view).meta({ id: pageId }) } },
    async handle({ query: { cursor, limit } }) {
      const [after] = positionAt(cursor, z.tuple([key.schema])) ?? [''];
      const rows = (await spec.list(after, limit + 1)).map(spec.show) as Record<string, string>[];
      return {
        status: 200,
        json: pageFrom(
          rows,
          limit,
          (row) => [row[key.name] ?? ''],
          (row) => row,
        ),
      };
    },
  });
}

function removeOne(spec: ResourceSpec): Operation {
  return operation({
    ...commonOf(spec),
    method: 'delete',
    operationId: `remove${inOperationId(spec)}`,
    summary: `Remove ${withArticle(spec.noun)}, unless something refers to it`,
    scope: spec.scopes.write,
    answers: { 204: { description: 'removed; a repeat gets the same answer' } },
    problems: [404, 409],
    async handle({ params, cause }) {
      const key = keyIn(spec, params);
      const removal = await spec.remove(key, cause);
      if (removal.kind === 'unknown') throw notFound(`${spec.noun} ${key}`);
      if (removal.kind === 'in-use') throw inUse(key, removal.references);
      return { status: 204 };
    },
  });
}

function inUse(key: string, references: Extract<Removal, { kind: 'in-use' }>['references']): Problem {
  const named = references.map(({ kind, id }) => `${kind} ${id}`);
  return new Problem('in-use', {
    detail: `${key} cannot be removed while these refer to it: ${named.join(', ')}`,
    references: references.map((reference) => ({ ...reference })),
  });
}
