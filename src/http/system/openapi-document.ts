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

A command is answered with 202 once it is recorded. From then on it is durable, every process shows it, and its saga
completes it. With \`Prefer: wait=N\` the answer waits up to N seconds for the outcome.

A POST whose repeat would have a second effect requires an \`Idempotency-Key\`. A repeat with the same key, path and body
changes nothing: it is answered with the present state and \`Idempotent-Replayed: true\`. The same key with another path
or body is refused with 422. Keys belong to one caller and one kind of command. A refused command leaves its key free,
unless its saga decided the refusal. After a 503 the command may have been recorded: repeat it with the same key.

An API key may have limits, in each API process: requests in a second, and requests open at once. Answers to such a key
carry \`RateLimit-Policy\` and \`RateLimit\`; a request beyond a limit gets 429 with \`Retry-After\`.

Errors are RFC 9457 problems that name each field at fault. Amounts are whole minor units; times are RFC 3339 in UTC.
Every answer has an \`X-Request-Id\`: the one of the request, or a new one. The events of a change without a command of
its own have \`req_\` and that id as \`correlation\`. A valid \`traceparent\` is passed on.`;

/** The descriptions of problems by status, for the document. */
const PROBLEM_DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'the request is not valid: `errors` names each field at fault',
  401: 'the request has no valid API key or token',
  403: 'the caller lacks the scope',
  404: 'not found',
  406: '`Accept` allows none of the media types of this call',
  409: 'the present state does not allow the change',
  410: 'the moment or the position is before the start of the log: earlier events are archived',
  413: 'the body is too large',
  415: 'the media type of the body is not supported',
  422: 'the idempotency key was used with another path or body, or the body names something that does not exist',
  429: 'the API key or the caller is at its limit, or the caller has too many requests open: repeat after `Retry-After`',
  500: 'an internal error of Holdfast',
  503: 'temporarily unavailable: repeat after `Retry-After`',
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
          apiKey: {
            type: 'http',
            scheme: 'bearer',
            description: 'an API key, as in `Bearer hf_…`, or a token (JWT) of the OpenID Connect issuer',
          },
        },
      },
      paths,
    }),
  );
}

function described(operation: Operation): ZodOpenApiOperationObject {
  const { operationId, tag, summary, description, params, query, headers, isOpen } = operation;
  const { bodySchemas, isBodyOptional } = operation;
  return {
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    operationId,
    ...(isOpen ? { security: [] } : {}),
    requestParams: { path: params, query, header: headers },
    ...(bodySchemas ? { requestBody: { required: !isBodyOptional, content: contentOf(bodySchemas) } } : {}),
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
  const ofKeys = isOpen ? [] : [401, 403, 429, 503];
  const ofBodies = bodySchemas ? [413, 415] : [];
  return [...new Set([400, ...ofKeys, ...problems, ...ofBodies, 500])].sort((a, b) => a - b);
}
