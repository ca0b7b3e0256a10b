import { z } from 'zod';

const LONGEST_WAIT_SECONDS = 30;

/** `Idempotency-Key`: the key that the caller has chosen for this command. */
const idempotencyKey = z
  .string('is required: choose a key for this command, and send the same one on every attempt')
  .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
  .meta({
    description:
      'a repeat with the same key, path and body has no second effect; with another path or body it is refused (422)',
    example: 'cart-4711',
  });

/**
 * `Prefer: wait=N` of RFC 7240, in seconds: one of a list of preferences, at most 30 here. A malformed one is ignored.
 * 0: the caller does not wait.
 */
const waitSeconds = z
  .string()
  .optional()
  .transform((prefer) => waitIn(prefer ?? ''))
  .meta({
    description: `\`wait=N\`: wait up to N seconds (at most ${LONGEST_WAIT_SECONDS}) for the outcome`,
    example: 'wait=5',
  });

function waitIn(prefer: string): number {
  const wait = /(?:^|,)\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;[^,]*)?(?:,|$)/i.exec(prefer)?.[1];
  return Math.min(Number(wait ?? 0), LONGEST_WAIT_SECONDS);
}

/** Headers of a command that creates something and is answered before its outcome. */
export const creationHeaders = z.object({ 'Idempotency-Key': idempotencyKey, Prefer: waitSeconds });

/** Headers of a command that requires a key and is answered with its outcome. */
export const keyedHeaders = z.object({ 'Idempotency-Key': idempotencyKey });

/** Headers of a change to an existing order or shipment; with a key, a repeat has no second effect. */
export const changeHeaders = z.object({ 'Idempotency-Key': idempotencyKey.optional(), Prefer: waitSeconds });

/** Headers of a command that needs no key and is answered before its outcome. */
export const waitHeaders = z.object({ Prefer: waitSeconds });

/** Headers of a rejection or a return. They require a key, because a repeat would concern further units. */
export const unitsHeaders = creationHeaders;

/** Headers of an operator's resolution; with a key, a repeat has no second effect. */
export const keyedHeadersOptional = z.object({ 'Idempotency-Key': idempotencyKey.optional() });
