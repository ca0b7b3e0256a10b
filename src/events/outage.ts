import { databaseTrouble } from '../stores/postgres/database-errors';

/** The transient gRPC codes: cancelled, deadline exceeded, resource exhausted, aborted, unavailable. */
const NOT_NOW = new Set<unknown>([1, 4, 8, 10, 14]);
const LONGEST_CHAIN = 10;

/** Returns true when an error means that a dependency is down or busy, and not that an event is faulty. */
export function isOutage(error: unknown): boolean {
  return databaseTrouble(error) !== 'fault' || chainOf(error).some(saysNotNow);
}

function saysNotNow({ code, name }: { readonly code?: unknown; readonly name?: unknown }): boolean {
  return NOT_NOW.has(code) || name === 'TimeoutError' || name === 'AbortError';
}

function chainOf(error: unknown): readonly object[] {
  const chain: object[] = [];
  let link = error;
  while (link !== null && typeof link === 'object' && chain.length < LONGEST_CHAIN) {
    chain.push(link);
    link = (link as { cause?: unknown }).cause;
  }
  return chain;
}
