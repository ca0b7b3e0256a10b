import { databaseTrouble } from '../../stores/postgres/database-errors';
import { invalid, Problem, unavailable } from './problem';

/** The problem that an error is answered with; what is nobody's fault but ours says nothing of its inside. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const status = statusOf(error);
  if (status !== undefined && status >= 400 && status < 500)
    return invalid('path', 'is not valid percent-encoded UTF-8');
  if (databaseTrouble(error) !== 'fault')
    return unavailable('a store cannot be reached at the moment', error);
  return new Problem('internal-error', {}, { cause: error });
}

/** Express marks what it finds wrong with a request by a status; all that it looks into here is the path. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('status' in error)) return undefined;
  return typeof error.status === 'number' ? error.status : undefined;
}
