import { z } from 'zod';

const LONGEST_WAIT_SECONDS = 30;

/** `Idempotency-Key`: the caller's own name for this command. */
const idempotencyKey = z
  .string('is required: a key of your own for this command, the same on every attempt')
  .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
  .meta({
    description:
      'with the same key, path and body a repeat has no second effect; another path or body is refused with 422',
    example: 'cart-4711',
  });

/**
 * `Prefer: wait=N` in seconds, as RFC 7240 has it: one of a list, at most 30 here, and ignored where it makes no
 * sense. 0 where nothing is to be waited for.
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

/** Headers of a command that creates something and answers before it is done. */
export const creationHeaders = z.object({ 'Idempotency-Key': idempotencyKey, Prefer: waitSeconds });

/** Headers of a command that creates something and answers with it. */
export const keyedHeaders = z.object({ 'Idempotency-Key': idempotencyKey });

/** Headers of a command that changes something there is: with a key, sending it again has the same answer. */
export const changeHeaders = z.object({ 'Idempotency-Key': idempotencyKey.optional(), Prefer: waitSeconds });

/** Headers of a command that needs no key, and answers before it is done. */
export const waitHeaders = z.object({ Prefer: waitSeconds });

/** Headers of a rejection: a repeat would give back more units, so that it needs a key. */
export const rejectionHeaders = creationHeaders;

/** Headers of an operator's word: with a key, sending it again changes nothing. */
export const keyedHeadersOptional = z.object({ 'Idempotency-Key': idempotencyKey.optional() });
