import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiResponseObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { problem } from '../../contracts/api/problems';
import type { Operation } from '../framework/operation';

const DESCRIPTION = `Orders and stock reservations that never oversell.

Commands answer with 202 once they are recorded: they are durable from then on, every process shows them, and they are
carried to an end. \`Prefer: wait=N\` waits for that. Every POST that a repeat would give a second effect needs an
\`Idempotency-Key\`. The same key, path and body again change nothing and are answered with the present state
(\`Idempotent-Replayed: true\`); the same key with another path or body is refused with 422. Each caller has keys of its
own, for each kind of command. A command that is refused leaves its key free, unless a saga had to refuse it. After a 503 the command may have been recorded: send it again with the
same key.
Faults are RFC 9457 problems that name the field. Amounts are whole minor units; times are RFC 3339 in UTC.
Every answer carries an \`X-Request-Id\`, the caller's own where it sent one; what a request
changes without a command of its own has \`req_\` and that id as \`correlation\`. A valid \`traceparent\` is passed on.`;

/** The descriptions of problems by status, for the document. */
const PROBLEM_DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'not valid: each field at fault is named',
  401: 'no valid API key',
  403: 'the key lacks the scope',
  404: 'no such thing',
  406: '`Accept` takes none of the media types there are',
  409: 'the present state does not allow it',
  413: 'the body is too large',
  415: 'the body is in another format',
  422: 'the idempotency key was used for another path or body, or the body names something unknown',
  429: 'the caller has too many at once: try again after `Retry-After`',
  500: 'a fault of this service',
  503: 'not at the moment: try again after `Retry-After`',
};

/** Returns the OpenAPI 3.1 document of these operations, as JSON text. */
export function openApiDocument(operations: readonly Operation[]): string {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: described(operation) };
  }
  return JSON.stringify(
    createDocument({
      openapi: '3.1.0',
      info: { title: 'Holdfast', version: '1', description: DESCRIPTION },
      servers: [{ url: '/' }],
      security: [{ apiKey: [] }],
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer', description: 'an API key, as in `Bearer hf_…`' },
        },
      },
      paths,
    }),
  );
}

function described(operation: Operation): ZodOpenApiOperationObject {
  const { tag, summary, description, params, query, headers, bodySchemas, isOpen } = operation;
  return {
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    operationId: `${operation.method}${operation.path.replaceAll(/[^A-Za-z0-9]+(\w?)/g, (_, next: string) => next.toUpperCase())}`,
    ...(isOpen ? { security: [] } : {}),
    requestParams: { path: params, query, header: headers },
    ...(bodySchemas ? { requestBody: { required: true, content: contentOf(bodySchemas) } } : {}),
    responses: responsesOf(operation),
  };
}

function contentOf(schemas: NonNullable<Operation['bodySchemas']>) {
  return Object.fromEntries(Object.entries(schemas).map(([mediaType, schema]) => [mediaType, { schema }]));
}

function responsesOf(operation: Operation): ZodOpenApiResponsesObject {
  const responses: Record<string, ZodOpenApiResponseObject> = {};
  for (const status of problemStatuses(operation)) {
    const description = PROBLEM_DESCRIPTIONS[status] ?? 'a problem';
    responses[status] = { description, content: { 'application/problem+json': { schema: problem } } };
  }
  for (const [status, { description, schema, mediaType, others, headers = {} }] of Object.entries(
    operation.answers,
  )) {
    const isEmpty = schema === undefined && mediaType === undefined;
    responses[status] = {
      description,
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, text]) => [
          name,
          { description: text, schema: { type: 'string' } },
        ]),
      ),
      ...(isEmpty
        ? {}
        : { content: contentOf({ [mediaType ?? 'application/json']: schema ?? z.string(), ...others }) }),
    };
  }
  return responses;
}

/** Lists the statuses of problems: those of every operation, those of keys and bodies, and those it declares. */
function problemStatuses({ problems = [], isOpen, bodySchemas }: Operation): number[] {
  const ofKeys = isOpen ? [] : [401, 403, 503];
  const ofBodies = bodySchemas ? [413, 415] : [];
  return [...new Set([400, ...ofKeys, ...problems, ...ofBodies, 500])].sort((a, b) => a - b);
}
