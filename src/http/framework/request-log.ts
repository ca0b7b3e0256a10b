import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';

declare module 'http' {
  interface IncomingMessage {
    /** The caller's `X-Request-Id` where it is sane, or one of our own: in every answer and on every line logged. */
    id: string;
    /** What went wrong here, for the log only. */
    fault?: unknown;
  }
}

const SANE_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;
const LONGEST_URL = 200;
const PROBES = new Set(['/livez', '/readyz', '/metrics']);

/**
 * Gives every request an id and logs one line when its answer is out, or its caller has gone. Headers and bodies are
 * never logged: they carry keys and customers. Probes are logged at debug. (Ours, because the two child loggers that
 * pino-http makes for each request cost a fifth of it.)
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
        url: url.slice(0, LONGEST_URL),
        status: response.statusCode,
        milliseconds: Math.round(performance.now() - since),
      };
      if (request.fault !== undefined) logger.error({ ...line, err: request.fault }, 'answered with a fault');
      else if (!response.writableFinished) logger.info(line, 'the caller went away');
      else if (PROBES.has(url)) logger.debug(line, 'answered');
      else logger.info(line, 'answered');
    });
    next();
  };
}
