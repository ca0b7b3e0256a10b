import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';

declare module 'http' {
  interface IncomingMessage {
    /** The caller's `X-Request-Id` when it is valid, else a generated id; part of every answer and every log line. */
    id: string;
    /** The fault behind the answer, for the log only. */
    fault?: unknown;
  }
}

const SANE_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;
const LONGEST_URL = 200;
/** A key in a URL, where a caller may put it by mistake. */
const KEY_IN_URL = /hf_[\w-]+/g;
const PROBES = new Set(['/livez', '/readyz', '/metrics']);

/**
 * Gives every request an id and logs one line when its answer has been sent or its caller has disconnected. Headers and
 * bodies are never logged, because they contain keys and customers, nor is a key in a URL. Probes are logged at debug. (pino-http is not used:
 * its two child loggers for each request cost a fifth of the request.)
 */
export function requestLog(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const given = request.headers['x-request-id'];
    request.id = typeof given === 'string' && SANE_ID.test(given) ? given : randomUUID();
    const since = performance.now();
    const { method, url } = request;
    response.on('close', () => {
      const line = {
        requestId: request.id,
        method,
        url: url.replaceAll(KEY_IN_URL, 'hf_…').slice(0, LONGEST_URL),
        status: response.statusCode,
        milliseconds: Math.round(performance.now() - since),
      };
      if (request.fault !== undefined)
        logger.error({ ...line, err: request.fault }, 'answered with an internal error');
      else if (!response.writableFinished)
        logger.info(line, 'the caller disconnected before its answer was sent');
      else if (PROBES.has(url)) logger.debug(line, 'answered');
      else logger.info(line, 'answered');
    });
    next();
  };
}
