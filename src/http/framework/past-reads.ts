import { invalid } from './problem';

/**
 * Refuses a read of the future.
 * @throws Problem invalid-request
 */
export function refuseFuture({ isAhead }: { readonly isAhead: boolean }): void {
  if (isAhead) throw invalid('asOf', 'must not lie in the future');
}
