import { databaseTrouble } from '../stores/database-errors';
import { Problem, unavailable } from './problem';

/** The problem that an error is answered with; what is nobody's fault but ours says nothing of its inside. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const status = statusOf(error);
  if (status !== undefined && status >= 400 && status < 500) {
    return new Problem('invalid-request', { detail: 'the request could not be understood' });
  }
  if (databaseTrouble(error) !== 'fault')
    return unavailable('a store cannot be reached at the moment', error);
  return new Problem('internal-error', {}, { cause: error });
}

/** Express marks what it finds wrong with a request (a malformed URL, say) by a status. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('status' in error)) return undefined;
  return typeof error.status === 'number' ? error.status : undefined;
}
