import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { traceIdOf } from '../../contracts/command-fields';
import { startRequestSpan } from '../../tracing/spans';
import { givenTrace, traceOf } from './trace-context';

declare module 'http' {
  interface IncomingMessage {
    /** The caller's `X-Request-Id` when it is valid, else a generated id; part of every answer and every log line. */
    id: string;
    /** The fault behind the answer, for the log only. */
    fault?: unknown;
    /** The documented path of the operation that answers. */
    operationPath?: string;
    /** Its caller, once it is known. */
    caller?: string;
    /** Another origin whose pages may use the session of the operator's page for this request. */
    admittedOrigin?: string;
  }
}

const SANE_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;
const LONGEST_PATH = 200;
/** A key in a path, where a caller may put it by mistake. */
const KEY_IN_PATH = /hf_[\w-]+/g;
const PROBES = new Set(['/livez', '/readyz', '/metrics']);

/**
 * Gives every request an id and logs one line when its answer has been sent or its caller has disconnected. Headers,
 * query strings and bodies are never logged, because they contain keys and customers. A path is logged when an operation
 * has it: it then consists of words and ids. Probes are logged at debug. (pino-http is not used: its two child loggers
 * for each request cost a fifth of the request.) Where spans are made, everything after it runs in the request's span.
 */
export function requestLog(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const given = request.headers['x-request-id'];
    request.id = typeof given === 'string' && SANE_ID.test(given) ? given : randomUUID();
    const since = performance.now();
    const { method, url } = request;
    const span = PROBES.has(pathOf(url)) ? undefined : startRequestSpan(method, givenTrace(request.headers));
    const answered = (traceId: string | undefined) => {
      const { operationPath: route, caller } = request;
      const { statusCode: status } = response;
      span?.end({ route, status, requestId: request.id });
      const line = {
        requestId: request.id,
        method,
        route,
        ...(route === undefined ? {} : { path: loggedPath(url) }),
        status,
        milliseconds: Math.round(performance.now() - since),
        caller,
        traceId,
      };
      if (request.fault !== undefined)
        logger.error({ ...line, err: request.fault }, 'answered with an internal error');
      else if (!response.writableFinished)
        logger.info(line, 'the caller disconnected before its answer was sent');
      else if (route !== undefined && PROBES.has(route)) logger.debug(line, 'answered');
      else logger.info(line, 'answered');
    };
    const goOn = () => {
      const traceId = traceIdOf(traceOf(request.headers).traceparent);
      response.on('close', () => answered(traceId));
      next();
    };
    if (span) span.run(goOn);
    else goOn();
  };
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}

function loggedPath(url: string): string {
  return pathOf(url).replaceAll(KEY_IN_PATH, 'hf_…').slice(0, LONGEST_PATH);
}
