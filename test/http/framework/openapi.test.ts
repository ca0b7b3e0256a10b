import { Registry } from 'prom-client';
import { allOperations } from '../../../src/http/api';
import { CommandTraffic } from '../../../src/http/framework/command-traffic';
import { type ApiUnderTest, startApi } from '../support/api-under-test';

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, DocumentedOperation>>;
  readonly components: { readonly schemas: Record<string, unknown> };
}

interface DocumentedOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
  }[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Record<string, { readonly schema: object }>;
  };
  readonly responses: Record<string, { readonly description: string; readonly content: object }>;
}

let api: ApiUnderTest;
let document: Document;
beforeAll(async () => {
  api = await startApi();
  document = (await api.call('GET', '/openapi.json')).json;
});
afterAll(() => api.close());

const documented = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

describe('the OpenAPI document', () => {
  it('has every route and no other', () => {
    const routes = allOperations({ ...api.deps, metrics: new Registry() }, new CommandTraffic());
    const names = routes.map(({ method, path }) => `${method} ${path}`);
    expect(
      documented()
        .map(({ method, path }) => `${method} ${path}`)
        .sort(),
    ).toEqual(names.sort());
    expect(new Set(names).size).toBe(names.length);
  });

  it('has no broken reference, and no unnamed schema', () => {
    const text = JSON.stringify(document);
    const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
      ([, name]) => name,
    );
    expect(references.length).toBeGreaterThan(10);
    for (const name of references) expect(Object.keys(document.components.schemas)).toContain(name);
    expect(document.openapi).toBe('3.1.0');
  });

  it('documents every path parameter, and problems for every operation', () => {
    for (const { path, operation } of documented()) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect(parameters.map(({ name }) => name)).toEqual(inPath);
      expect(operation.summary).not.toBe('');
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['400', '500']));
      expect(Object.keys(operation.responses).some((status) => /^[23]/.test(status))).toBe(true);
    }
  });
});

describe('the operation ids of the OpenAPI document', () => {
  const VERBS =
    'accept book cancel check decode deliver drop end erase explain extend get hold import list make open place put query record ' +
    'reject release remove replay report reserve reset resolve retry return revise revoke ship';

  it('are unique, and each is a verb and a noun', () => {
    const ids = documented().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const shape = new RegExp(`^(${VERBS.replaceAll(' ', '|')})([A-Z][a-z]+)+$`);
    expect(ids.filter((id) => !shape.test(id))).toEqual([]);
  });

  it.each([
    ['post /v1/orders', 'placeOrder'],
    ['get /v1/orders/{id}', 'getOrder'],
    ['post /v1/shipments/{id}/deliver', 'deliverShipment'],
    ['put /v1/credit-accounts/{customerId}', 'putCreditAccount'],
    ['get /v1/eligibility-rules', 'listEligibilityRules'],
    ['post /v1/imports/caps', 'importSalesCaps'],
  ])('%s is %s', (route, id) => {
    const [method = '', path = ''] = route.split(' ');
    expect(document.paths[path]?.[method]?.operationId).toBe(id);
  });
});

describe('commands in the OpenAPI document', () => {
  it('say what creating commands need', () => {
    const parameters = document.paths['/v1/orders']?.post?.parameters ?? [];
    expect(parameters).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'Idempotency-Key', in: 'header', required: true }),
        expect.objectContaining({ name: 'Prefer', in: 'header' }),
      ]),
    );
    expect(JSON.stringify(document.components.schemas.OrderRequest)).toContain(
      '"additionalProperties":false',
    );
  });

  it('require a key where a repeat would change something, and take one everywhere else', () => {
    const keyOf = (path: string) =>
      document.paths[path]?.post?.parameters?.find(({ name }) => name === 'Idempotency-Key');
    const required = ['orders', 'trips', 'reservations', 'credit-accounts/{customerId}/payments'];
    for (const path of [...required, 'shipments/{id}/reject', 'stock/{sku}/nodes/{nodeId}/damage-ends'])
      expect([path, keyOf(`/v1/${path}`)?.required]).toEqual([path, true]);
    const reports = ['accept', 'ship', 'deliver'].map((what) => `shipments/{id}/${what}`);
    for (const path of [...reports, 'orders/{id}/cancel', 'orders/{id}/revise', 'sagas/{id}/resolve'])
      expect([path, keyOf(`/v1/${path}`)?.required ?? false]).toEqual([path, false]);
  });

  it('let callers wait on every route that answers a command with 202', () => {
    const early = documented().filter(
      ({ path, operation }) =>
        '202' in operation.responses && !/^[/]v1[/](subscriptions|webhooks)[/]/.test(path),
    );
    expect(early.length).toBeGreaterThan(5);
    for (const { path, operation } of early) {
      expect([path, Object.keys(operation.responses)]).toEqual([path, expect.arrayContaining(['200'])]);
      expect([path, operation.parameters?.map(({ name }) => name)]).toEqual([
        path,
        expect.arrayContaining(['Prefer']),
      ]);
    }
  });
});

describe('the bodies of the OpenAPI document', () => {
  it('show a timeline as JSON and as a stream', () => {
    const { content } = document.paths['/v1/orders/{id}/events']?.get?.responses['200'] ?? {};
    expect(content).toEqual({
      'application/json': { schema: { $ref: '#/components/schemas/Timeline' } },
      'text/event-stream': {
        schema: { type: 'array', items: { $ref: '#/components/schemas/TimelineMessage' } },
      },
    });
  });

  it('are optional where a call may come without one', async () => {
    const isRequired = (path: string) => document.paths[path]?.post?.requestBody?.required;
    for (const path of ['/v1/orders/{id}/cancel', '/v1/shipments/{id}/ship', '/v1/reservations/{id}/release'])
      expect([path, isRequired(path)]).toEqual([path, false]);
    for (const path of ['/v1/orders', '/v1/orders/{id}/revise', '/v1/shipments/{id}/reject'])
      expect([path, isRequired(path)]).toEqual([path, true]);
  });

  it('match the real answers', async () => {
    const answer = await api.call('PUT', '/v1/nodes/wh-9', { name: 'W', kind: 'store', region: 'north' });
    const node = document.components.schemas.Node as { properties: object; required: string[] };
    expect(Object.keys(answer.json).sort()).toEqual(Object.keys(node.properties).sort());
  });
});
