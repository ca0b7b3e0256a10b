import { failureText } from '../../contracts/failure-text';
import { databaseTrouble } from '../../stores/postgres/database-errors';

/**
 * A party that a handler calls is down, busy or not reachable. The events are not at fault: they wait until it is back.
 * A handler that calls others throws this itself, because each client has errors of its own.
 */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';

  /** @param party the party, as an operator knows it, such as `NATS at nats://host:4222` */
  constructor(party: string, cause: unknown) {
    super(`${party} is not available: ${failureText(cause)}`, { cause });
  }
}

const LONGEST_CHAIN = 10;

/** Returns true when an error means that a dependency is down or busy, and not that an event is faulty. */
export function isOutage(error: unknown): boolean {
  return databaseTrouble(error) !== 'fault' || chainOf(error).some((link) => link instanceof Unavailable);
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
