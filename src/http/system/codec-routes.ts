import type { RequestHandler } from 'express';
import { payloads } from '../../contracts/api/codec';
import type { ApiDependencies } from '../api-dependencies';
import { type Operation, operation } from '../framework/operation';
import { invalid } from '../framework/problem';
import { jsonBody } from '../framework/request-body';

const DECODE = `Decrypts payloads of Temporal for its Web UI and its command line, as the protocol of codec servers has it: set
\`https://…/v1/codec\` as the codec endpoint. The command line sends the API key by \`--codec-auth\`. A browser that is signed in
to the operator's page sends it by a cookie. Without encryption the payloads come back as they are.`;

const LARGEST_BODY_BYTES = 4_000_000;
const COOKIE = /(?:^|;\s*)holdfast_codec=([^;]+)/;

/** Declares the route that decrypts payloads of Temporal. */
export function codecRoutes({ decodePayloads }: Pick<ApiDependencies, 'decodePayloads'>): Operation[] {
  return [
    operation({
      method: 'post',
      path: '/v1/codec/decode',
      operationId: 'decodePayloads',
      tag: 'Sagas',
      summary: 'Decrypt payloads for the Temporal Web UI',
      description: DECODE,
      scope: 'admin',
      body: jsonBody(payloads, LARGEST_BODY_BYTES),
      answers: { 200: { description: 'the payloads in their order', schema: payloads } },
      async handle({ body }) {
        const decoded = await decodePayloads(body.payloads);
        if ('unreadable' in decoded) throw invalid('payloads', decoded.unreadable);
        return { status: 200, json: { payloads: [...decoded] } };
      },
    }),
  ];
}

/**
 * Lets the Web UI at `origin` ask for payloads from a browser: answers its preflight, and takes the API key of the cookie
 * that the operator's page sets, or its session.
 */
export function forWebUi(origin: string): RequestHandler {
  return (request, response, next) => {
    if (request.headers.origin === origin) {
      request.admittedOrigin = origin;
      response.set({
        'Access-Control-Allow-Origin': origin,
        'Access-Control-Allow-Credentials': 'true',
        Vary: 'Origin',
      });
      if (request.method === 'OPTIONS') {
        response
          .status(204)
          .set({
            'Access-Control-Allow-Methods': 'POST',
            'Access-Control-Allow-Headers': 'authorization, content-type, x-namespace',
            'Access-Control-Max-Age': '600',
          })
          .end();
        return;
      }
      const key = COOKIE.exec(request.headers.cookie ?? '')?.[1];
      if (key !== undefined && request.headers.authorization === undefined)
        request.headers.authorization = `Bearer ${decodeURIComponent(key)}`;
    }
    next();
  };
}
