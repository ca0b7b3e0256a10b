import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { pinoHttp } from 'pino-http';

const SANE_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;
const LONGEST_URL = 200;
const PROBES = new Set(['/livez', '/readyz', '/metrics']);

/**
 * Gives every request an id (the caller's `X-Request-Id` where it is sane), returns it, and logs one line when the
 * answer is out. Headers and bodies are never logged: they carry keys and customers. Probes are logged at debug.
 */
export function requestLog(logger: Logger): RequestHandler {
  return pinoHttp<IncomingMessage, ServerResponse>({
    logger,
    genReqId(request, response) {
      const given = request.headers['x-request-id'];
      const id = typeof given === 'string' && SANE_ID.test(given) ? given : randomUUID();
      response.setHeader('X-Request-Id', id);
      return id;
    },
    quietReqLogger: true,
    quietResLogger: true,
    customAttributeKeys: { reqId: 'requestId' },
    wrapSerializers: false,
    serializers: { req: () => undefined },
    customLogLevel: (request, response) => levelOf(request, response.statusCode),
    customSuccessObject: (request, response, { responseTime }) => line(request, response, responseTime),
    customErrorObject: (request, response, _error, { responseTime }) => line(request, response, responseTime),
    customSuccessMessage: () => 'answered',
    customErrorMessage: () => 'answered with a fault',
  });
}

function levelOf({ url = '' }: IncomingMessage, status: number): 'debug' | 'info' | 'warn' {
  if (status >= 500 && status !== 503) return 'warn';
  return PROBES.has(url) ? 'debug' : 'info';
}

function line({ method, url = '' }: IncomingMessage, response: ServerResponse, milliseconds: unknown) {
  return { method, url: url.slice(0, LONGEST_URL), status: response.statusCode, milliseconds };
}
