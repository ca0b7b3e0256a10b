import { importAnswer } from '../../contracts/api/imports';
import type { Cause } from '../../stores/log/event-log';
import { type ImportRow, importBody, MOST_IMPORT_ROWS } from './import-body';
import { type Operation, operation } from './operation';
import { Problem } from './problem';
import { inOperationId, type ResourceSpec } from './resource-routes';

type Outcome = { readonly outcome: 'applied' } | { readonly outcome: 'rejected'; readonly reason: string };

/** The rows of all imports of a process that are written at once: the stores' connections are there for orders first. */
const AT_ONCE = 4;
/** The rows of one import that are read ahead. */
const PORTION = 32;

/** Declares the imports of these collections. */
export function importRoutes(resources: readonly ResourceSpec[]): Operation[] {
  const limited = atMost(AT_ONCE);
  return resources.map((spec) => importInto(spec, limited));
}

type Limited = <T>(write: () => Promise<T>) => Promise<T>;

/** Returns a function that runs at most so many calls at a time; the others wait in their order. */
function atMost(places: number): Limited {
  let free = places;
  const waiting: (() => void)[] = [];
  return async (write) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await write();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}

function importInto(spec: ResourceSpec, limited: Limited): Operation {
  return operation({
    method: 'post',
    path: `/v1/imports/${spec.collection}`,
    operationId: `import${inOperationId(spec)}s`,
    tag: spec.tag,
    summary: `Import ${spec.collection}: NDJSON or CSV of up to ${MOST_IMPORT_ROWS.toLocaleString('en')} rows`,
    description:
      'Each row has the effect of a PUT and gets its own outcome; a rejected row does not affect the others. Rows are ' +
      'written while the body is still arriving: if the call fails half way, send the whole body again. A repeated row ' +
      'changes nothing, so no key is needed.',
    scope: spec.scopes.write,
    body: importBody(spec),
    answers: { 200: { description: 'an outcome for each row', schema: importAnswer } },
    async handle({ body, cause }) {
      const outcomes: Outcome[] = [];
      for await (const rows of portions(body)) {
        outcomes.push(...(await writePortion(spec, rows, cause, limited)));
      }
      const applied = outcomes.filter(({ outcome }) => outcome === 'applied').length;
      const results = outcomes.map((outcome, at) => ({ row: at + 1, ...outcome }));
      return { status: 200, json: { applied, rejected: outcomes.length - applied, results } };
    },
  });
}

async function* portions(rows: AsyncIterable<ImportRow>): AsyncIterable<readonly ImportRow[]> {
  let portion: ImportRow[] = [];
  for await (const row of rows) {
    portion.push(row);
    if (portion.length < PORTION) continue;
    yield portion;
    portion = [];
  }
  if (portion.length > 0) yield portion;
}

/** Writes rows at the same time; rows with one key one after the other, so that the last one stays. */
function writePortion(
  spec: ResourceSpec,
  rows: readonly ImportRow[],
  cause: Cause,
  limited: Limited,
): Promise<Outcome[]> {
  const last = new Map<string, Promise<unknown>>();
  return Promise.all(
    rows.map((row): Outcome | Promise<Outcome> => {
      if ('fault' in row) return { outcome: 'rejected', reason: row.fault };
      const before = last.get(row.key) ?? Promise.resolve();
      const written = before.then(() => limited(() => write(spec, row.key, row.wanted, cause)));
      last.set(row.key, written);
      return written;
    }),
  );
}

async function write(spec: ResourceSpec, key: string, wanted: unknown, cause: Cause): Promise<Outcome> {
  try {
    await spec.put(key, wanted, cause);
    return { outcome: 'applied' };
  } catch (error) {
    if (error instanceof Problem) return { outcome: 'rejected', reason: error.message };
    throw error;
  }
}
