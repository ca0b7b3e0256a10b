import { hash } from 'node:crypto';

/** The header with the key that the caller has chosen for a command. */
export const IDEMPOTENCY_KEY = 'Idempotency-Key';

/**
 * Returns the fingerprint of a request: 64 hexadecimal digits, independent of the order of fields and of white space.
 * It covers the path with its parameters, and the body.
 */
export function fingerprintOf(request: {
  readonly path: string;
  readonly params: unknown;
  readonly body: unknown;
}): string {
  return hash('sha256', canonicalJson(request), 'hex');
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}
