import { databaseTrouble } from '../../stores/postgres/database-errors';
import { invalid, Problem, unavailable } from './problem';

/** Returns the problem that answers an error. A fault of this service reveals no internals. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const status = statusOf(error);
  if (status !== undefined && status >= 400 && status < 500)
    return invalid('path', 'is not valid percent-encoded UTF-8');
  if (databaseTrouble(error) !== 'fault')
    return unavailable('a store is unavailable: repeat the request in a moment', error);
  return new Problem('internal-error', {}, { cause: error });
}

/** Reads the status that Express sets on errors of a request. The path is all that Express parses here. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('status' in error)) return undefined;
  return typeof error.status === 'number' ? error.status : undefined;
}
