import { z } from 'zod';
import { PROJECTIONS } from '../../../src/main/roles/projections';
import { loadDemoData } from '../../../tools/local/demo-data';
import { caughtUpWith, Relays } from '../../events/following';
import { ADMIN_KEY, type Answer, type ApiUnderTest, startApi } from '../support/api-under-test';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly example?: unknown;
  readonly default?: unknown;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}

interface Documented {
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: 'path' | 'query' | 'header';
    readonly required?: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Documented>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** The operations whose examples name a thing that the demo data cannot have, by the status of their answer. */
const NOT_THERE: Readonly<Record<string, readonly string[]>> = {
  '404 the id of an order, made when it is created': [
    'get /v1/orders/{id}',
    'get /v1/orders/{id}/events',
    'post /v1/orders/{id}/cancel',
    'post /v1/orders/{id}/revise',
    'post /v1/orders/{id}/returns',
    'get /v1/orders/{id}/shipments',
    'delete /v1/orders/{id}/personal-data',
  ],
  '404 the id of a shipment, made with its order': [
    'post /v1/shipments/{id}/accept',
    'post /v1/shipments/{id}/reject',
    'post /v1/shipments/{id}/ship',
    'post /v1/shipments/{id}/deliver',
  ],
  '404 the id of a hold, made when it is granted': [
    'get /v1/reservations/{id}',
    'post /v1/reservations/{id}/extend',
    'post /v1/reservations/{id}/release',
  ],
  '404 the id of a trip, made when it is recorded': ['get /v1/trips/{id}'],
  '404 the id of a command, made when it is recorded': [
    'get /v1/sagas/{id}',
    'post /v1/sagas/{id}/retry',
    'post /v1/sagas/{id}/resolve',
  ],
  '404 the id of a key, made with it': ['delete /v1/keys/{id}'],
  '404 no event is parked': [
    'post /v1/subscriptions/{name}/parked/{eventId}/retry',
    'post /v1/subscriptions/{name}/parked/{eventId}/drop',
  ],
  '409 a relay has run it within the last half minute': ['delete /v1/subscriptions/{name}'],
  '409 no unit is unavailable': ['post /v1/stock/{sku}/nodes/{nodeId}/damage-ends'],
  '409 the demo data refers to it': [
    'delete /v1/nodes/{id}',
    'delete /v1/sources/{id}',
    'delete /v1/items/{sku}',
    'delete /v1/credit-accounts/{customerId}',
  ],
};

/** Lists of what the processes beside the API make: sagas that still run, and deliveries by the relay. */
const FOUND_LATER = ['get /v1/sagas', 'get /v1/webhooks/{id}/deliveries'];

const STATUSES = new Map(
  Object.entries(NOT_THERE).flatMap(([why, names]) => names.map((name) => [name, Number(why.slice(0, 3))])),
);

let api: ApiUnderTest;
let document: Document;
const relays = new Relays();

beforeAll(async () => {
  api = await startApi();
  api.stand.sagas = 'direct';
  await api.stores.subscriptions.inventory.register({ name: 'order-fills', kind: 'reaction', revision: 1 });
  for (const projection of PROJECTIONS) relays.start(api.stores, projection);
  await loadDemoData(api.url, ADMIN_KEY);
  for (const { name, log } of PROJECTIONS) await caughtUpWith(api.stores.subscriptions[log], name);
  document = (await api.call('GET', '/openapi.json')).json;
});
afterAll(async () => {
  await relays.stop();
  await api.close();
});

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method} ${path}`,
      path,
      method,
      operation,
    })),
  );

/** Returns the example that `/docs` fills in for a schema; undefined when it leaves the field empty. */
function exampleOf({ $ref, type, example, default: usual, items, properties }: Schema): unknown {
  if ($ref !== undefined) return exampleOf(document.components.schemas[$ref.split('/').at(-1) ?? ''] ?? {});
  if (example !== undefined) return example;
  if (type === 'array' && items) return [exampleOf(items)];
  return type === 'object' && Object.keys(properties ?? {}).length === 0 ? {} : usual;
}

/** Calls an operation with its examples, once for each media type of its body. */
async function execute({
  name,
  path,
  method,
  operation,
}: ReturnType<typeof operations>[number]): Promise<Answer[]> {
  const { parameters = [], requestBody } = operation;
  const query = new URLSearchParams();
  const headers: Record<string, string> = {};
  let target = path;
  for (const parameter of parameters) {
    const example = exampleOf(parameter.schema);
    if (example === undefined)
      expect([name, parameter.name, parameter.required ?? false]).toEqual([name, parameter.name, false]);
    else if (parameter.in === 'path')
      target = target.replace(`{${parameter.name}}`, encodeURIComponent(String(example)));
    else if (parameter.in === 'header') headers[parameter.name] = String(example);
    else for (const value of [example].flat()) query.append(parameter.name, String(value));
  }
  if (query.size > 0) target += `?${query}`;
  if (!requestBody) return [await api.call(method.toUpperCase(), target, undefined, headers)];
  const answers: Answer[] = [];
  for (const [mediaType, { schema }] of Object.entries(requestBody.content)) {
    const body = exampleOf(schema);
    expect([name, mediaType, body]).not.toEqual([name, mediaType, undefined]);
    answers.push(
      await api.call(method.toUpperCase(), target, body, { ...headers, 'Content-Type': mediaType }),
    );
  }
  return answers;
}

describe('the examples that /docs fills in, on the demo data', () => {
  const answers: Record<string, readonly Answer[]> = {};
  const jsonOf = (name: string) => answers[name]?.map(({ json }) => json);
  const setUp = async () =>
    Promise.all(['nodes', 'sources', 'items'].map(async (of) => (await api.call('GET', `/v1/${of}`)).json));
  let before: unknown;

  beforeAll(async () => {
    before = await setUp();
    const last = ({ method }: { method: string }) => (method === 'delete' ? 1 : 0);
    for (const operation of operations().sort((a, b) => last(a) - last(b)))
      answers[operation.name] = await execute(operation);
  }, 60_000);

  it('are answered with success, unless they name a thing that has yet to be made', () => {
    const unexpected = Object.entries(answers).flatMap(([name, all]) =>
      all
        .filter(({ status }) => (STATUSES.has(name) ? status !== STATUSES.get(name) : status >= 400))
        .map(({ status, text }) => [name, status, text]),
    );
    expect(unexpected).toEqual([]);
    expect([...STATUSES.keys()].filter((name) => !(name in answers))).toEqual([]);
  });

  it('have the effect that a reader expects', () => {
    expect(jsonOf('post /v1/orders')).toMatchObject([{ status: 'APPROVED' }]);
    expect(jsonOf('post /v1/trips')).toMatchObject([{ status: 'BOOKED' }]);
    const [applied, duplicate] = [
      expect.objectContaining({ applied: 1 }),
      expect.objectContaining({ duplicate: 1 }),
    ];
    expect(jsonOf('post /v1/feeds/{sourceId}')).toEqual([applied, duplicate, duplicate]);
    const imports = Object.keys(answers).filter((name) => name.startsWith('post /v1/imports/'));
    expect(imports.length).toBeGreaterThan(0);
    for (const name of imports) expect([name, jsonOf(name)]).toEqual([name, [applied, applied]]);
  });

  it('leave the set-up of the demo as it is', async () => {
    expect(await setUp()).toEqual(before);
  });

  it('find something with every filter, but for work that other processes do', () => {
    for (const [name, [answer]] of Object.entries(answers))
      if (answer?.json?.items && !FOUND_LATER.includes(name))
        expect([name, answer.json.items.length]).not.toEqual([name, 0]);
  });
});

test('every example fits its schema', () => {
  const misfits: unknown[] = [];
  let checked = 0;
  const { paths, components } = withLocalNames(document);
  const visit = (value: unknown, at: string): void => {
    if (typeof value !== 'object' || value === null) return;
    const { example, ...schema } = value as Schema;
    if (example !== undefined && !at.endsWith('.properties')) {
      checked += 1;
      const { error } = z
        .fromJSONSchema({ ...schema, $defs: components.schemas } as never)
        .safeParse(example);
      if (error) misfits.push([at, example, error.issues]);
    }
    for (const [name, inner] of Object.entries(value)) if (name !== 'example') visit(inner, `${at}.${name}`);
  };
  visit(components.schemas, 'schemas');
  visit(paths, 'paths');
  expect(misfits).toEqual([]);
  expect(checked).toBeGreaterThan(100);
});

/** Returns the document for zod: it knows `$defs` only, and no pattern of Unicode properties, which the API checks. */
function withLocalNames(whole: Document): Document {
  const text = JSON.stringify(whole).replaceAll('#/components/schemas/', '#/$defs/');
  return JSON.parse(text, (name, value) => (name === 'pattern' && /\\p\{/.test(value) ? undefined : value));
}
