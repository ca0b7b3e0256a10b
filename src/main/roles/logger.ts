import { type DestinationStream, type Logger, pino } from 'pino';
import type { LogLevel } from '../settings';

/** Creates the logger of a process, which writes one JSON line for each event, to its output by default. */
export function openLogger(level: LogLevel, destination?: DestinationStream): Logger {
  return pino({ level, serializers: { err: loggedError } }, destination);
}

/**
 * Returns what a line says of an error: no more than these fields, because others repeat data. PostgreSQL, for example,
 * puts a whole row into `detail`.
 */
function loggedError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name: type, message, stack, cause } = error;
  const { code } = error as { readonly code?: unknown };
  return {
    type,
    message,
    stack,
    ...(code === undefined ? {} : { code }),
    ...(cause === undefined ? {} : { cause: loggedError(cause) }),
    ...(error instanceof AggregateError ? { errors: error.errors.map(loggedError) } : {}),
  };
}
