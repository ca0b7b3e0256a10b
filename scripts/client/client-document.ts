import { allOperations } from '../../src/http/api';
import type { ApiDependencies } from '../../src/http/api-dependencies';
import { CommandTraffic } from '../../src/http/framework/command-traffic';
import { openApiDocument } from '../../src/http/system/openapi-document';

interface Described {
  readonly parameters?: { readonly name: string; required?: boolean }[];
  readonly responses: Record<string, { readonly content?: Record<string, unknown> }>;
}

type Paths = Readonly<Record<string, Readonly<Record<string, Described>>>>;

/** The OpenAPI document as the generator of the client reads it. */
export interface ClientDocument extends Readonly<Record<string, unknown>> {
  readonly paths: Paths;
}

/** Stands for the stores and the intakes: the routes are declared with them, and none is called. */
const absent: object = new Proxy({}, { get: () => absent });

/**
 * Returns the OpenAPI document for the generator. It differs from the API's own in two ways: no call requires an
 * idempotency key, because the client makes one; and a call that can answer as a stream answers as JSON, because the
 * generator gives a call one form only. The client follows streams itself.
 */
export function clientDocument(): ClientDocument {
  const parts = { stores: absent, intakes: absent, webUi: null } as Partial<ApiDependencies>;
  const operations = allOperations(parts as ApiDependencies, new CommandTraffic());
  const document = JSON.parse(openApiDocument(operations)) as ClientDocument;
  for (const { parameters, responses } of operationsOf(document)) {
    const key = parameters?.find(({ name }) => name === 'Idempotency-Key');
    if (key) key.required = false;
    delete responses[200]?.content?.['text/event-stream'];
  }
  return document;
}

/** Returns the operations that take an idempotency key, as `POST /v1/orders`. */
export function keyedOperations({ paths }: ClientDocument): readonly string[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { parameters = [] }]) =>
      parameters.some(({ name }) => name === 'Idempotency-Key') ? [`${method.toUpperCase()} ${path}`] : [],
    ),
  );
}

function operationsOf({ paths }: ClientDocument): readonly Described[] {
  return Object.values(paths).flatMap((methods) => Object.values(methods));
}
