import { EventsArchived } from '../../stores/log/log-start';
import { invalid, Problem } from './problem';

/**
 * Reads something as of a past moment, the field `asOf`.
 * @throws Problem invalid-request when the moment lies in the future, or events-archived when it lies before the start of
 * the log
 */
export async function readPast<Past extends { readonly isAhead: boolean } | undefined>(
  read: () => Promise<Past>,
): Promise<Past> {
  const past = await unlessArchived('asOf', notBefore, read);
  if (past?.isAhead) throw invalid('asOf', 'must not lie in the future');
  return past;
}

/** Says that a field names a moment before the start of a log. */
export function notBefore(until: string): string {
  return `must not be before ${until}: earlier events are archived`;
}

/**
 * Reads a log.
 * @param field the field of the request that says from where
 * @param message says what is wrong with the field, from the moment until which events are archived
 * @throws Problem events-archived when the place lies before the start of the log
 */
export async function unlessArchived<T>(
  field: string,
  message: (until: string) => string,
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof EventsArchived)) throw error;
    const said = message(error.until);
    throw new Problem(
      'events-archived',
      { detail: `${field}: ${said}`, errors: [{ field, message: said }] },
      { cause: error },
    );
  }
}
